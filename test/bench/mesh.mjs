// The mesh at the sizes that it must reach: contracts linted, portal built and searched, domains synthesized.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import chromium from '@sparticuz/chromium';
import { buildSync } from 'esbuild';
import { contractText } from './mesh-contracts.mjs';

const [DOMAINS, PRODUCTS] = [50, 20];
const SIZES = [5, 20, 50];
/** Domains that a process synthesizes before it is timed, for what a product costs once node has compiled what it runs. */
const WARM_UP = 10;
/** Of so many domains with an app each, every so-many-th is synthesized: they differ in their names alone. */
const [APPS, STEP] = [200, 20];

/** Figures of the mesh; `processorSeconds` where a busy machine would blur the time. */
export async function meshFigures(scratch) {
  bundle('mesh-synth');
  bundle('portal');
  const contracts = path.join(scratch, 'contracts');
  mkdirSync(contracts);
  for (let domain = 0; domain < APPS; domain++) {
    for (let product = 0; product < PRODUCTS; product++) {
      const file = path.join(contracts, `${domain}-${product}.yaml`);
      writeFileSync(file, contractText(domain, product, APPS));
    }
  }
  const files = readdirSync(contracts)
    .filter((name) => Number(name.split('-')[0]) < DOMAINS)
    .map((name) => path.join(contracts, name));
  const lint = timed(scratch, ['product', 'lint', '--complete', ...files]);
  const portal = timed(scratch, ['product', 'portal', '--out', path.join(scratch, 'portal'), ...files]);
  const CHROME_PATH = await chromium.executablePath();
  const { milliseconds, scores } = JSON.parse(run('dist/bench/portal.js', files, { CHROME_PATH }));
  const synths = SIZES.map((domains) => synthesized(scratch, contracts, domains));
  const timeOf = ({ processorSeconds }, index) => processorSeconds / (SIZES[index] * PRODUCTS);
  const perProduct = SIZES.map((domains) => synthesized(scratch, contracts, domains, undefined, WARM_UP)).map(timeOf);
  const apps = Array.from({ length: APPS / STEP }, (_, index) => synthesized(scratch, contracts, APPS, index * STEP));
  const first = synths[0].templates;
  const stable = Object.entries(first).every(
    ([name, { ids }]) => synths[2].templates[name].ids === ids && (apps[0].templates[name]?.ids ?? ids) === ids,
  );
  const stacks = synths.flatMap(({ templates }) => Object.values(templates));
  return {
    lint,
    portal,
    search: milliseconds,
    scores,
    products: SIZES.map((domains) => domains * PRODUCTS),
    perProduct,
    perProductCold: synths.map(timeOf),
    peakMiB: synths.map((each) => each.peakMiB),
    stable,
    mostResources: Math.max(...stacks.map((each) => each.resources)),
    largestTemplate: Math.max(...stacks.map((each) => each.bytes)),
    appSeconds: apps.map((each) => each.processorSeconds),
    appPeakMiB: Math.max(...apps.map((each) => each.peakMiB)),
  };
}

function bundle(name) {
  buildSync({
    entryPoints: [`test/bench/${name}.ts`],
    outfile: `dist/bench/${name}.js`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag', 'playwright-core'],
    logLevel: 'error',
  });
}

function run(script, args, env = {}) {
  return execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
}

/** Seconds of the processor that a command of ours takes, the start of node included. */
function timed(scratch, args) {
  const file = path.join(scratch, 'processor-seconds');
  const command = ['test/bench/processor_seconds.py', file, process.execPath, 'dist/bin/data-patterns.js', ...args];
  const { status } = spawnSync('python3', command, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`data-patterns ${args.slice(0, 2).join(' ')} ended with ${status}`);
  return Number(readFileSync(file, 'utf8'));
}

function synthesized(scratch, CONTRACTS, domains, only, warmUp = 0) {
  const folder = path.join(scratch, `mesh-${domains}-${only ?? 'all'}-${warmUp}`);
  mkdirSync(folder);
  const outdir = path.join(folder, 'cdk.out');
  const env = {
    CDK_VALIDATION: 'false',
    CONTRACTS,
    CDK_OUTDIR: outdir,
    DOMAINS: String(domains),
    WARM_UP: String(warmUp),
  };
  const output = run('dist/bench/mesh-synth.js', [], only === undefined ? env : { ...env, ONLY: String(only) });
  const templates = Object.fromEntries(
    readdirSync(outdir)
      .filter((name) => name.endsWith('.template.json'))
      .map((name) => {
        const file = path.join(outdir, name);
        const ids = Object.keys(JSON.parse(readFileSync(file, 'utf8')).Resources);
        const hash = createHash('sha256').update(ids.join()).digest('hex');
        return [name, { ids: hash, resources: ids.length, bytes: statSync(file).size }];
      }),
  );
  return { ...JSON.parse(output), templates };
}
