import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import cdkJson from '../../../cdk.json';
import { packageFile } from '../../../lib/foundation/private/package-assets';
import packageJson from '../../../package.json';

/** The files of a lakehouse project that the blueprint has not, or not in this form. */
export function lakehouseFiles(name: string, library = `^${packageJson.version}`): Record<string, string> {
  return {
    'package.json': json(projectPackage(name, library)),
    'cdk.json': json({ app: 'node dist/app.js', build: 'npm run --silent build', context: cdkJson.context }),
    'tsconfig.json': json(TSCONFIG),
    'blueprint.yaml': settings(),
    ...mappings(),
    'bin/app.ts': APP,
    'README.md': readme(name),
    '.github/workflows/ci.yml': WORKFLOW,
    '.gitignore': ['node_modules/', 'dist/', 'cdk.out/', 'rehearsals/', ''].join('\n'),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function projectPackage(name: string, library: string): object {
  const { devDependencies: versions } = packageJson;
  return {
    name,
    version: '0.1.0',
    private: true,
    engines: packageJson.engines,
    scripts: {
      build: 'esbuild bin/app.ts --bundle --platform=node --target=node20 --packages=external --outfile=dist/app.js',
      types: 'tsc --noEmit',
      synth: 'cdk synth --quiet',
      rehearse: 'data-patterns rehearse TradingLakehouseStack',
    },
    dependencies: {
      'aws-cdk-lib': versions['aws-cdk-lib'],
      'cdk-data-patterns': library,
      constructs: versions.constructs,
    },
    devDependencies: {
      '@types/node': versions['@types/node'],
      'aws-cdk': versions['aws-cdk'],
      esbuild: versions.esbuild,
      typescript: versions.typescript,
    },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'Node16',
    moduleResolution: 'Node16',
    lib: ['ES2022'],
    types: ['node'],
    strict: true,
    noEmit: true,
    esModuleInterop: true,
    skipLibCheck: true,
    forceConsistentCasingInFileNames: true,
  },
  include: ['bin', 'lib'],
};

/** The blueprint's own settings; the schema for editors is the installed package's. */
function settings(): string {
  return readFileSync(packageFile('blueprints/lakehouse/blueprint.yaml'), 'utf8').replace(
    '$schema=./blueprint.schema.json',
    '$schema=./node_modules/cdk-data-patterns/blueprints/lakehouse/blueprint.schema.json',
  );
}

/** The mappings of sources, likewise. */
function mappings(): Record<string, string> {
  const folder = packageFile('blueprints/lakehouse/sources');
  const schema = 'node_modules/cdk-data-patterns/blueprints/lakehouse/source.schema.json';
  const files = readdirSync(folder).map((file) => {
    const content = readFileSync(path.join(folder, file), 'utf8').replace(
      '$schema=../source.schema.json',
      `$schema=../${schema}`,
    );
    return [`sources/${file}`, content];
  });
  return Object.fromEntries(files) as Record<string, string>;
}

const APP = `import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { YamlFileError } from 'cdk-data-patterns/blueprints';
import { addTo } from '../lib/blueprint';

// The CDK's validator takes longer than the synthesis; cfn-lint or \`cdk synth --validation\` in CI do the same.
const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
// The bundle is dist/app.js: the project is the folder above it.
const directory = path.join(__dirname, '..');
try {
  addTo(app, directory, app.node.tryGetContext('environment') as string | undefined);
  app.synth();
} catch (error) {
  // Says file, line and remedy; a stack trace would only hide that.
  if (!(error instanceof YamlFileError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
`;

function readme(name: string): string {
  return `# ${name}

A trading lakehouse on AWS: trades arrive in Kafka and are kept in Iceberg tables, raw in bronze, validated and deduplicated in silver,
summed up by day and symbol in gold. Made with [cdk-data-patterns](https://github.com/cdk-data-patterns/cdk-data-patterns).

## Rehearse it
\`\`\`sh
npm install
npx data-patterns rehearse TradingLakehouseStack
\`\`\`
deploys the stack into a local emulator, lets generated trades flow through the real engines, and compares the results with an independent
computation. No AWS account is needed; Node 20 and Python 3.11 or newer are.

## Change it
| what | where | then |
|---|---|---|
| sizes, schedules, environments | \`blueprint.yaml\` | your editor checks it as you type |
| what silver and gold hold | \`sql/\` | rehearse |
| whose messages arrive | \`sources/\`, and \`sources.mappings\` in \`blueprint.yaml\` | rehearse with \`--source NAME --trades FILE\` |
| columns | \`lib/schemas.ts\` | \`npx data-patterns schema lock\`, and commit \`schemas.lock.json\` |
| resources | \`lib/stack.ts\` | \`npx cdk diff\` |

## Deploy it
\`\`\`sh
npx cdk bootstrap
npx cdk deploy TradingLakehouseStack
npx cdk deploy TradingLakehouseStack -c environment=prod
\`\`\`
A sandbox costs money while it stands: its brokers and its endpoints run all the time. \`npx cdk destroy TradingLakehouseStack\` removes a
sandbox without a trace; production keeps its data.

Commit \`package-lock.json\`; the workflow in \`.github/workflows\` installs from it.
`;
}

const WORKFLOW = `name: ci
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: 22
          cache: npm
      - uses: actions/setup-java@v5
        with:
          distribution: temurin
          java-version: 17
      - run: npm ci
      - run: npm run types
      - run: npx cdk synth --quiet
      - run: npx data-patterns schema check
      - run: npx data-patterns rehearse TradingLakehouseStack --rows 20000 --out rehearsals/ci
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: rehearsal
          path: rehearsals/ci/report.*
`;
