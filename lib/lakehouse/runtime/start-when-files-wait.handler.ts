import { ConcurrentRunsExceededException, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client();
const glue = new GlueClient();

/** What became of a look at the inbox. */
interface Outcome {
  /** Whether a file waits. */
  readonly waiting: boolean;
  /** The run that was started; none when nothing waits, or when a run is at work and takes the files along. */
  readonly runId?: string;
}

/**
 * Starts a Glue job when objects lie below a prefix.
 *
 * @throws when the inbox cannot be listed or the job not be started, unless it runs already
 */
export async function handler(): Promise<Outcome> {
  if (!(await filesWait(required('BUCKET'), required('PREFIX')))) return { waiting: false };
  try {
    const { JobRunId } = await glue.send(new StartJobRunCommand({ JobName: required('JOB_NAME') }));
    return { waiting: true, runId: JobRunId };
  } catch (error) {
    if (error instanceof ConcurrentRunsExceededException) return { waiting: true };
    throw error;
  }
}

async function filesWait(bucket: string, prefix: string): Promise<boolean> {
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token, MaxKeys: 100 }),
    );
    // A name that ends in a slash is a folder that S3's console has made.
    if (page.Contents?.some(({ Key }) => !Key?.endsWith('/'))) return true;
    token = page.NextContinuationToken;
  } while (token);
  return false;
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the function's environment lacks ${name}; deploy the stack again`);
  return value;
}
