import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { required } from '../../foundation/runtime/environment';
import { type ApiAnswer, type Ask, json, MOST_ROWS, problem, rowsAnswer, type ServedProduct } from './product-api';

/** What of an event of an HTTP API (payload format 2.0) is needed. */
interface ApiEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
}

interface Context {
  getRemainingTimeInMillis(): number;
}

const POLL_MILLIS = 100;
/** So long before the function's own end a query is given up, so that the client is told. */
const RESERVE_MILLIS = 2000;

const athena = new AthenaClient();
const product = JSON.parse(beside('product.json')) as ServedProduct;

/** Answers with rows of a product, or with the description of its API. */
export async function handler({ rawPath, rawQueryString }: ApiEvent, context: Context): Promise<ApiAnswer> {
  if (rawPath.endsWith('/openapi.json')) return json(200, beside('openapi.json'));
  const end = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS;
  try {
    return await rowsAnswer(product, rawQueryString, askUntil(end));
  } catch (error) {
    console.error(error);
    if (error instanceof TimeoutError) return problem(504, 'the query took too long; ask for less');
    return problem(503, 'the query failed, and its reason is logged; ask again later');
  }
}

class TimeoutError extends Error {}

function beside(name: string): string {
  return readFileSync(path.join(__dirname, name), 'utf8');
}

/** Athena, until a moment in milliseconds since 1970. */
function askUntil(end: number): Ask {
  return async ({ sql, parameters }) => {
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: required('WORKGROUP'),
        ExecutionParameters: parameters.length === 0 ? undefined : [...parameters],
      }),
    );
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { State = '', StateChangeReason } = QueryExecution?.Status ?? {};
      if (State === 'SUCCEEDED') break;
      if (!['QUEUED', 'RUNNING'].includes(State)) throw new Error(`${QueryExecutionId} ${State}: ${StateChangeReason}`);
      if (Date.now() >= end) {
        await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
        throw new TimeoutError(QueryExecutionId);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
    const { ResultSet } = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId, MaxResults: MOST_ROWS + 2 }),
    );
    // The first row holds the columns' names.
    return (ResultSet?.Rows ?? []).slice(1).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue));
  };
}
