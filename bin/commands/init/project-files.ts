import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import cdkJson from '../../../cdk.json';
import { packageFile } from '../../../lib/foundation/private/package-assets';
import packageJson from '../../../package.json';
import { PACKAGE } from './imports';
import type { ProjectBlueprint, ProjectFolder } from './project-blueprints';

/** The files of a project that its blueprint has not, or not in this form. */
export function projectFiles(
  blueprint: ProjectBlueprint,
  name: string,
  library = `^${packageJson.version}`,
): Record<string, string> {
  const copied = copies(blueprint);
  return {
    'package.json': json(projectPackage(blueprint, name, library)),
    'cdk.json': json({ app: 'node dist/app.js', build: 'npm run --silent build', context: cdkJson.context }),
    'tsconfig.json': json(typesOf(blueprint)),
    ...copied,
    'bin/app.ts': APP,
    'README.md': readme(blueprint, name),
    '.github/workflows/ci.yml': workflow(blueprint, Object.keys(copied)),
    '.gitignore': ['node_modules/', 'dist/', 'cdk.out/', 'rehearsals/', 'review.md', ''].join('\n'),
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
      [PACKAGE]: library,
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
  resolveJsonModule: true,
  skipLibCheck: true,
  forceConsistentCasingInFileNames: true,
};

/** What is copied, as the project needs it. */
function copies({ folders, sources }: ProjectBlueprint): Record<string, string> {
  const own = sources.map((source) => `blueprints/${source}`);
  return Object.fromEntries(
    folders.flatMap(({ from, to = '', names }) =>
      names.flatMap(filesIn(`blueprints/${from}`)).map((name) => {
        const [file, source] = [path.posix.join(to, name), `blueprints/${from}/${name}`];
        const content = readFileSync(packageFile(source), 'utf8');
        return [file, pointPartsInside(pointSchemaAtPackage(content, file, source, own), folders)];
      }),
    ),
  );
}

/** The files that a name stands for, itself or all below it. */
function filesIn(folder: string): (name: string) => string[] {
  return (name) => {
    const whole = packageFile(`${folder}/${name}`);
    if (!statSync(whole).isDirectory()) return [name];
    return readdirSync(whole, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => path.join(name, path.relative(whole, path.join(each.parentPath, each.name))))
      .map((each) => each.split(path.sep).join('/'));
  };
}

/** The schemas for editors are the installed package's, but for those that the project has itself. */
function pointSchemaAtPackage(content: string, file: string, source: string, own: readonly string[]): string {
  return content.replace(/(?<=^# yaml-language-server: \$schema=)\.\S+/, (schema) => {
    const target = path.posix.join(path.posix.dirname(source), schema);
    const place = own.includes(target) ? `lib/${path.posix.basename(target)}` : `node_modules/${PACKAGE}/${target}`;
    const way = path.posix.relative(path.posix.dirname(file), place);
    return way.startsWith('.') ? way : `./${way}`;
  });
}

/** Parts of a blueprint, which other blueprints have beside it, are folders of the project. */
function pointPartsInside(content: string, [{ from: whole }, ...parts]: readonly ProjectFolder[]): string {
  return parts.reduce((text, { from, to = '' }) => {
    return text.replace(new RegExp(`^${to}: ${path.posix.relative(whole, from)}$`, 'm'), `${to}: ${to}`);
  }, content);
}

const APP = `import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { errorMessage } from 'cdk-data-patterns/blueprints';
import { addTo } from '../lib/blueprint';

// The CDK's validator takes longer than the synthesis; cfn-lint or \`cdk synth --validation\` in CI do the same.
const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
// The bundle is dist/app.js: the project is the folder above it.
const directory = path.join(__dirname, '..');
try {
  addTo(app, directory, app.node.tryGetContext('environment') as string | undefined);
  app.synth();
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 2;
}
`;

function readme(blueprint: ProjectBlueprint, name: string): string {
  const { stack, stacks = stack, lead, changes, preparation = ['npx cdk bootstrap'], cost } = blueprint;
  return `# ${name}

${lead}
Made with [cdk-data-patterns](https://github.com/cdk-data-patterns/cdk-data-patterns).

## Rehearse it
\`\`\`sh
npm install
npx data-patterns rehearse ${stack}
\`\`\`
deploys it into a local emulator, lets generated trades flow through the real engines, and compares the results with an independent
computation. No AWS account is needed; Node 20 and Python 3.11 or newer are.

## Change it
| what | where | then |
|---|---|---|
${changes.map(([what, where, then]) => `| ${what} | ${where} | ${then} |\n`).join('')}
## Deploy it
\`\`\`sh
${preparation.join('\n')}
npx cdk deploy ${stacks}
npx cdk deploy ${stacks} -c environment=prod
\`\`\`
A sandbox costs money while it stands: ${cost}. \`npx cdk destroy ${stacks}\` removes a
sandbox without a trace; production keeps its data.

Commit \`package-lock.json\`; the workflow in \`.github/workflows\` installs from it.
`;
}

const PULL_REQUEST = "github.event_name == 'pull_request'";

function workflow({ stack, checks = [] }: ProjectBlueprint, files: readonly string[]): string {
  const hasLedger = files.some((file) => file.endsWith('.lock.json'));
  const steps = checks.map(({ run, onPullRequest }) =>
    onPullRequest ? `      - if: ${PULL_REQUEST}\n        run: ${run}\n` : `      - run: ${run}\n`,
  );
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
        with:
          fetch-depth: 0
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
${hasLedger ? '      - run: npx data-patterns schema check\n' : ''}${steps.join('')}      - name: review
        if: ${PULL_REQUEST}
        run: |
          status=0
          npx data-patterns review --base "origin/$GITHUB_BASE_REF" --out review.md || status=$?
          cat review.md >> "$GITHUB_STEP_SUMMARY"
          exit "$status"
      - run: npx data-patterns rehearse ${stack} --rows 20000 --out rehearsals/ci
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: rehearsal
          path: rehearsals/ci/report.*
`;
}
