import { ChildProcess, spawn } from 'child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'fs';
import { join } from 'path';
import { packageRoot } from '../../../package-root';
import { killGroup } from '../run-process';

const GRACE_MILLISECONDS = 10_000;
const TAIL_LINES = 12;

export interface EngineProcess {
  /** What people call it, such as `Kafka`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Receives both outputs. */
  readonly logFile: string;
}

/** An engine ended although nobody had asked it to. */
export class EngineCrash extends Error {
  public constructor(
    public readonly engine: string,
    /** Exit status, or the signal that ended it. */
    public readonly ending: number | NodeJS.Signals,
    public readonly logFile: string,
  ) {
    super(`${engine} ended unexpectedly (${ending}); the end of ${logFile}:\n${tail(logFile)}`);
    this.name = 'EngineCrash';
  }
}

/**
 * Starts engines, each in a process group of its own, and stops all of them. Should this process be killed, a guardian
 * process does it instead, so nothing is left behind.
 */
export class Supervisor {
  private readonly running = new Map<number, Engine>();
  /** Rejects when any engine ends without having been stopped; never resolves. */
  public readonly crashed: Promise<never>;
  private guardian?: ChildProcess;
  private closed = false;
  private reportCrash: (error: unknown) => void = () => undefined;

  public constructor(private readonly python: string) {
    this.crashed = new Promise((_, reject) => {
      this.reportCrash = reject;
    });
    this.crashed.catch(() => undefined);
  }

  /** Starts a process. Its end before `stop` is a crash, which `Engine.crashed` tells. */
  public start(engine: EngineProcess): Engine {
    if (this.closed) {
      throw new Error(`${engine.name} is not started: everything is being stopped`);
    }
    this.guardian ??= this.startGuardian();
    const log = openSync(engine.logFile, 'a');
    const child = spawn(engine.command, engine.args, {
      cwd: engine.cwd,
      env: engine.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const started = new Engine(engine, child);
    const pid = child.pid;
    started.crashed.catch(this.reportCrash);
    if (pid !== undefined) {
      this.running.set(pid, started);
      this.tellGuardian(pid);
      void started.ended.then(() => this.running.delete(pid));
    }
    return started;
  }

  /** Stops one engine. */
  public async stop(engine: Engine): Promise<void> {
    await engine.stop();
    if (engine.pid !== undefined) {
      this.tellGuardian(-engine.pid);
    }
  }

  /** Stops every engine and waits until all are gone. */
  public async stopAll(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running.values()].map((engine) => this.stop(engine)));
    this.guardian?.stdin?.end();
    this.guardian = undefined;
  }

  private startGuardian(): ChildProcess {
    const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'engines', 'guardian.py');
    const guardian = spawn(this.python, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // A guardian that is gone is no reason to fail: it matters only when this process is killed.
    guardian.stdin.on('error', () => undefined);
    guardian.on('error', () => undefined);
    return guardian;
  }

  private tellGuardian(group: number): void {
    this.guardian?.stdin?.write(`${group}\n`);
  }
}

/** One running process. */
export class Engine {
  /** Resolves when the process is gone, whatever the reason. */
  public readonly ended: Promise<void>;
  /** Rejects when the process ends without having been stopped; never resolves. */
  public readonly crashed: Promise<never>;
  private stopping = false;

  public constructor(
    private readonly engine: EngineProcess,
    private readonly child: ChildProcess,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    this.crashed = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (!this.stopping) {
          reject(new EngineCrash(engine.name, signal ?? code ?? 1, engine.logFile));
        }
      });
    });
    // It is awaited by whoever needs the engine; until then it is no unhandled rejection.
    this.crashed.catch(() => undefined);
  }

  public get pid(): number | undefined {
    return this.child.pid;
  }

  public get logFile(): string {
    return this.engine.logFile;
  }

  /** Waits until the log has a line that matches; rejects when the process ends before, or takes too long. */
  public async logged(pattern: RegExp, seconds: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      const match = pattern.exec(readLog(this.logFile));
      if (match) {
        return match;
      }
      if (this.stopping) {
        throw new Error(`${this.engine.name} was stopped before it was ready`);
      }
      await Promise.race([this.crashed, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    throw new Error(
      `${this.engine.name} was not ready within ${seconds} s; the end of ${this.logFile}:\n${tail(this.logFile)}`,
    );
  }

  /** Kills the group without a word, on purpose. */
  public async strike(): Promise<void> {
    this.stopping = true;
    killGroup(this.pid, 'SIGKILL');
    await this.ended;
  }

  /** Asks the group to end, kills what has not ended after ten seconds, and waits until it is gone. */
  public async stop(): Promise<void> {
    if (this.stopping || this.child.exitCode !== null || this.child.signalCode !== null) {
      this.stopping = true;
      return this.ended;
    }
    this.stopping = true;
    killGroup(this.pid, 'SIGTERM');
    const timer = setTimeout(() => killGroup(this.pid, 'SIGKILL'), GRACE_MILLISECONDS);
    await this.ended;
    clearTimeout(timer);
    // Members of the group that outlived their leader.
    killGroup(this.pid, 'SIGKILL');
  }
}

function readLog(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The last lines of a log. */
export function tail(file: string, lines: number = TAIL_LINES): string {
  return readLog(file).trimEnd().split('\n').slice(-lines).join('\n');
}
