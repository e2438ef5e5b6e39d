import {
  type AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';

/** A query has taken longer than its caller can wait, and was stopped. */
export class QueryTimeoutError extends Error {}

const RUNNING = new Set(['QUEUED', 'RUNNING']);

/**
 * Starts a query and waits until it has succeeded.
 *
 * @param pollMillis how long to wait before asking again
 * @param until milliseconds since 1970 at which it is given up; never when left out
 * @returns its id, by which its rows are read
 * @throws QueryTimeoutError when it was given up
 * @throws when it fails, with `named` or its id, its state and Athena's reason
 */
export async function runQuery(
  athena: Pick<AthenaClient, 'send'>,
  query: StartQueryExecutionCommandInput,
  { pollMillis, until = Infinity, named }: { pollMillis: number; until?: number; named?: string },
): Promise<string | undefined> {
  const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand(query));
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State = '', StateChangeReason = '' } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return QueryExecutionId;
    if (!RUNNING.has(State)) throw new Error(`${named ?? QueryExecutionId} ended ${State}: ${StateChangeReason}`);
    if (Date.now() >= until) {
      await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
      throw new QueryTimeoutError(QueryExecutionId);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMillis));
  }
}
