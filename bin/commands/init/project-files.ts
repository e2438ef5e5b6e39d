import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import cdkJson from '../../../cdk.json';
import { packageFile } from '../../../lib/foundation/private/package-assets';
import packageJson from '../../../package.json';
import type { ProjectBlueprint } from './project-blueprints';

/** The files of a project that its blueprint has not, or not in this form. */
export function projectFiles(
  blueprint: ProjectBlueprint,
  name: string,
  library = `^${packageJson.version}`,
): Record<string, string> {
  return {
    'package.json': json(projectPackage(blueprint, name, library)),
    'cdk.json': json({ app: 'node dist/app.js', build: 'npm run --silent build', context: cdkJson.context }),
    'tsconfig.json': json(typesOf(blueprint)),
    ...settings(blueprint),
    'bin/app.ts': APP,
    'README.md': readme(blueprint, name),
    '.github/workflows/ci.yml': workflow(blueprint),
    '.gitignore': ['node_modules/', 'dist/', 'cdk.out/', 'rehearsals/', ''].join('\n'),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function projectPackage({ stack, programs }: ProjectBlueprint, name: string, library: string): object {
  const versions: Readonly<Record<string, string>> = packageJson.devDependencies;
  const bundle = (file: string, to: string) =>
    `esbuild ${file} --bundle --platform=node --target=node20 --packages=external --outfile=${to}`;
  const programScripts = Object.entries(programs).map(([script, { file }]) => {
    const compiled = `dist/${script}.js`;
    return [script, `${bundle(file, compiled)} --log-level=warning && node ${compiled}`];
  });
  const packages = Object.values(programs).flatMap((program) => program.packages);
  return {
    name,
    version: '0.1.0',
    private: true,
    engines: packageJson.engines,
    scripts: {
      build: bundle('bin/app.ts', 'dist/app.js'),
      types: 'tsc --noEmit',
      synth: 'cdk synth --quiet',
      rehearse: `data-patterns rehearse ${stack}`,
      ...Object.fromEntries(programScripts),
    },
    dependencies: {
      'aws-cdk-lib': versions['aws-cdk-lib'],
      'cdk-data-patterns': library,
      constructs: versions.constructs,
      ...Object.fromEntries(packages.map((each) => [each, versions[each]])),
    },
    devDependencies: {
      '@types/node': versions['@types/node'],
      'aws-cdk': versions['aws-cdk'],
      esbuild: versions.esbuild,
      typescript: versions.typescript,
    },
  };
}

function typesOf({ programs }: ProjectBlueprint): object {
  const folders = Object.values(programs).map(({ file }) => path.posix.dirname(file));
  return { compilerOptions: COMPILER_OPTIONS, include: ['bin', 'lib', ...new Set(folders)] };
}

const COMPILER_OPTIONS = {
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
};

/** The blueprint's own YAML; the schemas for editors are the installed package's. */
function settings({ folder, settings }: ProjectBlueprint): Record<string, string> {
  const schemas = `node_modules/cdk-data-patterns/blueprints/${folder}`;
  const files = settings.flatMap((each) =>
    each.endsWith('/') ? readdirSync(packageFile(`blueprints/${folder}/${each}`)).map((file) => each + file) : [each],
  );
  return Object.fromEntries(
    files.map((file) => {
      const content = readFileSync(packageFile(`blueprints/${folder}/${file}`), 'utf8');
      return [file, content.replace(/(\$schema=\.{1,2}\/)([\w.]+\.schema\.json)/, `$1${schemas}/$2`)];
    }),
  );
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

function readme({ stack, lead, changes, cost }: ProjectBlueprint, name: string): string {
  return `# ${name}

${lead}
Made with [cdk-data-patterns](https://github.com/cdk-data-patterns/cdk-data-patterns).

## Rehearse it
\`\`\`sh
npm install
npx data-patterns rehearse ${stack}
\`\`\`
deploys the stack into a local emulator, lets generated trades flow through the real engines, and compares the results with an independent
computation. No AWS account is needed; Node 20 and Python 3.11 or newer are.

## Change it
| what | where | then |
|---|---|---|
${changes.map(([what, where, then]) => `| ${what} | ${where} | ${then} |\n`).join('')}
## Deploy it
\`\`\`sh
npx cdk bootstrap
npx cdk deploy ${stack}
npx cdk deploy ${stack} -c environment=prod
\`\`\`
A sandbox costs money while it stands: ${cost}. \`npx cdk destroy ${stack}\` removes a
sandbox without a trace; production keeps its data.

Commit \`package-lock.json\`; the workflow in \`.github/workflows\` installs from it.
`;
}

function workflow({ stack, copied }: ProjectBlueprint): string {
  const hasLedger = copied.some((each) => each.endsWith('.lock.json'));
  return `name: ci
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
${hasLedger ? '      - run: npx data-patterns schema check\n' : ''}      - run: npx data-patterns rehearse ${stack} --rows 20000 --out rehearsals/ci
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: rehearsal
          path: rehearsals/ci/report.*
`;
}
