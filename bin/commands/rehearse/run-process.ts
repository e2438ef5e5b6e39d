import { spawn } from 'child_process';
import { createInterface } from 'readline';

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with every line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
  /** Stops the process (and its group) when aborted. */
  readonly signal?: AbortSignal;
}

export interface ProcessResult {
  readonly code: number;
  /** Both outputs, in the order in which their lines came. */
  readonly output: string;
}

/**
 * Runs a command to its end in a process group of its own. It never throws because of the command's exit status; a command that cannot be
 * started ends with code 127, as in a shell.
 */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => killGroup(child.pid, 'SIGKILL');
    const cleanUp = (): void => {
      process.removeListener('exit', stop);
      options.signal?.removeEventListener('abort', stop);
    };
    process.once('exit', stop);
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) {
      stop();
    }
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        options.onLine?.(line);
      });
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      cleanUp();
      if (error.code === 'ENOENT' || error.code === 'EACCES') {
        resolve({ code: 127, output: error.message });
      } else {
        reject(error);
      }
    });
    child.once('close', (code) => {
      cleanUp();
      resolve({ code: code ?? 1, output: lines.join('\n') });
    });
  });
}

/** Signals a whole process group; a group that is gone already is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
