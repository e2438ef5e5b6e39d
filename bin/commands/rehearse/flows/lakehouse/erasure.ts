import { writeFileSync } from 'fs';
import { join } from 'path';
import type { AwsConnection } from '../../aws';
import { runJob, RunResult } from '../../jobs';
import type { ReportedCheck } from '../../report/model';

/** Rows to be erased: those that have a value in a column. */
export interface ErasureWish {
  readonly column: string;
  readonly value: string;
}

/** What the stage needs of a rehearsal. */
export interface ErasureStage {
  readonly wish: ErasureWish;
  /** Name of the deployed job. */
  readonly jobName: string;
  readonly bucketName: string;
  /** Who starts jobs. */
  readonly operator: AwsConnection;
  /** Who sees every object: nobody that is deployed may. */
  readonly owner: AwsConnection;
  readonly duckdbExtensions: readonly string[];
  /** For files that are passed on. */
  readonly folder: string;
  /** Runs a module of the checks and gives its output. */
  python(args: readonly string[]): Promise<string>;
  /** Brings bronze, silver and gold up to date once more. */
  runAgain(): Promise<void>;
}

interface Findings {
  readonly versions: number;
  readonly markers: number;
  readonly found: readonly string[];
}

const REQUEST_KEY = 'erasure-requests/rehearsal.json';

/** Erases rows by the deployed job, looks into every object version of the bucket for them, and runs all jobs again. */
export async function rehearseErasure(stage: ErasureStage): Promise<ReportedCheck[]> {
  const config = join(stage.folder, 'erasure-config.json');
  const request = join(stage.folder, 'erasure-request.json');
  const { wish, bucketName, owner } = stage;
  writeFileSync(
    config,
    JSON.stringify({
      endpoint: owner.endpoint,
      region: owner.region,
      ...owner.credentials,
      bucket: bucketName,
      text: wish.value,
      extensions: stage.duckdbExtensions,
    }),
  );
  writeFileSync(
    request,
    JSON.stringify({ column: wish.column, values: [wish.value], requestedBy: 'rehearsal', reason: 'rehearsal' }),
  );
  const search = async (): Promise<Findings> =>
    // Libraries may warn before.
    JSON.parse(
      (await stage.python(['-m', 'checks.bucket_search', '--config', config])).split('\n').pop() ?? '',
    ) as Findings;

  const before = await search();
  await stage.python(['-m', 'checks.bucket_search', '--config', config, '--put', REQUEST_KEY, request]);
  const result = await runJob(stage.operator, stage.jobName, { '--request': `s3://${bucketName}/${REQUEST_KEY}` });
  const after = await search();
  await stage.runAgain();
  const later = await search();
  return [
    foundBefore(before),
    succeeded(result),
    gone('no object version has the value in it', after),
    gone('nothing comes back when all jobs run again', later),
  ];
}

function foundBefore({ found, versions }: Findings): ReportedCheck {
  return {
    name: 'erasure: the search finds the value while it is there',
    expected: 'some object versions',
    actual: `${found.length} of ${versions}`,
    passed: found.length > 0,
  };
}

function succeeded({ state, error }: RunResult): ReportedCheck {
  return {
    name: 'erasure: the job succeeds',
    expected: 'SUCCEEDED',
    actual: error === undefined ? state : `${state}: ${error}`,
    passed: state === 'SUCCEEDED',
  };
}

function gone(what: string, { found, versions }: Findings): ReportedCheck {
  return {
    name: `erasure: ${what}`,
    expected: 'none',
    actual: found.length === 0 ? 'none' : `${found.length} of ${versions}: ${found.slice(0, 3).join(', ')}`,
    passed: found.length === 0,
  };
}
