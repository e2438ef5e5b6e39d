import { type AwsConnection, askApi } from '../../aws';

/** What the API answered, body by body: what it says is judged digit by digit elsewhere. */
export interface ApiAnswers {
  /** How many windows of each symbol it was asked for, at most. */
  readonly last: number;
  readonly windows: { readonly [symbol: string]: string };
  readonly latest: { readonly [symbol: string]: string };
}

/** As many as every deployment keeps of a symbol, unless it is told to keep fewer. */
const LAST = 60;

/** Asks the deployed API for the windows of each symbol, and for the newest one alone. Symbols may have slashes. */
export async function answersOf(
  reader: AwsConnection,
  address: string,
  symbols: readonly string[],
): Promise<ApiAnswers> {
  const windows: { [symbol: string]: string } = {};
  const latest: { [symbol: string]: string } = {};
  for (const symbol of symbols) {
    const asked = encodeURIComponent(symbol);
    const alone = symbol.includes('/') ? `/windows?symbol=${asked}&last=1` : `/summaries/${asked}`;
    latest[symbol] = await bodyOf(reader, address, alone);
    windows[symbol] = await windowsOf(reader, address, symbol);
  }
  return { last: LAST, windows, latest };
}

/** Asks the deployed API for the newest windows of a symbol. */
export function windowsOf(reader: AwsConnection, address: string, symbol: string): Promise<string> {
  return bodyOf(reader, address, `/windows?symbol=${encodeURIComponent(symbol)}&last=${LAST}`);
}

async function bodyOf(reader: AwsConnection, address: string, path: string): Promise<string> {
  const answer = await askApi(reader, address, path);
  return answer.text();
}
