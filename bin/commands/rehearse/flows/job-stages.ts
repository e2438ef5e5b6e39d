import type { Emulator } from '../engines/emulator';
import { Journal, readJobSummary } from '../journal';
import { pinnedVersion } from '../toolchain/toolchain';
import type { RehearsalHost } from './data-flow';

/**
 * Adds a stage to the report for every Glue job that ran after the first `skip` of them, with what it said about its rows.
 *
 * @param stageOf the stage's name, from the job's
 */
export function addJobStages(
  host: RehearsalHost,
  { journal }: Emulator,
  skip: number,
  stageOf: (jobName: string) => string,
): void {
  for (const run of Journal.read(journal).executions('glue-job').slice(skip)) {
    const name = stageOf(run.name);
    const summary = readJobSummary(run.logFile);
    host.addStage({
      name,
      engine: 'Apache Spark',
      version: pinnedVersion('pyspark'),
      rowsIn: summary?.rowsIn ?? 0,
      rowsOut: summary?.rowsOut ?? 0,
      rowsRejected: summary?.rowsRejected ?? 0,
      seconds: run.seconds,
      workSeconds: summary?.seconds,
    });
    if (summary === undefined && run.state === 'SUCCEEDED') {
      // A job that reports success without having come to its end has not run.
      host.addChecks({
        name: `${name}: the job comes to its end`,
        expected: 'a job summary',
        actual: 'none',
        passed: false,
      });
    }
  }
}
