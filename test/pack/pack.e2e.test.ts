import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_BLUEPRINTS } from '../../bin/commands/init/project-blueprints';
import { findPython } from '../../bin/commands/rehearse/toolchain/locate';
import packageJson from '../../package.json';

const ROOT = join(__dirname, '../..');
const MINUTES = 60_000;
jest.setTimeout(10 * MINUTES);

const { devDependencies: versions } = packageJson;
let scratch: string;
let tarball: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'pack-'));
  run(ROOT, 'npm', 'pack', '--silent', '--pack-destination', scratch);
  tarball = join(scratch, readdirSync(scratch).find((each) => each.endsWith('.tgz')) ?? 'no tarball');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a command to its end; what it printed is in the error when it fails. */
function run(cwd: string, command: string, ...args: string[]): string {
  const env = { ...process.env, CI: 'true', NO_COLOR: '1' };
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', timeout: 5 * MINUTES, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

function install(folder: string): void {
  run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error');
}

function write(folder: string, files: Record<string, unknown>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

const template = (folder: string, stack: string) =>
  JSON.parse(readFileSync(join(folder, `${stack}.template.json`), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };

describe('the tarball', () => {
  test('brings no dependency of its own', () => {
    const inside = run(scratch, 'tar', '-xzOf', tarball, 'package/package.json');
    expect(Object.keys(JSON.parse(inside).dependencies ?? {})).toEqual([]);
  });

  test('holds what runs and no more', () => {
    const files = run(scratch, 'tar', '-tzf', tarball).split('\n');
    for (const needed of [
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      '.jsii',
      'dist/blueprints/index.d.ts',
      'LICENSE',
    ]) {
      expect(files).toContain(`package/${needed}`);
    }
    expect(files.filter((each) => /\/(test|node_modules|__pycache__|cdk\.out)\/|tsbuildinfo|\.env/.test(each))).toEqual(
      [],
    );
  });
});

describe('the wheel in a fresh Python environment', () => {
  const PYTHON_APP = join(__dirname, 'python');
  const requirements = readFileSync(join(PYTHON_APP, 'requirements.txt'), 'utf8');
  const [, cdkVersion] = /^aws-cdk-lib==(\S+)/m.exec(requirements) ?? [];
  let python: string;

  beforeAll(async () => {
    const bindings = join(scratch, 'bindings');
    run(ROOT, 'npm', 'run', '--silent', 'build:python', '--', '--outdir', bindings);
    const wheel = readdirSync(join(bindings, 'python')).find((each) => each.endsWith('.whl')) ?? 'no wheel';
    const environment = join(scratch, 'venv');
    run(scratch, await findPython(), '-m', 'venv', environment);
    python = join(environment, 'bin', 'python');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(scratch, python, ...pip, '--require-hashes', '--requirement', join(PYTHON_APP, 'requirements.txt'));
    // Without an index: what it needs is what was installed, or this fails.
    run(scratch, python, ...pip, '--no-index', join(bindings, 'python', wheel));
  });

  test('raises what is wrong as a sentence', () => {
    const program = 'from cdk_data_patterns import ColumnType; ColumnType.decimal(50, 2)';
    expect(() => run(scratch, python, '-c', program)).toThrow(/the precision must be a whole number from 1 to 38/);
  });

  test('composes the lakehouse to the very template of the TypeScript blueprint', () => {
    const twin = join(scratch, 'twin');
    run(ROOT, 'node', 'dist/bin/data-patterns.js', 'init', 'lakehouse', twin, '--library', tarball);
    // PyPI may be a release behind npm: both apps stand on the same one.
    const manifest = JSON.parse(readFileSync(join(twin, 'package.json'), 'utf8'));
    manifest.dependencies['aws-cdk-lib'] = cdkVersion;
    write(twin, { 'package.json': manifest });
    install(twin);
    const stack = 'TradingLakehouseStack';
    const synth = (name: string, ...app: string[]): string => {
      run(twin, 'npx', '--no-install', 'cdk', 'synth', '--quiet', '--output', name, ...app);
      return readFileSync(join(twin, name, `${stack}.template.json`), 'utf8');
    };
    const inTypeScript = synth('typescript');
    const inPython = synth('python', '--app', `${python} ${join(PYTHON_APP, 'app.py')}`);
    expect(inTypeScript).toContain('AWS::Glue::Table');
    expect(inPython).toBe(inTypeScript);
  });
});

describe('a fresh TypeScript app', () => {
  const APP = `
import { App, Stack } from 'aws-cdk-lib';
import * as path from 'node:path';
import { ColumnType, DeploymentProfile, MedallionLake, MedallionLayer, RecordSchema, SchemaLedger } from 'cdk-data-patterns';

const app = new App();
const stack = new Stack(app, 'Mine');
const ledger = SchemaLedger.fromFile(path.join(__dirname, 'schemas.lock.json'));
const lake = new MedallionLake(stack, 'Lake', { ledger, profile: DeploymentProfile.SANDBOX });
const schema = new RecordSchema({ name: 'quotes', columns: [{ name: 'bid', type: ColumnType.decimal(18, 8) }] });
lake.addTable(MedallionLayer.BRONZE, { tableName: 'quotes', schema });
app.synth();
`;
  let app: string;
  beforeAll(() => {
    app = join(scratch, 'app');
    write(app, {
      'app.ts': APP,
      'cdk.json': { app: 'node app.js' },
      'package.json': {
        private: true,
        dependencies: {
          'aws-cdk-lib': versions['aws-cdk-lib'],
          'cdk-data-patterns': `file:${tarball}`,
          constructs: versions.constructs,
        },
        devDependencies: { '@types/node': versions['@types/node'], typescript: versions.typescript },
      },
      'tsconfig.json': {
        compilerOptions: {
          target: 'ES2022',
          module: 'Node16',
          moduleResolution: 'Node16',
          strict: true,
          types: ['node'],
        },
      },
    });
    install(app);
  });

  test('type-checks, every declaration of the library included', () => {
    run(app, 'npx', '--no-install', 'tsc');
    expect(existsSync(join(app, 'app.js'))).toBe(true);
  });

  test('locks its schemas and synthesizes', () => {
    expect(run(app, 'npx', '--no-install', 'data-patterns', 'schema', 'lock')).toContain('bronze.quotes');
    execFileSync('node', ['app.js'], { cwd: app, env: { ...process.env, CDK_OUTDIR: join(app, 'cdk.out') } });
    const types = Object.values(template(join(app, 'cdk.out'), 'Mine').Resources).map((each) => each.Type);
    expect(types).toEqual(expect.arrayContaining(['AWS::Glue::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key']));
  });

  /** Requirements for which each of the patterns that are not begun with by name comes first. */
  const REQUIREMENTS: Readonly<Record<string, string>> = {
    mesh: 'organisation: { structure: distributed, engineers: 500, domains: 30 }',
    'lakehouse-warehouse': 'use_cases: [standard_bi, machine_learning, exploration]',
    'streaming-batch': 'latency: { fastest: seconds, mixed: true }\nuse_cases: [real_time, machine_learning]',
  };

  function writeProject(blueprint: string, project: string): void {
    if (REQUIREMENTS[blueprint] === undefined) {
      run(app, 'npx', '--no-install', 'data-patterns', 'init', blueprint, project, '--library', tarball);
      return;
    }
    write(app, { 'requirements.yaml': `${REQUIREMENTS[blueprint]}\n` });
    run(
      app,
      'npx',
      '--no-install',
      'data-patterns',
      'advise',
      '--requirements',
      'requirements.yaml',
      '--init',
      project,
    );
    // The version that it names is on no registry yet.
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    manifest.dependencies['cdk-data-patterns'] = `file:${tarball}`;
    write(project, { 'package.json': manifest });
  }

  /** The cloud assembly of this repository's own app. */
  const own = (): string => {
    const assembly = join(scratch, 'own');
    if (!existsSync(assembly)) run(ROOT, 'npx', '--no-install', 'cdk', 'synth', '--quiet', '--output', assembly);
    return assembly;
  };

  /** YAML of a project beside blueprint.yaml, with the blueprint's own file. */
  function contentOf(blueprint: string): [string, string][] {
    const { folders } = PROJECT_BLUEPRINTS[blueprint];
    return folders.flatMap(({ from, to = '', names }) =>
      names
        .flatMap((name) =>
          readdirSync(join(ROOT, 'blueprints', from), { recursive: true, encoding: 'utf8' }).filter(
            (file) => file.startsWith(`${name}/`) && file.endsWith('.yaml'),
          ),
        )
        .map((file): [string, string] => [join(to, file), join(ROOT, 'blueprints', from, file)]),
    );
  }

  describe.each([
    ['lakehouse', ['TradingLakehouseStack']],
    ['streaming', ['TradingStreamingStack']],
    ['warehouse', ['TradingWarehouseStack']],
    ['mesh', ['Platform', 'Trading', 'Risk', 'Finance'].map((each) => `TradingMesh${each}Stack`)],
    ['lakehouse-warehouse', ['TradingLakehouseWarehouseStack']],
    ['streaming-batch', ['TradingStreamingBatchStack']],
  ])('that gets a project of the %s by `data-patterns init` or `advise --init`', (blueprint, stacks) => {
    let project: string;
    beforeAll(() => {
      project = join(scratch, blueprint);
      writeProject(blueprint, project);
      install(project);
    });

    test('has one that type-checks', () => {
      run(project, 'npm', 'run', '--silent', 'types');
    });

    // The warehouse has no ledger: dbt owns its tables.
    (blueprint === 'warehouse' ? test.skip : test)('has one whose ledgers are current', () => {
      run(project, 'npx', '--no-install', 'data-patterns', 'schema', 'check');
    });

    test('has one that synthesizes the very stacks of the blueprint', () => {
      // What is deployed of dashboards and contracts is their text, and a project's names its schema by another path.
      for (const [file, original] of contentOf(blueprint)) cpSync(original, join(project, file));
      const out = join(scratch, `${blueprint}-out`);
      run(project, 'npx', '--no-install', 'cdk', 'synth', '--quiet', '--output', out);
      for (const stack of stacks) expect(template(out, stack)).toEqual(template(own(), stack));
    });
  });

  describe('with a project of `data-patterns init`', () => {
    const project = (): string => join(scratch, 'lakehouse');

    test('its settings are checked', () => {
      const file = join(project(), 'blueprint.yaml');
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, good.replace('profile: sandbox', 'profle: sandbox'));
      try {
        expect(() => run(project(), 'npx', '--no-install', 'cdk', 'synth', '--quiet')).toThrow(
          /blueprint\.yaml:6:1: 'profle' is not a setting of the file; did you mean 'profile'\?/,
        );
      } finally {
        writeFileSync(file, good);
      }
    });

    test('it is not overwritten by a second run', () => {
      expect(() => run(app, 'npx', '--no-install', 'data-patterns', 'init', 'lakehouse', project())).toThrow(
        /is not empty/,
      );
    });
  });
});
