// What `advise` and `review` take, node's start included: an advice, the largest blueprint, a mesh of 200 domains.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const DOMAINS = 200;
const CLI = `${process.execPath} dist/bin/data-patterns.js`;

/** An answer to every question that costs the most to weigh: nothing is left open. */
const REQUIREMENTS = `latency: { fastest: minutes, mixed: false }
scale: { now: 200 GB, in_two_years: 3 TB, events_per_second: 100 }
use_cases: [standard_bi, machine_learning]
team: { people: 8, people_in_two_years: 15, skills: [sql, spark], first_result: weeks }
organisation: { structure: central, engineers: 100, domains: 3, governance: standard }
budget: { model: predictable, usage: steady, monthly_usd: 5000, lock_in: avoid }
priorities: [cost_efficiency, flexibility]
`;

/**
 * Measures of each, as measure.py gives them.
 *
 * @param scratch folder for assemblies
 */
export async function adviseAndReview(scratch) {
  const requirements = path.join(scratch, 'requirements.yaml');
  writeFileSync(requirements, REQUIREMENTS);
  const largest = largestBlueprint(scratch);
  const mesh = await meshes(scratch);
  const review = ({ base, head }) => `${CLI} review --base ${base} --head ${head} --out ${scratch}/review.md`;
  return {
    advise: measure(7, `${CLI} advise --requirements ${requirements}`),
    ofLargest: { ...measure(5, review(largest)), resources: largest.resources },
    ofMesh: { ...measure(3, review(mesh)), domains: DOMAINS, resources: mesh.resources },
  };
}

/** Every blueprint alone; the one of the most resources, in sandbox and in production, differs in nearly all. */
function largestBlueprint(scratch) {
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const [head, base] = ['dev', 'prod'].map((environment) => {
    const out = path.join(scratch, `blueprints-${environment}`);
    const env = { ...process.env, CDK_OUTDIR: out, DATA_PATTERNS_FLINK_RUNNER: path.resolve('package.json') };
    env.CDK_CONTEXT_JSON = JSON.stringify({ ...context, environment });
    execFileSync('sh', ['-c', app], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return out;
  });
  const stacks = stacksOf(head).sort((a, b) => b.resources - a.resources);
  return { base: only(base, stacks[0].name), head: only(head, stacks[0].name), resources: stacks[0].resources };
}

/** The assembly with one of its stacks. */
function only(assembly, stack) {
  const manifest = JSON.parse(readFileSync(path.join(assembly, 'manifest.json'), 'utf8'));
  const artifacts = Object.entries(manifest.artifacts).filter(
    ([name, { type }]) => type !== 'aws:cloudformation:stack' || name === stack,
  );
  writeFileSync(
    path.join(assembly, 'manifest.json'),
    JSON.stringify({ ...manifest, artifacts: Object.fromEntries(artifacts) }),
  );
  return assembly;
}

/** A mesh, and the same with another owner of every product and a column less in each tenth domain. */
async function meshes(scratch) {
  const app = 'dist/bench/mesh-app.js';
  await build({
    entryPoints: ['test/bench/mesh-app.ts'],
    outfile: app,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
    logLevel: 'warning',
  });
  const [base, head] = [[], ['changed']].map((more, index) => {
    const out = path.join(scratch, `mesh-${index}`);
    mkdirSync(out);
    execFileSync(process.execPath, [app, String(DOMAINS), out, ...more], { stdio: ['ignore', 'ignore', 'inherit'] });
    return path.join(out, 'assembly');
  });
  // What stands in dist is shipped.
  rmSync(path.dirname(app), { recursive: true });
  return { base, head, resources: stacksOf(head).reduce((sum, { resources }) => sum + resources, 0) };
}

function stacksOf(assembly) {
  const { artifacts } = JSON.parse(readFileSync(path.join(assembly, 'manifest.json'), 'utf8'));
  return Object.entries(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([name, { properties }]) => {
      const template = JSON.parse(readFileSync(path.join(assembly, properties.templateFile), 'utf8'));
      return { name, resources: Object.keys(template.Resources).length };
    });
}

/** A review that asks for an approval ends with 1, which is fine here. */
function measure(runs, command) {
  const measured = execFileSync(
    'python3',
    ['test/bench/measure.py', String(runs), `sh -c "${command} || test $? = 1"`],
    {
      encoding: 'utf8',
    },
  );
  return JSON.parse(measured)[0];
}
