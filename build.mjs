// Compiles what runs: the CDK app, the command line, the Lambda handlers and the importable blueprints.
// The library itself (dist/lib) is compiled by jsii when the package is packed; nothing here needs it.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const node = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
  write: false,
};
const COMMAND_LINE = 'dist/bin/data-patterns.js';
/** The CDK app, and what starts it. */
const WARM_START = ['dist/bin/blueprints.js', 'dist/bin/warm-start.js'];
const cdk = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'];

/** Every `lib/<pattern>/runtime/<name>.handler.ts`, by the name of the folder that ships it. */
function handlers() {
  const found = {};
  for (const pattern of readdirSync('lib', { withFileTypes: true })) {
    const runtime = path.join('lib', pattern.name, 'runtime');
    let files = [];
    try {
      files = readdirSync(runtime);
    } catch {
      continue;
    }
    for (const file of files.filter((f) => f.endsWith('.handler.ts'))) {
      found[`${file.replace(/\.handler\.ts$/, '')}/index`] = path.join(runtime, file);
    }
  }
  return found;
}

/** The blueprints that the package ships use the package's own constructs: importer and stack must see the same classes. */
const sharedLibrary = {
  name: 'shared-library',
  setup({ onResolve }) {
    const lib = path.resolve('lib');
    onResolve({ filter: /^\.\.?\// }, ({ path: imported, resolveDir }) => {
      const target = path.resolve(resolveDir, imported);
      if (target !== lib && !target.startsWith(lib + path.sep)) return undefined;
      return {
        path: path.posix.join('..', path.relative(process.cwd(), target).split(path.sep).join('/')),
        external: true,
      };
    });
  },
};

/** Each command of the command line is a bundle of its own: compiling those that were not asked for takes longer than an answer. */
const COMMANDS = {
  advise: 'bin/commands/advise/index.ts',
  init: 'bin/commands/init/index.ts',
  product: 'bin/commands/product/index.ts',
  rehearse: 'bin/commands/rehearse/command.ts',
  review: 'bin/commands/review/index.ts',
  preflight: 'bin/commands/review/preflight/preflight.ts',
  schema: 'bin/commands/schema/index.ts',
  toolchain: 'bin/commands/rehearse/toolchain/command.ts',
  // Thrown in one bundle and caught in another.
  'cli-errors': 'bin/cli-errors.ts',
};
const separateCommands = {
  name: 'separate-commands',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path: imported, resolveDir, kind }) => {
      const target = path.relative(process.cwd(), path.resolve(resolveDir, imported));
      const [name] =
        Object.entries(COMMANDS).find(([, file]) => [target, `${target}.ts`, `${target}/index.ts`].includes(file)) ??
        [];
      const isShared = kind === 'dynamic-import' || (name === 'cli-errors' && kind !== 'entry-point');
      return name !== undefined && isShared ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

const results = await Promise.all([
  build({
    ...node,
    entryPoints: { blueprints: 'bin/blueprints.ts', 'warm-start': 'bin/warm-start/start.ts' },
    outdir: 'dist/bin',
    target: 'node20',
    external: cdk,
    // A script that is compiled by hand, as those of a warm start are, cannot import().
    supported: { 'dynamic-import': false },
  }),
  build({
    ...node,
    entryPoints: { 'data-patterns': 'bin/data-patterns.ts', ...COMMANDS },
    outdir: 'dist/bin',
    target: 'node20',
    external: cdk,
    plugins: [separateCommands],
    // As require(): import() would look through a bundle for the names that it exports first.
    supported: { 'dynamic-import': false },
  }),
  build({
    ...node,
    entryPoints: ['blueprints/index.ts'],
    outdir: 'dist/blueprints',
    target: 'node20',
    external: cdk,
    plugins: [sharedLibrary],
  }),
  // Bundled whole, so that the asset's hash depends on this repository alone and not on the runtime's SDK.
  build({
    ...node,
    entryPoints: handlers(),
    outdir: 'dist/handlers',
    target: 'node22',
    mainFields: ['module', 'main'],
    minify: true,
    charset: 'utf8',
    loader: { '.html': 'text' },
  }),
  // What runs in the browser of whoever reads the mesh's portal.
  build({
    entryPoints: ['lib/mesh/portal/browser/portal.js'],
    outdir: 'dist/portal',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
  }),
]);

/**
 * Writes a file that differs. One that does not keeps its time, by which the warm start's pack is told to be current.
 * Whoever reads meanwhile gets the old file or the new one.
 * @returns whether it differed
 */
function replace(file, contents, mode = 0o644) {
  if (existsSync(file) && readFileSync(file).equals(contents)) return false;
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = path.join('dist', `unfinished-${process.pid}`);
  writeFileSync(unfinished, contents, { mode });
  renameSync(unfinished, file);
  return true;
}
const written = results
  .flatMap(({ outputFiles }) => outputFiles)
  .map(({ path: file, contents }) => ({ file: path.relative('', file), contents }))
  .filter(({ file, contents }) => replace(file, contents, file === COMMAND_LINE ? 0o755 : undefined))
  .map(({ file }) => file);
// What CloudFormation replaces and what it updates: `review` reads it, where its loader looks for it from the bundle.
const require = createRequire(import.meta.url);
replace('dist/db.json.gz', readFileSync(require.resolve('@aws-cdk/aws-service-spec/db.json.gz')));

// A handler that is gone from the sources must not be shipped again. What is current is never missing in between, so
// that a synth or a rehearsal beside a build finds its files.
const current = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)).map((f) => f.split('/')[2]));
for (const name of readdirSync('dist/handlers').filter((name) => !current.has(name))) {
  rmSync(path.join('dist/handlers', name), { recursive: true });
}

if (WARM_START.some((file) => written.includes(file)) || !require(path.resolve('dist/bin/warm-start.js')).isCurrent()) {
  // One run of the CDK app, with the context that `cdk synth` gives, shows which modules it needs. It shows the same
  // whether the jar of Flink's runner has been built or not: any file will do in its place.
  const scratch = mkdtempSync(path.join(tmpdir(), 'data-patterns-build-'));
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  // V8 takes compiled code only with the options that it was compiled with.
  const options = app.split(' ').slice(1, -1);
  spawnSync(process.execPath, [...options, 'bin/warm-start/record.cjs'], {
    env: {
      ...process.env,
      CDK_OUTDIR: scratch,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      DATA_PATTERNS_FLINK_RUNNER: path.resolve('package.json'),
    },
    stdio: 'ignore',
    timeout: 60_000,
  });
  rmSync(scratch, { recursive: true });
}
