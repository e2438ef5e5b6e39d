import { spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { createProject } from '../../bin/commands/init/create-project';

export interface CommandResult {
  readonly status: number | null;
  readonly output: string;
}

const ROOT = join(__dirname, '..', '..');

/**
 * A project of one's own, as `data-patterns init` writes it. It lies inside this repository and its imports of
 * the package are bundled from the sources, so that neither npm nor a packed package is needed.
 */
export class OwnProject {
  readonly folder: string;
  private readonly parent: string;

  constructor(blueprint: string) {
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    this.parent = mkdtempSync(join(ROOT, 'dist', 'project-'));
    this.folder = join(this.parent, 'own');
    createProject({ blueprint, directory: this.folder });
    const build = [
      join(ROOT, 'node_modules', '.bin', 'esbuild'),
      'bin/app.ts --bundle --platform=node --target=node20 --outfile=dist/app.js --log-level=warning',
      `--alias:cdk-data-patterns=${join(ROOT, 'lib', 'index.ts')}`,
      `--alias:cdk-data-patterns/blueprints=${join(ROOT, 'blueprints', 'index.ts')}`,
      "--external:aws-cdk-lib '--external:aws-cdk-lib/*' --external:constructs",
    ].join(' ');
    const cdkJson = JSON.parse(this.read('cdk.json')) as object;
    this.write('cdk.json', JSON.stringify({ ...cdkJson, build }));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  delete(file: string): void {
    rmSync(join(this.folder, file));
  }

  /** Puts one text in place of another, which has to be there. */
  edit(file: string, before: string, after: string): void {
    const content = this.read(file);
    if (!content.includes(before)) throw new Error(`${file} has no '${before}'`);
    this.write(file, content.replace(before, after));
  }

  /** Runs `data-patterns schema lock` in the project. */
  lock(...options: string[]): CommandResult {
    return this.run('schema', 'lock', ...options);
  }

  /** Runs the command line in the project. */
  run(...args: string[]): CommandResult {
    const cli = join(ROOT, 'dist', 'bin', 'data-patterns.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}
