import { rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { ExitCode, UserError } from '../../../../../cli-errors';
import { packageRoot } from '../../../../../package-root';
import type { AwsConnection } from '../../../aws';
import type { RunResult } from '../../../jobs';
import { Journal } from '../../../journal';
import type { ReportedCheck, ReportedFault } from '../../../report/model';
import { killGroup, runProcess } from '../../../run-process';
import { endedRun, jobAtWork, startedRuns } from './job-strike';
import { tableVersion } from './table-version';

/** What tells in a log that a job has begun to work and has not committed: names are those of Spark's log. */
const BATCH_PLANNED = /Committed offsets for batch \d+/;
const QUERY_STARTED = /Checkpoint root .* resolved to/;
/** Also of a batch that an earlier run has planned. */
const BATCH_AT_WORK = /Submitting \d+ missing tasks/;
const ROWS_SHUFFLED = /Submitting \d+ missing tasks from ShuffleMapStage/;

const STORAGE_FAULT = 'S3 answers 500 and 503';
const BROKER_GONE_MILLISECONDS = 2000;
const STORAGE_GONE_MILLISECONDS = 1500;
/** So often is a job or the pipeline run again after a fault before it counts as lost. */
const MOST_RUNS = 3;

/** What the faults strike, and how it is run. */
export interface Scene {
  readonly journal: string;
  /** Who reads the tables' versions. */
  readonly auditor: AwsConnection;
  readonly python: string;
  readonly signal: AbortSignal;
  readonly tables: { readonly bronze: string; readonly silver: string; readonly gold: string };
  readonly jobs: { readonly bronze: string; readonly silver: string; readonly gold: string };
  readonly runBronze: () => Promise<RunResult>;
  readonly runPipeline: () => Promise<RunResult>;
  readonly killBroker: () => Promise<void>;
  readonly restartBroker: () => Promise<void>;
  /** Posts trades to the ingestion API, where the stack has one. */
  readonly post?: () => Promise<Posted>;
  /** Tells what is being done. */
  readonly onFault: (name: string) => void;
}

/** What the ingestion API answered. */
export interface Posted {
  readonly status: number;
  /** Seconds; null without the header. */
  readonly retryAfter: number | null;
  readonly accepted: number;
}

export interface FaultsOutcome {
  readonly faults: readonly ReportedFault[];
  readonly checks: readonly ReportedCheck[];
  /** What could not be done here. */
  readonly notes: readonly string[];
}

/** A fault that struck, or was meant to. */
export interface Struck extends Omit<ReportedFault, 'versionAfter'> {
  /** Whether it met what it was meant for at work, and that failed or had to wait. */
  readonly met: boolean;
}

/** Exit status of fill_disk.py where a system cannot limit another process. */
const CANNOT_LIMIT = 3;

/**
 * Strikes ingestion and pipeline while they bring the second part of the trades, each time before what was struck has
 * committed, and runs them again until they are through. Every table has commits from the first part.
 */
export async function runFaults(scene: Scene): Promise<FaultsOutcome> {
  const notes: string[] = [];
  const struck = [await killBronzeJob(scene)];
  const full = await fillDisk(scene);
  if (full === undefined) {
    notes.push('No full disk was rehearsed: this system cannot limit the files of another process.');
  } else {
    struck.push(full);
  }
  const broker = await killBroker(scene);
  struck.push(broker.struck, ...(await strikePipeline(scene)));
  const faults: ReportedFault[] = [];
  const checks: ReportedCheck[] = [...broker.checks];
  for (const { met, ...fault } of struck) {
    const versionAfter = await tableVersion(scene.auditor, fault.table);
    faults.push({ ...fault, versionAfter });
    checks.push(judgeFault({ met, ...fault }, versionAfter));
  }
  return { faults, checks, notes };
}

/** A fault is one that met its target after a commit of the table, and before the last. */
export function judgeFault({ met, ...fault }: Struck, versionAfter: number): ReportedCheck {
  return {
    name: `fault: ${fault.name}`,
    expected: `it strikes; ${fault.table} has commits before and after it`,
    actual: `${met ? 'it struck' : 'it missed'}: ${fault.effect}; commit ${fault.versionBefore} before, commit ${versionAfter} after`,
    // Version 0 is the table as it was created.
    passed: met && fault.versionBefore > 0 && versionAfter > fault.versionBefore,
  };
}

/** A run of the streaming job that is caught at work. */
interface CaughtRun {
  /** Of the process group; undefined when the run was over before. */
  readonly pid?: number;
  readonly running: Promise<RunResult>;
}

async function catchBronzeJob(scene: Scene, fault: string, sign: RegExp): Promise<CaughtRun> {
  scene.onFault(fault);
  const earlier = startedRuns(scene.journal, scene.jobs.bronze);
  const running = scene.runBronze();
  const atWork = jobAtWork(scene.journal, scene.jobs.bronze, earlier, sign, scene.signal);
  atWork.catch(() => undefined);
  const run = await Promise.race([atWork, running.then(() => undefined)]);
  return { pid: run?.pid, running };
}

async function killBronzeJob(scene: Scene): Promise<Struck> {
  const name = 'streaming job killed';
  const { pid, running } = await catchBronzeJob(scene, name, BATCH_PLANNED);
  killGroup(pid, 'SIGKILL');
  const { state } = await running;
  const effect = killed(pid, `the run was ${state}`);
  return { ...(await seen(scene, name, 'bronze')), effect, met: pid !== undefined && state === 'FAILED' };
}

/** Undefined where it cannot be done. */
async function fillDisk(scene: Scene): Promise<Struck | undefined> {
  const name = 'disk full for the checkpoint';
  const { pid, running } = await catchBronzeJob(scene, name, QUERY_STARTED);
  const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'flows', 'lakehouse', 'faults', 'fill_disk.py');
  const { code } = await runProcess(scene.python, [script, String(pid)], { signal: scene.signal });
  const { state } = await running;
  if (code === CANNOT_LIMIT) {
    return undefined;
  }
  const effect = `no file of process group ${pid} could grow, not even its log; the run was ${state}`;
  return { ...(await seen(scene, name, 'bronze')), effect, met: code === 0 && state === 'FAILED' };
}

async function killBroker(scene: Scene): Promise<{ readonly struck: Struck; readonly checks: ReportedCheck[] }> {
  const name = 'broker killed';
  const { pid, running } = await catchBronzeJob(scene, name, BATCH_AT_WORK);
  await scene.killBroker();
  const before = await seen(scene, name, 'bronze');
  const refused = await scene.post?.();
  await sleep(BROKER_GONE_MILLISECONDS);
  const { versionBefore: meanwhile } = await seen(scene, name, 'bronze');
  await scene.restartBroker();
  const states = [(await running).state];
  while (states.at(-1) !== 'SUCCEEDED' && states.length < MOST_RUNS) {
    states.push((await scene.runBronze()).state);
  }
  const taken = await scene.post?.();
  if (taken !== undefined) {
    states.push((await scene.runBronze()).state);
  }
  return {
    struck: {
      ...before,
      effect: `the runs were ${states.join(', ')}`,
      met: pid !== undefined && meanwhile === before.versionBefore,
    },
    checks: refused === undefined || taken === undefined ? [] : [judgePosts(refused, taken)],
  };
}

/** The API takes nothing that it cannot hand on, and says when to come again; then it takes it. */
export function judgePosts(refused: Posted, taken: Posted): ReportedCheck {
  const words = ({ status, retryAfter, accepted }: Posted): string =>
    `HTTP ${status}${retryAfter === null ? '' : ' with retry-after'}, ${accepted === 0 ? 'nothing' : 'trades'} taken`;
  const expected = 'HTTP 503 with retry-after, nothing taken; then HTTP 202, trades taken';
  const actual = `${words(refused)}; then ${words(taken)}`;
  return {
    name: 'http: refused while the broker is away, taken when it is back',
    expected,
    actual,
    passed: actual === expected,
  };
}

/** The silver job is killed; S3 fails while it is tried again; then the gold job is killed. */
async function strikePipeline(scene: Scene): Promise<Struck[]> {
  const { journal, jobs, signal } = scene;
  const earlier = { silver: startedRuns(journal, jobs.silver), gold: startedRuns(journal, jobs.gold) };
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);

  const kill = async (layer: 'silver' | 'gold', name: string): Promise<Struck> => {
    scene.onFault(name);
    const { pid } = await jobAtWork(journal, jobs[layer], earlier[layer], ROWS_SHUFFLED, until);
    killGroup(pid, 'SIGKILL');
    const { state } = await endedRun(journal, jobs[layer], earlier[layer], until);
    return {
      ...(await seen(scene, name, layer)),
      effect: killed(pid, `the run was ${state}`),
      met: state === 'FAILED',
    };
  };
  const failStorage = async (): Promise<Struck> => {
    scene.onFault(STORAGE_FAULT);
    await jobAtWork(journal, jobs.silver, earlier.silver + 1, ROWS_SHUFFLED, until);
    const effect = await withoutStorage(journal, until);
    return { ...(await seen(scene, STORAGE_FAULT, 'silver')), effect, met: true };
  };
  const strikes = (async () => [
    await kill('silver', 'silver job killed'),
    await failStorage(),
    await kill('gold', 'gold job killed'),
  ])();
  strikes.catch(() => undefined);

  const states: string[] = [];
  while (states.at(-1) !== 'SUCCEEDED' && states.length < MOST_RUNS) {
    states.push((await scene.runPipeline()).state);
  }
  const executions = `the pipeline's executions were ${states.join(', ')}`;
  over.abort(new UserError(`Not every fault found its job at work: ${executions}.`, ExitCode.FAILED));
  return (await strikes).map((struck) => ({ ...struck, effect: `${struck.effect}; ${executions}` }));
}

/** Lets S3 fail for a while, at least until it has answered in both ways; tells how many requests met it. */
async function withoutStorage(journal: string, signal: AbortSignal): Promise<string> {
  // The name is that of emulator/storage_faults.py.
  const fault = join(dirname(journal), 'storage-fault');
  const statuses = (): Set<number> =>
    new Set(
      Journal.read(journal)
        .storageFaults()
        .map(({ status }) => status),
    );
  writeFileSync(fault, '');
  try {
    do {
      await sleep(STORAGE_GONE_MILLISECONDS);
      signal.throwIfAborted();
    } while (statuses().size < 2);
  } finally {
    rmSync(fault);
  }
  return `${Journal.read(journal).storageFaults().length} requests were refused`;
}

/** A fault of this moment, before what it struck has committed. */
async function seen(
  scene: Scene,
  name: string,
  layer: 'bronze' | 'silver' | 'gold',
): Promise<Pick<Struck, 'name' | 'table' | 'versionBefore'>> {
  const table = scene.tables[layer];
  return { name, table, versionBefore: await tableVersion(scene.auditor, table) };
}

function killed(pid: number | undefined, outcome: string): string {
  return pid === undefined
    ? `it had ended before it could be killed: ${outcome}`
    : `process group ${pid} was killed; ${outcome}`;
}
