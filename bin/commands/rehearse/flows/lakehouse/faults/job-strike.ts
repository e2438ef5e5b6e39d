import { existsSync, readFileSync } from 'fs';
import { setTimeout as sleep } from 'timers/promises';
import { Journal, JournalExecution, JournalJobStarted } from '../../../journal';

const POLL_MILLISECONDS = 50;

/** The run of a Glue job that started after the first `earlier` ones, once its log tells that it is at work. */
export async function jobAtWork(
  journalFile: string,
  jobName: string,
  earlier: number,
  sign: RegExp,
  signal: AbortSignal,
): Promise<JournalJobStarted> {
  for (;;) {
    signal.throwIfAborted();
    const run = Journal.read(journalFile).jobsStarted(jobName)[earlier];
    if (run !== undefined && existsSync(run.logFile) && sign.test(readFileSync(run.logFile, 'utf8'))) {
      return run;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** The end of the run of a Glue job that came after the first `earlier` ones; runs of a job never overlap. */
export async function endedRun(
  journalFile: string,
  jobName: string,
  earlier: number,
  signal: AbortSignal,
): Promise<JournalExecution> {
  for (;;) {
    signal.throwIfAborted();
    const run = Journal.read(journalFile)
      .executions('glue-job')
      .filter(({ name }) => name === jobName)[earlier];
    if (run !== undefined) {
      return run;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** How many runs of a job have started. */
export function startedRuns(journalFile: string, jobName: string): number {
  return Journal.read(journalFile).jobsStarted(jobName).length;
}
