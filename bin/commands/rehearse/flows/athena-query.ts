import { setTimeout as sleep } from 'timers/promises';
import { type AwsConnection, callAws } from '../aws';

const POLL_MILLISECONDS = 200;

/** How a query ended. */
export interface QueryResult {
  /** As Athena spells it: `SUCCEEDED`, `FAILED`... */
  readonly state: string;
  /** Why, when it did not succeed. */
  readonly error?: string;
  /** As text; NULL is the empty text. Without the line of names. */
  readonly rows: readonly (readonly string[])[];
}

/** Runs a query in an Athena workgroup and waits for its end. */
export async function runQuery(
  connection: AwsConnection,
  workgroup: string,
  database: string,
  sql: string,
): Promise<QueryResult> {
  const call = <T>(operation: string, input: object): Promise<T> =>
    callAws<T>(connection, 'athena', `AmazonAthena.${operation}`, input);
  const { QueryExecutionId } = await call<{ QueryExecutionId: string }>('StartQueryExecution', {
    QueryString: sql,
    WorkGroup: workgroup,
    QueryExecutionContext: { Database: database },
  });
  for (;;) {
    const { QueryExecution } = await call<{
      QueryExecution: { Status: { State: string; StateChangeReason?: string } };
    }>('GetQueryExecution', { QueryExecutionId });
    const { State: state, StateChangeReason: error } = QueryExecution.Status;
    if (state === 'SUCCEEDED') return { state, rows: await allRows(call, QueryExecutionId) };
    if (state !== 'QUEUED' && state !== 'RUNNING') return { state, error, rows: [] };
    await sleep(POLL_MILLISECONDS);
  }
}

interface Page {
  readonly ResultSet: { readonly Rows: readonly { readonly Data: readonly { readonly VarCharValue?: string }[] }[] };
  readonly NextToken?: string;
}

async function allRows(
  call: <T>(operation: string, input: object) => Promise<T>,
  QueryExecutionId: string,
): Promise<string[][]> {
  const rows: string[][] = [];
  let NextToken: string | undefined;
  do {
    const page: Page = await call<Page>('GetQueryResults', { QueryExecutionId, NextToken });
    rows.push(...page.ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue = '' }) => VarCharValue)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return rows.slice(1);
}
