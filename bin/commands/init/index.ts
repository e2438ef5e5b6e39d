import * as path from 'node:path';
import type { Command } from 'commander';
import { createProject, projectBlueprints } from './create-project';

/** Adds `data-patterns init` to the command line. */
export function registerInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a project of your own: CDK app, blueprint.yaml, SQL, CI workflow')
    .argument('<blueprint>', `the blueprint to begin with: ${projectBlueprints().join(', ')}`)
    .argument('<directory>', 'where to write it; must be empty or not there yet')
    .option('--library <spec>', 'the npm package to depend on: a version range, or a file such as ./x.tgz')
    .action((blueprint: string, directory: string, options: { library?: string }) => {
      const stack = createProject({ blueprint, directory: path.resolve(directory), library: options.library });
      const shown = path.relative(process.cwd(), path.resolve(directory)) || '.';
      console.log(
        [
          `Written to ${shown}. Next:`,
          ...(shown === '.' ? [] : [`  cd ${shown}`]),
          '  npm install',
          '  npx cdk synth --quiet',
          `  npx data-patterns rehearse ${stack}`,
        ].join('\n'),
      );
    });
}
