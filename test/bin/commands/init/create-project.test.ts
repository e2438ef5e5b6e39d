import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../../../../bin/cli-errors';
import { createProject } from '../../../../bin/commands/init/create-project';
import packageJson from '../../../../package.json';

const BLUEPRINT = join(__dirname, '../../../../blueprints/lakehouse');

let parent: string;
beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'init-'))));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const init = (directory: string, library?: string) => createProject({ blueprint: 'lakehouse', directory, library });
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    .sort();

describe('a project', () => {
  let project: string;
  const read = (file: string) => readFileSync(join(project, file), 'utf8');
  beforeEach(() => init((project = join(parent, 'deeper', 'My Lake'))));

  test('has app, stack, settings, SQL, ledger, workflow and a page on how to use them', () => {
    expect(filesBelow(project)).toEqual(
      [
        ...['.github/workflows/ci.yml', '.gitignore', 'README.md', 'bin/app.ts', 'blueprint.yaml', 'cdk.json'],
        ...[
          'lib/schemas.ts',
          'lib/backbone.ts',
          'lib/batch-and-http.ts',
          'lib/blueprint.ts',
          'lib/governance.ts',
          'lib/outputs.ts',
          'lib/stack.ts',
          'lib/trade-source.ts',
          'lib/trading-lakehouse.ts',
          'package.json',
          'schemas.lock.json',
          'tsconfig.json',
        ],
        ...filesBelow(join(BLUEPRINT, 'sql')).map((each) => `sql/${each}`),
        ...filesBelow(join(BLUEPRINT, 'sources')).map((each) => `sources/${each}`),
      ].sort(),
    );
  });

  test('imports only what it has or depends on', () => {
    const sources = [
      'bin/app.ts',
      'lib/blueprint.ts',
      'lib/governance.ts',
      'lib/stack.ts',
      'lib/trade-source.ts',
      'lib/trading-lakehouse.ts',
      'lib/schemas.ts',
    ];
    const imported = sources.flatMap((file) => [...read(file).matchAll(/from '([^']+)'/g)].map((match) => match[1]));
    const own = [
      './backbone',
      './batch-and-http',
      './governance',
      './outputs',
      './schemas',
      './stack',
      './trade-source',
      './trading-lakehouse',
      '../lib/blueprint',
    ];
    const others = imported.filter((each) => !own.includes(each) && !/^(node:|aws-cdk-lib|constructs$)/.test(each));
    expect(new Set(others)).toEqual(new Set(['cdk-data-patterns', 'cdk-data-patterns/blueprints']));
  });

  test('keeps the blueprint’s code but for its imports', () => {
    const body = (source: string) => source.slice(source.indexOf('/** Properties of the trading lakehouse. */'));
    expect(body(read('lib/stack.ts'))).toBe(body(readFileSync(join(BLUEPRINT, 'stack.ts'), 'utf8')));
    const made = (source: string) => source.slice(source.indexOf('/** Properties of `createTradingLakehouse`. */'));
    const original = readFileSync(join(BLUEPRINT, 'trading-lakehouse.ts'), 'utf8');
    expect(made(read('lib/trading-lakehouse.ts'))).toBe(made(original));
  });

  test('keeps ledger and SQL to the byte', () => {
    for (const file of ['schemas.lock.json', ...filesBelow(join(BLUEPRINT, 'sql')).map((each) => `sql/${each}`)]) {
      expect(read(file)).toBe(readFileSync(join(BLUEPRINT, file), 'utf8'));
    }
  });

  test('has the mappings of sources, checked by the schema in the installed package', () => {
    for (const file of filesBelow(join(BLUEPRINT, 'sources'))) {
      const [first, ...rest] = read(`sources/${file}`).split('\n');
      const [, ...original] = readFileSync(join(BLUEPRINT, 'sources', file), 'utf8').split('\n');
      expect(first).toContain('$schema=../node_modules/cdk-data-patterns/blueprints/lakehouse/source.schema.json');
      expect(rest).toEqual(original);
    }
  });

  test('has the blueprint’s settings, checked by the schema in the installed package', () => {
    const [first, ...rest] = read('blueprint.yaml').split('\n');
    const [, ...original] = readFileSync(join(BLUEPRINT, 'blueprint.yaml'), 'utf8').split('\n');
    expect(first).toContain('$schema=./node_modules/cdk-data-patterns/blueprints/lakehouse/blueprint.schema.json');
    expect(rest).toEqual(original);
  });

  test('pins every tool that this release was tested with', () => {
    const { name, dependencies, devDependencies } = JSON.parse(read('package.json'));
    expect(name).toBe('my-lake');
    expect({ ...dependencies, ...devDependencies }).toEqual({
      'cdk-data-patterns': `^${packageJson.version}`,
      ...Object.fromEntries(
        ['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild', 'typescript'].map((each) => [
          each,
          packageJson.devDependencies[each as keyof typeof packageJson.devDependencies],
        ]),
      ),
    });
  });

  test('has a workflow that checks ledger, types and data', () => {
    const steps = parse(read('.github/workflows/ci.yml')).jobs.check.steps.map((each: { run?: string }) => each.run);
    expect(steps).toEqual(
      expect.arrayContaining([
        'npm run types',
        'npx data-patterns schema check',
        expect.stringMatching(/^npx data-patterns rehearse TradingLakehouseStack /),
      ]),
    );
  });

  test('may be entered by others than its maker', () => {
    expect(statSync(project).mode & 0o777).toBe(0o755);
  });
});

describe.each([
  ['lakehouse', 'TradingLakehouseStack'],
  ['streaming', 'TradingStreamingStack'],
  ['warehouse', 'TradingWarehouseStack'],
])('a project of the %s', (blueprint, stack) => {
  const files = (folder: string) => filesBelow(join(parent, 'p', folder)).map((file) => join(folder, file));
  const read = (file: string) => readFileSync(join(parent, 'p', file), 'utf8');
  beforeEach(() => {
    expect(createProject({ blueprint, directory: join(parent, 'p') })).toBe(stack);
  });

  test('imports only what it has or depends on', () => {
    const sources = JSON.parse(read('tsconfig.json')).include.flatMap(files) as string[];
    const leading = sources.flatMap((file) =>
      [...read(file).matchAll(/from '([^']+)'/g)].map(([, module]) =>
        module.startsWith('.') ? `${join(file, '..', module)}.ts` : module,
      ),
    );
    const { dependencies } = JSON.parse(read('package.json'));
    const known = [...sources, ...Object.keys(dependencies), 'cdk-data-patterns/blueprints'];
    expect(leading.filter((each) => !/^(node:|aws-cdk-lib)/.test(each) && !known.includes(each))).toEqual([]);
  });

  test('names its own stack, and no other, wherever one is named', () => {
    const named = ['README.md', 'package.json', '.github/workflows/ci.yml', 'lib/blueprint.ts'].flatMap((file) => [
      ...read(file).matchAll(/Trading\w+Stack\b/g),
    ]);
    expect(new Set(named.map(([name]) => name))).toEqual(new Set([stack]));
  });

  test('leads editors to schemas that the package has', () => {
    const yaml = filesBelow(join(parent, 'p')).filter((file) =>
      /^(blueprint|sources|dashboards)\b.*\.yaml$/.test(file),
    );
    const schemas = yaml.flatMap((file) =>
      [...read(file).matchAll(/\$schema=(\S+)/g)].map(([, schema]) => join(file, '..', schema)),
    );
    expect(schemas).toContain(`node_modules/cdk-data-patterns/blueprints/${blueprint}/blueprint.schema.json`);
    const missing = schemas.filter(
      (schema) => !existsSync(join(BLUEPRINT, '../..', schema.replace('node_modules/cdk-data-patterns/', ''))),
    );
    expect(missing).toEqual([]);
  });

  test('has the YAML of the blueprint, but for the way to its schema', () => {
    const own = (text: string) => text.replaceAll(/\$schema=\S+/g, '');
    const yaml = filesBelow(join(parent, 'p')).filter((file) =>
      /^(blueprint|sources|dashboards)\b.*\.yaml$/.test(file),
    );
    for (const file of yaml) {
      expect(own(read(file))).toBe(own(readFileSync(join(BLUEPRINT, '..', blueprint, file), 'utf8')));
    }
  });

  test('says of every place to change something that it is there', () => {
    const places = read('README.md').matchAll(/^\|[^|]+\|([^|]+)\|/gm);
    const files = [...places].flatMap(([, where]) => [...where.matchAll(/`([\w./-]+(?:\/|\.\w+))`/g)]);
    const existing = files.map(([, file]) => file).filter((file) => file !== 'sources.mappings');
    expect(existing.length).toBeGreaterThan(2);
    expect(existing.filter((file) => !existsSync(join(parent, 'p', file)))).toEqual([]);
  });
});

test('a project of the stream has its producer, a script that runs it, and what it needs as this release has it', () => {
  createProject({ blueprint: 'streaming', directory: join(parent, 'p') });
  const read = (file: string) => readFileSync(join(parent, 'p', file), 'utf8');
  const file = 'producers/application.ts';
  expect(read(file)).toBe(readFileSync(join(BLUEPRINT, '../streaming', file), 'utf8'));
  const { scripts, dependencies } = JSON.parse(read('package.json'));
  expect(scripts.produce).toMatch(
    /^esbuild producers\/application\.ts .*--outfile=dist\/produce\.js .*node dist\/produce\.js$/,
  );
  const { kafkajs, 'aws-msk-iam-sasl-signer-js': signer } = packageJson.devDependencies;
  expect(dependencies).toMatchObject({ kafkajs, 'aws-msk-iam-sasl-signer-js': signer });
  expect(JSON.parse(read('tsconfig.json')).include).toContain('producers');
});

describe('--library', () => {
  const specOf = (library: string) => {
    init(join(parent, 'p'), library);
    return JSON.parse(readFileSync(join(parent, 'p/package.json'), 'utf8')).dependencies['cdk-data-patterns'];
  };

  test('may be a version', () => {
    expect(specOf('0.9.1')).toBe('0.9.1');
  });

  test('may be a tarball, which the project then names from where it lies', () => {
    writeFileSync(join(parent, 'x.tgz'), '');
    expect(specOf(join(parent, 'x.tgz'))).toBe('file:../x.tgz');
  });

  test('that is a path to nothing is refused', () => {
    expect(() => specOf('./nowhere.tgz')).toThrow(
      new UserError('--library names ./nowhere.tgz, which is not there; check the path'),
    );
  });
});

describe('a directory', () => {
  test('that is empty is taken', () => {
    mkdirSync(join(parent, 'empty'));
    init(join(parent, 'empty'));
    expect(existsSync(join(parent, 'empty/cdk.json'))).toBe(true);
  });

  test('that is not empty is refused and left as it is', () => {
    writeFileSync(join(parent, 'mine.txt'), 'mine');
    expect(() => init(parent)).toThrow(
      new UserError(`${parent} is not empty (it holds mine.txt); choose a new directory or empty this one`),
    );
    expect(filesBelow(parent)).toEqual(['mine.txt']);
  });

  test('that is a file is refused', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => init(join(parent, 'file'))).toThrow(
      new UserError(`${join(parent, 'file')} is a file; choose another directory`),
    );
  });

  test('that cannot be made is refused with the system’s reason', () => {
    writeFileSync(join(parent, 'file'), '');
    const below = join(parent, 'file', 'p');
    expect(() => init(below)).toThrow(UserError);
    expect(() => init(below)).toThrow(/cannot be written \(E[A-Z]+\); choose another directory or free this one$/);
  });

  test('holds nothing after a failure, and neither does its parent', () => {
    expect(() =>
      createProject({ blueprint: 'lakehouse', directory: join(parent, 'p'), library: './no.tgz' }),
    ).toThrow();
    expect(readdirSync(parent)).toEqual([]);
  });
});

test('a blueprint that does not exist is refused with those that do', () => {
  expect(() => createProject({ blueprint: 'lakehose', directory: join(parent, 'p') })).toThrow(
    new UserError("there is no blueprint 'lakehose'; use one of: lakehouse, streaming, warehouse"),
  );
});
