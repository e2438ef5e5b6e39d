import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { UserError } from '../../cli-errors';
import { commitOf, git } from '../../git';
import { Cdk } from '../rehearse/cdk';
import { type Assembly, readAssembly } from './assembly';

/** Where an app is deployed that leaves it to the CLI. */
export interface Environment {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/** For a comparison any will do; this is AWS's own for examples. */
const EXAMPLE: Environment = { account: '111122223333', region: 'us-east-1' };

/** Both sides of a review, in a folder of their own until it is closed. */
export class Workspace {
  private readonly folder = mkdtempSync(join(tmpdir(), 'data-patterns-review-'));
  private readonly worktrees: string[] = [];

  /**
   * @param project the folder of the project's cdk.json
   * @param context of the app, beside that of cdk.json
   * @param signal ends a synthesis
   * @param environment that the app is synthesized for where it leaves it to the CLI
   */
  public constructor(
    private readonly project: string,
    private readonly context: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
    private readonly environment: Environment = EXAMPLE,
  ) {}

  /** The project as it stands. */
  public async head(): Promise<Assembly> {
    return this.synthesize(this.project, 'head');
  }

  /**
   * What is compared with: a cloud assembly, the folder of a project, or the project at a commit, branch or tag.
   *
   * @throws UserError when it is none of them
   */
  public async base(directoryOrRef: string): Promise<Assembly> {
    if (existsSync(directoryOrRef) && statSync(directoryOrRef).isDirectory()) {
      return existsSync(join(directoryOrRef, 'manifest.json'))
        ? readAssembly(directoryOrRef)
        : this.synthesize(directoryOrRef, 'base');
    }
    return this.synthesize(this.checkOut(directoryOrRef), 'base');
  }

  public close(): void {
    for (const worktree of this.worktrees) git(this.project, ['worktree', 'remove', '--force', worktree]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async synthesize(project: string, side: string): Promise<Assembly> {
    const folder = join(this.folder, side);
    mkdirSync(folder, { recursive: true });
    const cdk = new Cdk({ project, folder, context: this.context, signal: this.signal });
    await cdk.synth(this.environment.account, this.environment.region);
    return readAssembly(cdk.assembly);
  }

  private checkOut(ref: string): string {
    const commit = commitOf(this.project, ref);
    if (commit === undefined) {
      throw new UserError(
        `--base ${ref} is neither a folder nor a commit, branch or tag of this repository; fetch it first (git fetch origin ${ref}).`,
      );
    }
    const worktree = join(this.folder, 'worktree');
    git(this.project, ['worktree', 'add', '--detach', worktree, commit]);
    this.worktrees.push(worktree);
    const root = git(this.project, ['rev-parse', '--show-toplevel'])?.trim() ?? this.project;
    const project = join(worktree, relative(root, this.project));
    // The dependencies of today: installing those of the commit would take minutes and a network.
    for (const [from, to] of [
      [join(root, 'node_modules'), join(worktree, 'node_modules')],
      [join(this.project, 'node_modules'), join(project, 'node_modules')],
    ]) {
      if (existsSync(from) && existsSync(join(to, '..')) && !isThere(to)) symlinkSync(from, to);
    }
    return project;
  }
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
