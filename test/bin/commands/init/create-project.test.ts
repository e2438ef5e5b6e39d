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
import { PATTERNS } from '../../../../bin/commands/advise/patterns';
import { createProject, projectBlueprints } from '../../../../bin/commands/init/create-project';
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
        expect.stringContaining('npx data-patterns review --base "origin/$GITHUB_BASE_REF"'),
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
  ['mesh', 'TradingMesh'],
  ['lakehouse-warehouse', 'TradingLakehouseWarehouseStack'],
  ['streaming-batch', 'TradingStreamingBatchStack'],
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
        module.startsWith('.') ? join(file, '..', module.endsWith('.json') ? module : `${module}.ts`) : module,
      ),
    );
    const { dependencies } = JSON.parse(read('package.json'));
    const known = [...sources, ...Object.keys(dependencies), 'cdk-data-patterns/blueprints'];
    expect(leading.filter((each) => !/^(node:|aws-cdk-lib)/.test(each) && !known.includes(each))).toEqual([]);
  });

  test('names its own stacks, and no other, wherever one is named', () => {
    const named = ['README.md', 'package.json', '.github/workflows/ci.yml'].flatMap((file) => [
      ...read(file).matchAll(/\bTrading[A-Z]\w+/g),
    ]);
    expect(new Set(named.map(([name]) => name))).toEqual(new Set([stack]));
    expect(read('lib/blueprint.ts')).toContain(stack);
  });

  test('leads editors to schemas that it or the package has', () => {
    const yaml = filesBelow(join(parent, 'p')).filter((file) => file.endsWith('.yaml'));
    const schemas = yaml.flatMap((file) =>
      [...read(file).matchAll(/\$schema=(\.\S+)/g)].map(([, schema]) => join(file, '..', schema)),
    );
    expect(schemas).toContain(
      ['mesh', 'lakehouse-warehouse', 'streaming-batch'].includes(blueprint)
        ? 'lib/blueprint.schema.json'
        : `node_modules/cdk-data-patterns/blueprints/${blueprint}/blueprint.schema.json`,
    );
    const [shipped, own] = [true, false].map((ofPackage) =>
      schemas.filter((schema) => schema.startsWith('node_modules/') === ofPackage),
    );
    const inPackage = shipped.map((schema) => schema.replace('node_modules/cdk-data-patterns/', ''));
    expect(inPackage.filter((schema) => !existsSync(join(BLUEPRINT, '../..', schema)))).toEqual([]);
    expect(own.filter((schema) => !existsSync(join(parent, 'p', schema)))).toEqual([]);
  });

  test('has every part that blueprint.yaml names in a folder of its own', () => {
    const folders = [...read('blueprint.yaml').matchAll(/^(?:streaming|lakehouse|warehouse): ([\w./-]+)$/gm)];
    expect(folders).toHaveLength({ 'lakehouse-warehouse': 2, 'streaming-batch': 3 }[blueprint] ?? 0);
    for (const [, folder] of folders) {
      expect(folder).not.toContain('..');
      expect(existsSync(join(parent, 'p', folder, 'blueprint.yaml'))).toBe(true);
    }
  });

  test('has the data plane of the blueprint to the byte, but for ways that lead elsewhere', () => {
    const own = (text: string) => text.replaceAll(/\$schema=\S+|(?<=^(lakehouse|streaming|warehouse): ).*$/gm, '');
    const from = (file: string): string => {
      const [, part, name] = /^(lakehouse|streaming|warehouse)\/(.*)$/.exec(file) ?? [];
      if (part === undefined) return join(blueprint, file);
      return part === 'warehouse' ? join('lakehouse-warehouse/warehouse', name) : join(part, name);
    };
    const data = filesBelow(join(parent, 'p')).filter(
      (file) => !/^(bin|lib|\.github)\/|^(package|cdk|tsconfig)\.json$|^README\.md$|^\.gitignore$/.test(file),
    );
    expect(data.length).toBeGreaterThan(5);
    for (const file of data) {
      expect(own(read(file))).toBe(own(readFileSync(join(BLUEPRINT, '..', from(file)), 'utf8')));
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

test('every pattern that can be advised is a project', () => {
  expect(projectBlueprints().sort()).toEqual([...PATTERNS].sort());
});

test('a mesh is deployed by the names of its stacks, after its accounts are written down, and its contracts are checked', () => {
  createProject({ blueprint: 'mesh', directory: join(parent, 'p') });
  const page = readFileSync(join(parent, 'p/README.md'), 'utf8');
  const steps = parse(readFileSync(join(parent, 'p/.github/workflows/ci.yml'), 'utf8')).jobs.check.steps;
  const runs = steps.map(({ run, ...more }: { run?: string; if?: string }) => [run, more.if]);
  expect(runs).toContainEqual(['npx data-patterns product lint */*/data-product.yaml --complete', undefined]);
  expect(runs).toContainEqual([
    'npx data-patterns product diff --base "origin/$GITHUB_BASE_REF" */*/data-product.yaml',
    "github.event_name == 'pull_request'",
  ]);
  expect(page).toMatch(/# Write your four accounts .*\nnpx cdk bootstrap .*\nnpx cdk deploy 'TradingMesh\*'\n/);
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
    new UserError(`there is no blueprint 'lakehose'; use one of: ${projectBlueprints().join(', ')}`),
  );
});
