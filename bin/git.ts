import { execFileSync } from 'node:child_process';

/** What git prints in a folder; undefined when it fails. */
export function git(folder: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** The commit that a commit, branch or tag stands for; undefined when the folder's repository has none of that name. */
export function commitOf(folder: string, ref: string): string | undefined {
  return git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])?.trim();
}
