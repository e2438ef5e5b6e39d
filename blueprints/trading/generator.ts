import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What to generate. */
export interface GeneratorOptions {
  /** Number of Kafka values (rows) to generate, duplicates, revisions and faulty rows included. */
  readonly rows: number;
  /** Any 32-bit integer. The same rows and seed give the same bytes, on every machine. */
  readonly seed: number;
}

/** One kind of row in the mix. */
export interface MixEntry {
  /** Short name of the kind. */
  readonly kind: string;
  /** Share of all rows, 0 to 1. */
  readonly share: number;
  /** What the row looks like. */
  readonly description: string;
}

interface Trade {
  readonly id: string;
  readonly symbol: SymbolState;
  /** Price in units of 10^-8. */
  readonly price: number;
  /** Quantity in units of 10^-8. */
  readonly quantity: number;
  /** Event time, microseconds since the first day began. */
  readonly micros: number;
}

interface SymbolState {
  readonly name: string;
  /** Smallest price step in units of 10^-8. */
  readonly tick: number;
  /** Smallest quantity step in units of 10^-8. */
  readonly lot: number;
  /** Largest ordinary number of lots in a trade. */
  readonly maxLots: number;
  /** The walking price, in ticks. */
  ticks: number;
  /** The walk keeps the price within these, in ticks. */
  readonly floor: number;
  readonly ceiling: number;
}

/** First generated day (UTC). Fixed and past, so that no result depends on the clock. */
export const FIRST_DAY = '2026-01-05';
/** Number of consecutive UTC days the trades are spread over. */
export const DAYS = 4;

const UNIT = 1e8;
const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;
const SPAN = DAYS * MICROS_PER_DAY;
const FIRST_DAY_MILLIS = Date.parse(`${FIRST_DAY}T00:00:00Z`);
/** Duplicates and revisions repeat one of the last this many plain trades, so that most originals are well in the past. */
const MEMORY = 4096;

// name, first price, tick, lot, largest number of lots
const SYMBOLS: readonly (readonly [string, number, number, number, number])[] = [
  ['AAPL', 258.35, 0.01, 1, 500],
  ['MSFT', 472.12, 0.01, 1, 400],
  ['NVDA', 188.6, 0.01, 1, 900],
  ['AMZN', 233.06, 0.01, 1, 500],
  ['GOOGL', 314.34, 0.01, 1, 400],
  ['META', 650.41, 0.01, 1, 200],
  ['TSLA', 438.07, 0.01, 1, 600],
  ['JPM', 325.48, 0.01, 1, 300],
  ['V', 346.02, 0.01, 1, 250],
  ['WMT', 112.73, 0.01, 1, 800],
  ['SPY', 683.17, 0.01, 1, 1000],
  ['BRK.B', 497.55, 0.005, 1, 120],
  ['BTC-USD', 91_402.5, 0.01, 0.00000001, 90_000_000],
  ['ETH-USD', 3_141.59, 0.01, 0.00000001, 900_000_000],
  ['SOL-USD', 134.285, 0.001, 0.000001, 90_000_000],
  ['XRP-USD', 2.08714, 0.00001, 0.0001, 50_000_000],
  ['DOGE-USD', 0.1502347, 0.0000001, 0.01, 900_000],
  ['SHIB-USD', 0.00000854, 0.00000001, 1, 90_000],
  ['EUR/USD', 1.17205, 0.00001, 0.01, 1_000_000],
  ['USD/JPY', 156.325, 0.001, 0.01, 1_000_000],
];
const BLOCK_TRADE_SYMBOL = 'SHIB-USD';

type Random = ReturnType<typeof xoroshiro128plus>;

/** What makes a row of one kind: the base trade (already in the past when `repeats`) becomes the bytes on the wire. */
interface Kind extends MixEntry {
  /** The row repeats an earlier trade instead of bringing a new one. */
  readonly repeats?: boolean;
  readonly write: (trade: Trade, random: Random) => string | Buffer;
}

const KINDS: readonly Kind[] = [
  { kind: 'duplicate', share: 0.01, description: 'the bytes of an earlier trade again', repeats: true, write: plain },
  {
    kind: 'revision',
    share: 0.005,
    description: 'the id of an earlier trade with another price or quantity',
    repeats: true,
    write: revision,
  },
  { kind: 'out-of-order', share: 0.03, description: 'up to two minutes behind its neighbours', write: delayed(120) },
  { kind: 'late', share: 0.01, description: 'up to 36 hours behind its neighbours', write: delayed(36 * 3600) },
  {
    kind: 'numbers',
    share: 0.12,
    description: 'price and quantity as JSON numbers, time as epoch milliseconds',
    write: numbers,
  },
  {
    kind: 'zoned',
    share: 0.08,
    description: 'ISO-8601 with an offset, without a zone, or with nanoseconds',
    write: zoned,
  },
  { kind: 'extended', share: 0.1, description: 'with side, trader_id or venue', write: extended },
  { kind: 'unknown-fields', share: 0.02, description: 'unknown fields, nested ones too', write: unknownFields },
  { kind: 'exponents', share: 0.01, description: 'decimals with exponents, signs or trailing zeros', write: exponents },
  { kind: 'integer-id', share: 0.01, description: 'the id as a JSON integer', write: integerId },
  { kind: 'malformed', share: 0.006, description: 'not one JSON object, or not UTF-8', write: malformed },
  { kind: 'missing', share: 0.006, description: 'a required field absent, null or empty', write: missing },
  { kind: 'without-id', share: 0.002, description: 'no trade_id', write: withoutId },
  { kind: 'not-positive', share: 0.005, description: 'a zero or negative price or quantity', write: notPositive },
  { kind: 'scale', share: 0.004, description: 'more than eight decimals', write: tooManyDecimals },
  { kind: 'overflow', share: 0.002, description: 'ten billion or more', write: overflow },
  { kind: 'not-decimal', share: 0.003, description: 'a price or quantity that is no decimal', write: notDecimal },
  { kind: 'bad-timestamp', share: 0.003, description: 'a time that is no instant', write: badTimestamp },
  { kind: 'several-faults', share: 0.001, description: 'more than one fault in one row', write: severalFaults },
];

/** Kinds whose rows are always invalid (a few revisions are invalid too). */
const INVALID_KINDS = new Set([
  'malformed',
  'missing',
  'without-id',
  'not-positive',
  'scale',
  'overflow',
  'not-decimal',
  'bad-timestamp',
  'several-faults',
]);

/** The mix of generated rows; what the shares leave are plain, valid trades. */
export const TRADE_MIX: readonly MixEntry[] = KINDS.map(({ kind, share, description }) => ({
  kind,
  share,
  description,
}));

/** Share of rows that are invalid by design (about 3 %, well below the quality gate's default bound of 10 %). */
export const INVALID_SHARE = KINDS.filter((k) => INVALID_KINDS.has(k.kind)).reduce((sum, k) => sum + k.share, 0);

/**
 * Trades as they come from exchanges, good and bad, in order of arrival: each Buffer is one Kafka value.
 *
 * @throws RangeError when rows is not a non-negative integer or the seed not a 32-bit integer
 */
export function generateTrades(options: GeneratorOptions): Iterable<Buffer> {
  const { rows, seed } = options;
  if (!Number.isSafeInteger(rows) || rows < 0) {
    throw new RangeError(`rows: ${rows} is not a whole number of rows. Pass 0 or more.`);
  }
  if (!Number.isInteger(seed) || seed < -(2 ** 31) || seed >= 2 ** 32) {
    throw new RangeError(`seed: ${seed} is not a 32-bit integer. Pass one, such as 42.`);
  }
  return { [Symbol.iterator]: () => arrivals(rows, seed) };
}

function* arrivals(rows: number, seed: number): Generator<Buffer> {
  const random = xoroshiro128plus(seed | 0);
  const symbols = SYMBOLS.map(startSymbol);
  const memory: Trade[] = [];
  const blocks = blockTradeRows(rows);
  for (let row = 0; row < rows; row++) {
    const kind = pickKind(random);
    const trade = newTrade(row, rows, symbols, random);
    if (blocks.has(row)) {
      yield Buffer.from(blockTrade(trade, symbols, random), 'utf8');
      continue;
    }
    const written = kind?.repeats && memory.length > 0 ? memory[row % memory.length] : trade;
    const value = kind ? kind.write(written, random) : plain(trade);
    // Only plain rows are remembered: a duplicate is then exact to the byte.
    if (!kind) memory[memory.length < MEMORY ? memory.length : row % MEMORY] = trade;
    yield typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  }
}

/** A whole number from 0 to limit - 1. */
function below(random: Random, limit: number): number {
  return Math.floor(((random.next() >>> 0) / 0x1_0000_0000) * limit);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)];
}

function pickKind(random: Random): Kind | undefined {
  let rest = (random.next() >>> 0) / 0x1_0000_0000;
  for (const kind of KINDS) {
    rest -= kind.share;
    if (rest < 0) return kind;
  }
  return undefined;
}

function startSymbol([name, price, tick, lot, maxLots]: (typeof SYMBOLS)[number]): SymbolState {
  const ticks = Math.round(price / tick);
  return {
    name,
    tick: Math.round(tick * UNIT),
    lot: Math.round(lot * UNIT),
    maxLots,
    ticks,
    floor: Math.max(1, Math.floor(ticks * 0.8)),
    ceiling: Math.ceil(ticks * 1.25),
  };
}

function newTrade(row: number, rows: number, symbols: readonly SymbolState[], random: Random): Trade {
  const symbol = symbols[below(random, symbols.length)];
  walk(symbol, rows, random);
  // The product of two draws makes small trades common and large ones rare.
  const lots = 1 + Math.floor((below(random, symbol.maxLots) * (random.next() >>> 0)) / 0x1_0000_0000);
  return {
    id: `T${String(row).padStart(9, '0')}`,
    symbol,
    price: symbol.ticks * symbol.tick,
    quantity: lots * symbol.lot,
    micros: Math.min(SPAN - 1, Math.floor((row / rows) * SPAN) + below(random, 900_000)),
  };
}

/** A random walk whose spread over the whole run does not depend on the number of rows (a few per cent). */
function walk(symbol: SymbolState, rows: number, random: Random): void {
  const steps = Math.max(1, rows / SYMBOLS.length);
  const width = (symbol.ticks * 0.1) / Math.sqrt(steps);
  const draw = ((random.next() >>> 0) / 0x1_0000_0000) * 2 - 1;
  const step = Math.max(1, width);
  symbol.ticks += Math.round(draw * step);
  symbol.ticks = Math.min(symbol.ceiling, Math.max(symbol.floor, symbol.ticks));
}

/** One row in the middle of each day carries a block trade. */
function blockTradeRows(rows: number): Set<number> {
  const middles = Array.from({ length: DAYS }, (_, day) => Math.floor(((day + 0.5) / DAYS) * rows));
  return new Set(rows > DAYS ? middles : []);
}

/** A quantity of 18 significant digits as a JSON number: through a double it comes out different. */
function blockTrade(trade: Trade, symbols: readonly SymbolState[], random: Random): string {
  const symbol = symbols.find((s) => s.name === BLOCK_TRADE_SYMBOL) as SymbolState;
  const whole = 1_200_000_000 + below(random, 99_999_999);
  const fraction = String(10_000_001 + 2 * below(random, 44_999_999));
  return (
    `{"trade_id":"${trade.id}","symbol":"${symbol.name}","price":${decimal(symbol.ticks * symbol.tick)},` +
    `"quantity":${whole}.${fraction},"timestamp":"${iso(trade.micros)}"}`
  );
}

/** Exact text of a value in units of 10^-8, without trailing zeros. */
function decimal(units: number): string {
  const whole = Math.floor(units / UNIT);
  const rest = units - whole * UNIT;
  if (rest === 0) return String(whole);
  let fraction = String(rest).padStart(8, '0');
  let end = 8;
  while (fraction.charCodeAt(end - 1) === 48) end--;
  fraction = fraction.slice(0, end);
  return `${whole}.${fraction}`;
}

function iso(micros: number, offsetMinutes = 0): string {
  const millis = FIRST_DAY_MILLIS + Math.floor(micros / 1000) + offsetMinutes * 60_000;
  return new Date(millis).toISOString();
}

function json(trade: Trade, timestamp: string, more = ''): string {
  return (
    `{"trade_id":"${trade.id}","symbol":"${trade.symbol.name}","price":"${decimal(trade.price)}",` +
    `"quantity":"${decimal(trade.quantity)}","timestamp":"${timestamp}"${more}}`
  );
}

function plain(trade: Trade): string {
  return json(trade, iso(trade.micros));
}

/** A row with some of its fields replaced by raw JSON, or left out where the replacement is undefined. */
function replaced(trade: Trade, changes: Record<string, string | undefined>): string {
  const fields: Record<string, string | undefined> = {
    trade_id: `"${trade.id}"`,
    symbol: `"${trade.symbol.name}"`,
    price: `"${decimal(trade.price)}"`,
    quantity: `"${decimal(trade.quantity)}"`,
    timestamp: `"${iso(trade.micros)}"`,
    ...changes,
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{${present.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
}

function revision(trade: Trade, random: Random): string {
  const { tick, lot, maxLots } = trade.symbol;
  const change = below(random, 20);
  // A cancelled trade: its revision has quantity 0 and takes the valid row's place.
  if (change === 0) return plain({ ...trade, quantity: 0 });
  if (change < 10) return plain({ ...trade, price: trade.price + tick * (1 + below(random, 5)) });
  return plain({ ...trade, quantity: trade.quantity + lot * (1 + below(random, maxLots)) });
}

function delayed(seconds: number): (trade: Trade, random: Random) => string {
  return (trade, random) => {
    const delay = below(random, seconds) * MICROS_PER_SECOND + below(random, MICROS_PER_SECOND);
    return plain({ ...trade, micros: Math.max(0, trade.micros - delay) });
  };
}

function numbers(trade: Trade, random: Random): string {
  const millis = FIRST_DAY_MILLIS + Math.floor(trade.micros / 1000);
  const time = below(random, 10) === 0 ? `${millis}.${String(trade.micros % 1000).padStart(3, '0')}` : String(millis);
  return (
    `{"trade_id":"${trade.id}","symbol":"${trade.symbol.name}","price":${decimal(trade.price)},` +
    `"quantity":${decimal(trade.quantity)},"timestamp":${time}}`
  );
}

function zoned(trade: Trade, random: Random): string {
  const local = (minutes: number) => iso(trade.micros, minutes).slice(0, 19);
  const sixDigits = String(trade.micros % MICROS_PER_SECOND).padStart(6, '0');
  switch (below(random, 6)) {
    case 0:
      return json(trade, `${local(60)}.${sixDigits}+01:00`);
    case 1:
      return json(trade, `${local(-300)}-0500`);
    case 2:
      return json(trade, `${local(540).replace('T', ' ')}+09`);
    case 3:
      return json(trade, `${local(0)}.${sixDigits}`);
    case 4:
      return json(trade, `${local(330)},${sixDigits}789+05:30`);
    default:
      return json(trade, `${local(0).slice(0, 16)}z`.replace('T', 't'));
  }
}

function extended(trade: Trade, random: Random): string {
  const side = pick(random, ['buy', 'sell']);
  const trader = `trader-${below(random, 500)}`;
  const venue = pick(random, ['XNAS', 'XNYS', 'BATS', 'IEXG']);
  const more = pick(random, [
    `,"side":"${side}"`,
    `,"side":"${side}","trader_id":"${trader}"`,
    `,"side":"${side}","trader_id":"${trader}","venue":"${venue}"`,
    `,"venue":"${venue}"`,
  ]);
  return json(trade, iso(trade.micros), more);
}

function unknownFields(trade: Trade, random: Random): string {
  const more = pick(random, [
    ',"fee":0.0012',
    ',"note":"Zürich \\u2192 東京, \\"best\\" {execution}"',
    ',"route":{"hops":["A1",{"price":"-1","tags":[]}],"timestamp":null}',
    ',"conditions":["@","T"],"tape":"C","sequence":18446744073709551616',
  ]);
  return json(trade, iso(trade.micros), more);
}

function exponents(trade: Trade, random: Random): string {
  const price = decimal(trade.price);
  const text = pick(random, [`"+${price}"`, `"${trade.price}e-8"`, `${trade.price}E-8`, `"${withZeros(price)}"`]);
  return replaced(trade, { price: text });
}

function withZeros(text: string): string {
  return text.includes('.') ? `${text}000000000` : `${text}.000000000`;
}

function integerId(trade: Trade): string {
  return replaced(trade, { trade_id: `9${trade.id.slice(1)}` });
}

function malformed(trade: Trade, random: Random): string | Buffer {
  const text = plain(trade);
  switch (below(random, 9)) {
    case 0:
      return text.slice(0, 1 + below(random, text.length - 1));
    case 1:
      return `${text} ${text}`;
    case 2:
      return `[${text}]`;
    case 3:
      return pick(random, ['null', '42', '"a trade"', 'true']);
    case 4:
      return replaced(trade, { price: pick(random, ['NaN', 'Infinity', '01.5', '.5', '+1']) });
    case 5:
      return '';
    case 6:
      return text.replace('"symbol"', "'symbol'");
    case 7:
      return `${text.slice(0, -1)},}`;
    default:
      return invalidUtf8(text, random);
  }
}

/** Bytes that no UTF-8 decoder accepts, inside an otherwise fine text. */
function invalidUtf8(text: string, random: Random): Buffer {
  const bytes = pick(random, [[0xff], [0xc3, 0x28], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]);
  const at = text.indexOf('"price"') - 3;
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bytes), Buffer.from(text.slice(at))]);
}

function missing(trade: Trade, random: Random): string {
  const field = pick(random, ['symbol', 'price', 'quantity', 'timestamp']);
  return replaced(trade, { [field]: pick(random, [undefined, 'null', '""']) });
}

function withoutId(trade: Trade, random: Random): string {
  return replaced(trade, { trade_id: pick(random, [undefined, 'null', '""', '1.5', '{"id":1}']) });
}

function notPositive(trade: Trade, random: Random): string {
  const field = pick(random, ['price', 'quantity']);
  return replaced(trade, { [field]: pick(random, [`"-${decimal(trade.quantity)}"`, '"0"', '0.000', '-1']) });
}

function tooManyDecimals(trade: Trade, random: Random): string {
  const more = `${withZeros(decimal(trade.price)).slice(0, -1)}${1 + below(random, 9)}`;
  const price = pick(random, [`"${more}"`, more, '"1e-9"', '0.1234567891']);
  return replaced(trade, { price });
}

function overflow(trade: Trade, random: Random): string {
  const quantity = pick(random, ['10000000000', '"99999999999.00000001"', '1e12', '"1E+400"', '"1e999999"']);
  return replaced(trade, { quantity });
}

function notDecimal(trade: Trade, random: Random): string {
  const field = pick(random, ['price', 'quantity']);
  return replaced(trade, {
    [field]: pick(random, ['"n/a"', '"1,234.50"', '" 12.5"', '"0x1F"', 'true', '[1]', '"NaN"', '"١٢"']),
  });
}

function badTimestamp(trade: Trade, random: Random): string {
  const timestamp = pick(random, [
    '"2026-02-30T10:00:00Z"',
    '"2026-01-05T24:00:00Z"',
    '"2026-01-05T10:00:60Z"',
    '"05/01/2026 10:00"',
    '"1767614400000"',
    '"yesterday"',
    '1e30',
    'false',
  ]);
  return replaced(trade, { timestamp });
}

function severalFaults(trade: Trade): string {
  return replaced(trade, { symbol: 'null', price: '-12345678901.123456789', quantity: '"lots"', timestamp: '"soon"' });
}
