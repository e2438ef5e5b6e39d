// What the ledger of column ids costs: `schema lock` and `check` over many tables, and a synth with it and without.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const TABLES = 2000;
const COLUMNS = 100;
const RUNS = 5;

/**
 * Seconds of `schema lock` and `check`, node's start included; the app copies a finished cloud assembly.
 *
 * @param folder for the project
 */
export function lockAndCheck(folder) {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(assembly(path.join(folder, 'schemas.lock.json'))));
  writeFileSync(path.join(folder, 'cdk.json'), JSON.stringify({ app: 'cp manifest.json "$CDK_OUTDIR"' }));
  const schema = (...args) =>
    `${process.execPath} ${path.resolve('dist/bin/data-patterns.js')} schema ${args.join(' ')}`;
  const first = measure(folder, `sh -c "rm -f schemas.lock.json && ${schema('lock')}"`);
  return { firstLock: first, lock: measure(folder, schema('lock')), check: measure(folder, schema('check')) };
}

/** What an app leaves behind that declares so many tables. */
function assembly(ledger) {
  const columns = Array.from({ length: COLUMNS }, (_, index) => ({
    path: `column_${index}`,
    type: ['string', 'decimal(18, 8)', 'timestamptz', 'long'][index % 4],
    required: index === 0,
  }));
  const table = (index) => ({
    name: `silver.table_${index}`,
    formatVersion: 2,
    columns,
    partitions: [{ name: 'column_2_day', transform: 'day', source: 'column_2' }],
    identifierFields: ['column_0'],
  });
  const metadata = Object.fromEntries(
    Array.from({ length: TABLES }, (_, index) => [
      `/Stack/Table${index}`,
      [{ type: 'cdk-data-patterns:table', data: { ledger, table: table(index) } }],
    ]),
  );
  return { artifacts: { Stack: { type: 'aws:cloudformation:stack', metadata } } };
}

function measure(folder, command) {
  const script = path.resolve('test/bench/measure.py');
  const measured = execFileSync('python3', [script, String(RUNS), command], { cwd: folder, encoding: 'utf8' });
  return JSON.parse(measured)[0].seconds;
}

/**
 * Seconds of a synth of the lakehouse, in turn with the ledger and without: there the shapes of the tables are constants.
 *
 * @param scratch folder for cloud assemblies
 */
export async function synthWithAndWithout(scratch, env) {
  const [shapes, withLedger, without] = ['shapes', 'with', 'without'].map((name) => `dist/bin/bench-${name}.js`);
  const shapesFile = path.join(scratch, 'shapes.json');
  const synth = (app, name) => `env CDK_OUTDIR=${path.join(scratch, name)} ${process.execPath} ${app}`;
  try {
    await bundle(shapes, ledgerThatKeeps(shapesFile));
    execFileSync('sh', ['-c', synth(shapes, 'shapes')], { env });
    await bundle(withLedger);
    await bundle(without, ledgerOfConstants(readFileSync(shapesFile, 'utf8')));
    const commands = [synth(withLedger, 'with'), synth(without, 'without')];
    const measured = execFileSync('python3', ['test/bench/measure.py', '11', ...commands], { encoding: 'utf8', env });
    const templates = ['with', 'without'].map((name) =>
      readFileSync(path.join(scratch, name, 'TradingLakehouseStack.template.json'), 'utf8'),
    );
    const [first, second] = JSON.parse(measured).map(({ seconds }) => seconds);
    return { withLedger: first, without: second, sameTemplate: templates[0] === templates[1] };
  } finally {
    for (const file of [shapes, withLedger, without]) rmSync(file, { force: true });
  }
}

const REAL = path.resolve('lib/schema/schema-ledger.ts');

const ledgerThatKeeps = (file) => `
  import { SchemaLedger as Real } from ${JSON.stringify(REAL)};
  import { writeFileSync } from 'fs';
  const shapes = {};
  export class SchemaLedger {
    static fromFile(path) { return new SchemaLedger(Real.fromFile(path), path); }
    constructor(real, path) { this.real = real; this.path = path; }
    resolve(table) {
      shapes[table.name] = this.real.resolve(table);
      writeFileSync(${JSON.stringify(file)}, JSON.stringify(shapes));
      return shapes[table.name];
    }
  }`;

const ledgerOfConstants = (shapes) => `
  const shapes = ${shapes};
  export class SchemaLedger {
    static fromFile(path) { return new SchemaLedger(path); }
    constructor(path) { this.path = path; }
    resolve(table) { return shapes[table.name]; }
  }`;

/** The CDK app, with another module in place of the ledger where one is given. */
async function bundle(outfile, ledger) {
  const replaced = {
    name: 'ledger',
    setup({ onLoad }) {
      onLoad({ filter: /lib\/schema\/index\.ts$/ }, ({ path: file }) => ({
        contents: readFileSync(file, 'utf8').replace("export * from './schema-ledger';", ledger),
        loader: 'ts',
        resolveDir: path.dirname(file),
      }));
    },
  };
  await build({
    entryPoints: ['bin/blueprints.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'],
    plugins: ledger === undefined ? [] : [replaced],
  });
}
