import { AthenaClient, GetQueryResultsCommand } from '@aws-sdk/client-athena';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { required } from '../../foundation/runtime/environment';
import { QueryTimeoutError, runQuery } from '../../lakehouse/runtime/athena-query';
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
    if (error instanceof QueryTimeoutError) return problem(504, 'the query took too long; ask for less');
    return problem(503, 'the query failed, and its reason is logged; ask again later');
  }
}

function beside(name: string): string {
  return readFileSync(path.join(__dirname, name), 'utf8');
}

/** Athena, until a moment in milliseconds since 1970. */
function askUntil(end: number): Ask {
  return async ({ sql, parameters }) => {
    const query = {
      QueryString: sql,
      WorkGroup: required('WORKGROUP'),
      ExecutionParameters: parameters.length === 0 ? undefined : [...parameters],
    };
    const QueryExecutionId = await runQuery(athena, query, { pollMillis: POLL_MILLIS, until: end });
    const { ResultSet } = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId, MaxResults: MOST_ROWS + 2 }),
    );
    // The first row holds the columns' names.
    return (ResultSet?.Rows ?? []).slice(1).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue));
  };
}
