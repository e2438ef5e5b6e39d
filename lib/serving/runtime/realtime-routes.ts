import { type Mover, topMovers } from './movers';

/** What of an event of an HTTP API (payload format 2.0) is needed. */
export interface ApiEvent {
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>;
}

export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the API reads. */
export interface WindowReader {
  newest(symbol: string, count: number): Promise<string[]>;
  symbols(): Promise<string[]>;
}

/** The served generation, and its windows. */
export interface Served {
  readonly generation: number;
  readonly windows: WindowReader;
}

const MOST_MOVERS = 100;

/** A request that cannot be answered; the message is for the client. */
class BadRequestError extends Error {}

/**
 * Answers a request. Windows are given as they stand in the topic, byte for byte.
 *
 * @param mostWindows how many windows of a symbol there are at most
 */
export async function answer(
  event: ApiEvent,
  { generation, windows }: Served,
  mostWindows: number,
): Promise<ApiAnswer> {
  const query = event.queryStringParameters ?? {};
  const symbol = event.pathParameters?.symbol ?? query.symbol ?? '';
  try {
    switch (event.routeKey) {
      case 'GET /summaries/{symbol}': {
        const [latest] = await windows.newest(symbol, 1);
        if (latest === undefined) return noSuchSymbol(symbol);
        return json(200, `{"generation":${generation},"summary":${latest}}`);
      }
      // For symbols with a slash: whether %2F parts a path is up to who routes it.
      case 'GET /windows':
      case 'GET /summaries/{symbol}/windows': {
        const found = await windows.newest(symbol, numberFrom(query, 'last', 60, mostWindows));
        if (found.length === 0) return noSuchSymbol(symbol);
        return json(200, `{"generation":${generation},"windows":[${found.join(',')}]}`);
      }
      case 'GET /movers': {
        const last = numberFrom(query, 'last', 15, mostWindows);
        const movers = await moversOf(windows, last, numberFrom(query, 'limit', 10, MOST_MOVERS));
        return json(200, JSON.stringify({ generation, movers }));
      }
      default:
        return json(404, JSON.stringify({ message: 'there is no such path' }));
    }
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    return json(400, JSON.stringify({ message: error.message }));
  }
}

async function moversOf(windows: WindowReader, last: number, limit: number): Promise<Mover[]> {
  return topMovers(await newestOfAll(windows, last), limit);
}

/** The newest windows of every symbol. */
export async function newestOfAll(windows: WindowReader, count: number): Promise<Map<string, string[]>> {
  const symbols = await windows.symbols();
  const found = await Promise.all(symbols.map((symbol) => windows.newest(symbol, count)));
  return new Map(symbols.map((symbol, index) => [symbol, found[index]]));
}

function numberFrom(query: NonNullable<ApiEvent['queryStringParameters']>, name: string, usual: number, most: number) {
  const text = query[name];
  if (text === undefined) return usual;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    throw new BadRequestError(`'${name}' is '${text.slice(0, 20)}'; it must be a whole number from 1 to ${most}`);
  }
  return value;
}

function noSuchSymbol(symbol: string): ApiAnswer {
  return json(404, JSON.stringify({ message: `there is no window of '${symbol.slice(0, 64)}'` }));
}

function json(statusCode: number, body: string): ApiAnswer {
  return { statusCode, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body };
}
