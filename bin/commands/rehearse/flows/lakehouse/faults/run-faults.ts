import { rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { packageRoot } from '../../../../../package-root';
import type { AwsConnection } from '../../../aws';
import type { RunResult } from '../../../jobs';
import { Journal } from '../../../journal';
import type { ReportedCheck, ReportedFault } from '../../../report/model';
import { killGroup, runProcess } from '../../../run-process';
import { jobAtWork, startedRuns } from './job-strike';
import { tableVersion } from './table-version';

/** What tells in a log that a job has begun to work and has not committed: names are those of Spark's log. */
const BATCH_PLANNED = /Committed offsets for batch \d+/;
const QUERY_STARTED = /Checkpoint root .* resolved to/;
const ROWS_SHUFFLED = /Submitting \d+ missing tasks from ShuffleMapStage/;

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
  /** Tells what is being done. */
  readonly onFault: (name: string) => void;
}

export interface FaultsOutcome {
  readonly faults: readonly ReportedFault[];
  readonly checks: readonly ReportedCheck[];
}

type Struck = Omit<ReportedFault, 'versionAfter'>;

/**
 * Strikes ingestion and pipeline while they bring the second part of the trades, each time before what was struck has
 * committed, and runs them again until they are through. Every table has commits from the first part.
 */
export async function runFaults(scene: Scene): Promise<FaultsOutcome> {
  const struck: Struck[] = [];
  const checks: ReportedCheck[] = [];
  struck.push(await killBronzeJob(scene));
  const full = await fillDisk(scene);
  if (full !== undefined) {
    struck.push(full);
  }
  struck.push(await killBroker(scene));
  struck.push(...(await strikePipeline(scene)));
  const faults: ReportedFault[] = [];
  for (const fault of struck) {
    const versionAfter = await tableVersion(scene.auditor, fault.table);
    faults.push({ ...fault, versionAfter });
    checks.push({
      name: `fault: ${fault.name}`,
      expected: `${fault.table} has commits before and after it`,
      actual: `commit ${fault.versionBefore} before, commit ${versionAfter} after; ${fault.effect}`,
      // Version 0 is the table as it was created.
      passed: fault.versionBefore > 0 && versionAfter > fault.versionBefore,
    });
  }
  return { faults, checks };
}

/** A run of the streaming job that is caught at work. */
interface CaughtRun {
  readonly table: string;
  readonly versionBefore: number;
  /** Of the process group; undefined when the run was over before. */
  readonly pid?: number;
  readonly running: Promise<RunResult>;
}

async function catchBronzeJob(scene: Scene, fault: string, sign: RegExp): Promise<CaughtRun> {
  scene.onFault(fault);
  const table = scene.tables.bronze;
  const versionBefore = await tableVersion(scene.auditor, table);
  const earlier = startedRuns(scene.journal, scene.jobs.bronze);
  const running = scene.runBronze();
  const atWork = jobAtWork(scene.journal, scene.jobs.bronze, earlier, sign, scene.signal);
  atWork.catch(() => undefined);
  const run = await Promise.race([atWork, running.then(() => undefined)]);
  return { table, versionBefore, pid: run?.pid, running };
}

async function killBronzeJob(scene: Scene): Promise<Struck> {
  const name = 'streaming job killed';
  const { table, versionBefore, pid, running } = await catchBronzeJob(scene, name, BATCH_PLANNED);
  killGroup(pid, 'SIGKILL');
  const { state } = await running;
  return { name, table, versionBefore, effect: killed(pid, state) };
}

async function fillDisk(scene: Scene): Promise<Struck | undefined> {
  const name = 'disk full for the checkpoint';
  const { table, versionBefore, pid, running } = await catchBronzeJob(scene, name, QUERY_STARTED);
  const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'flows', 'lakehouse', 'faults', 'fill_disk.py');
  const { code } = await runProcess(scene.python, [script, String(pid)], { signal: scene.signal });
  const { state } = await running;
  if (code !== 0) {
    return undefined;
  }
  const effect = `no file of process group ${pid} could grow, not even its log; the run was ${state}`;
  return { name, table, versionBefore, effect };
}

async function killBroker(scene: Scene): Promise<Struck> {
  const name = 'broker killed';
  const { table, versionBefore, running } = await catchBronzeJob(scene, name, BATCH_PLANNED);
  await scene.killBroker();
  await sleep(BROKER_GONE_MILLISECONDS);
  await scene.restartBroker();
  const states = [(await running).state];
  while (states.at(-1) !== 'SUCCEEDED' && states.length < MOST_RUNS) {
    states.push((await scene.runBronze()).state);
  }
  return { name, table, versionBefore, effect: `the runs were ${states.join(', ')}` };
}

/** The silver job is killed; S3 fails while it is tried again; then the gold job is killed. */
async function strikePipeline(scene: Scene): Promise<Struck[]> {
  const { journal, jobs, tables, signal, auditor } = scene;
  const silver = await tableVersion(auditor, tables.silver);
  const gold = await tableVersion(auditor, tables.gold);
  const [silverRuns, goldRuns] = [startedRuns(journal, jobs.silver), startedRuns(journal, jobs.gold)];
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);

  const strikes = (async () => {
    scene.onFault('silver job killed');
    const first = await jobAtWork(journal, jobs.silver, silverRuns, ROWS_SHUFFLED, until);
    killGroup(first.pid, 'SIGKILL');
    scene.onFault('S3 answers 500 and 503');
    await jobAtWork(journal, jobs.silver, silverRuns + 1, ROWS_SHUFFLED, until);
    const refused = await withoutStorage(scene);
    scene.onFault('gold job killed');
    const last = await jobAtWork(journal, jobs.gold, goldRuns, ROWS_SHUFFLED, until);
    killGroup(last.pid, 'SIGKILL');
    return { first, refused, last };
  })();

  const states: string[] = [];
  while (states.at(-1) !== 'SUCCEEDED' && states.length < MOST_RUNS) {
    states.push((await scene.runPipeline()).state);
  }
  over.abort();
  const { first, refused, last } = await strikes;
  const effect = `the pipeline's executions were ${states.join(', ')}`;
  return [
    { name: 'silver job killed', table: tables.silver, versionBefore: silver, effect: killed(first.pid, effect) },
    {
      name: 'S3 answers 500 and 503',
      table: tables.silver,
      versionBefore: silver,
      effect: `${refused} requests were refused; ${effect}`,
    },
    { name: 'gold job killed', table: tables.gold, versionBefore: gold, effect: killed(last.pid, effect) },
  ];
}

/** Lets S3 fail for a while; gives the number of requests that were refused. */
async function withoutStorage({ journal }: Scene): Promise<number> {
  // The name is that of emulator/storage_faults.py.
  const fault = join(dirname(journal), 'storage-fault');
  writeFileSync(fault, '');
  try {
    // Only a fault that was met is one.
    do {
      await sleep(STORAGE_GONE_MILLISECONDS);
    } while (Journal.read(journal).storageFaults().length === 0);
  } finally {
    rmSync(fault);
  }
  return Journal.read(journal).storageFaults().length;
}

function killed(pid: number | undefined, outcome: string): string {
  return pid === undefined
    ? `it had ended before it could be killed: ${outcome}`
    : `process group ${pid} was killed; ${outcome}`;
}
