import { execFileSync } from 'node:child_process';

/** What `data-patterns toolchain --json` says, with more options; fetches the engines when they are missing. */
export function toolchain(options = []) {
  const output = execFileSync(process.execPath, ['dist/bin/data-patterns.js', 'toolchain', '--json', ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
