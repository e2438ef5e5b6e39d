import { spawn, ChildProcess } from 'child_process';
import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';

const ROOT = join(__dirname, '..', '..');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line in the repository. */
export function startCli(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'dist', 'bin', 'data-patterns.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for its end. */
export function finished(child: ChildProcess): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr })));
}

export function cli(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<CliResult> {
  return finished(startCli(args, environment));
}

export interface Rehearsed {
  readonly result: CliResult;
  readonly report: RehearsalReport;
}

/**
 * Rehearses with the built command line, and reads the report.
 *
 * @param out the folder of the report
 * @throws what the command line said, when there is no report
 */
export async function rehearse(args: readonly string[], out: string): Promise<Rehearsed> {
  const result = await cli(['rehearse', ...args, '--out', out]);
  const file = join(out, 'report.json');
  if (!existsSync(file)) throw new Error(`no report.json:\n${result.stdout}\n${result.stderr}`);
  return { result, report: JSON.parse(readFileSync(file, 'utf8')) as RehearsalReport };
}

/** A process and all its descendants, this moment. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'));
      parents.set(Number(name), Number(parent?.[1] ?? 0));
    } catch {
      // It ended in the meantime.
    }
  }
  const tree = [root];
  for (let index = 0; index < tree.length; index += 1) {
    tree.push(...[...parents].filter(([, parent]) => parent === tree[index]).map(([pid]) => pid));
  }
  return tree;
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
