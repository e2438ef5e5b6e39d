import fc from 'fast-check';
import {
  type Ask,
  type Question,
  questionOf,
  rowsAnswer,
  type ServedProduct,
} from '../../../../lib/mesh/runtime/product-api';

const TRADES: ServedProduct = {
  product: 'trading.trades',
  version: '1.2.0',
  databaseName: 'trading',
  tableName: 'fct_trades',
  columns: [
    { name: 'trade_id', base: 'string' },
    { name: 'price', base: 'decimal', precision: 18, scale: 8 },
    { name: 'lots', base: 'long' },
    { name: 'day', base: 'date' },
    { name: 'traded_at', base: 'timestamptz' },
    { name: 'tags', base: 'nested' },
    { name: 'ratio', base: 'double' },
    { name: 'open', base: 'boolean' },
  ],
  key: ['trade_id'],
};
const QUOTES: ServedProduct = { ...TRADES, key: ['day', 'traded_at', 'lots'] };

const nothing: Ask = () => Promise.resolve([]);

async function messageOf(query: string): Promise<string> {
  const { statusCode, body } = await rowsAnswer(TRADES, query, () => {
    throw new Error('asked');
  });
  expect(statusCode).toBe(400);
  return (JSON.parse(body) as { message: string }).message;
}

function questionFor(query: string, served = TRADES): Question {
  return questionOf(served, query).question;
}

test('asks for a page in the order of the key, each column as text', () => {
  expect(questionFor('').sql).toBe(
    [
      'SELECT CAST("trade_id" AS varchar) AS "trade_id", CAST("price" AS varchar) AS "price", CAST("lots" AS varchar) AS "lots", ' +
        'CAST("day" AS varchar) AS "day", CAST("traded_at" AS varchar) AS "traded_at", json_format(CAST("tags" AS JSON)) AS "tags", ' +
        'CAST("ratio" AS varchar) AS "ratio", CAST("open" AS varchar) AS "open"',
      'FROM "trading"."fct_trades"',
      'ORDER BY "fct_trades"."trade_id"',
      'LIMIT 101',
    ].join('\n'),
  );
});

test('gives values to the query as parameters, in the types of their columns', () => {
  const { sql, parameters } = questionFor(
    'trade_id=O%27Brien&price.gte=1.5&lots.lt=9223372036854775807&day=2026-11-28&traded_at.gt=2026-11-28T09:30:00.25Z&open=true',
  );
  expect(sql).toContain(
    'WHERE "fct_trades"."trade_id" = ? AND "fct_trades"."price" >= CAST(? AS decimal(18, 8)) ' +
      'AND "fct_trades"."lots" < CAST(? AS bigint) AND "fct_trades"."day" = CAST(? AS date) ' +
      'AND "fct_trades"."traded_at" > CAST(? AS timestamp(6) with time zone) AND "fct_trades"."open" = CAST(? AS boolean)',
  );
  expect(parameters).toEqual([
    "'O''Brien'",
    "'1.5'",
    "'9223372036854775807'",
    "'2026-11-28'",
    "'2026-11-28 09:30:00.25 UTC'",
    "'true'",
  ]);
});

test('never lets a value into the text of a query, whatever it is', () => {
  const columns = ['trade_id', 'price', 'lots', 'day', 'traded_at', 'ratio', 'open'];
  const plain = new Map(columns.map((name) => [name, questionFor(sound(name)).sql]));
  fc.assert(
    fc.property(fc.constantFrom(...columns), fc.string({ unit: 'grapheme' }), (name, value) => {
      let question: Question;
      try {
        question = questionFor(new URLSearchParams({ [name]: value }).toString());
      } catch {
        return;
      }
      expect(question.sql).toBe(plain.get(name));
      // One literal: what is between its quotes has none that is not doubled.
      expect(question.parameters).toHaveLength(1);
      expect(question.parameters[0]).toMatch(/^'(?:[^']|'')*'$/);
    }),
  );
});

function sound(name: string): string {
  const values: Record<string, string> = {
    trade_id: 'T-1',
    price: '1',
    lots: '1',
    day: '2026-11-28',
    traded_at: '2026-11-28T00:00:00Z',
    ratio: '1',
    open: 'true',
  };
  return `${name}=${values[name]}`;
}

test('never lets a name into the text of a query', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      fc.pre(!/^(pageSize|pageToken|(trade_id|price|lots|day|traded_at|ratio|open)(\.[gl]te?)?)$/.test(name));
      expect(() => questionFor(new URLSearchParams([[name, '1']]).toString())).toThrow('is nothing to ask for');
    }),
  );
});

test.each([
  ['prize=1', "'prize' is nothing to ask for; there are: pageSize, pageToken, trade_id, price, lots, day, traded_at"],
  ['tags=1', "'tags' is nothing to ask for"],
  ['price=cheap', "'price' is no decimal; send a number that fits its type, such as 12.5"],
  ['price=1.123456789', "'price' is no decimal"],
  ['price=12345678901', "'price' is no decimal"],
  ['lots.gt=9223372036854775808', "'lots.gt' is no long; send a whole number of 64 bits"],
  ['day=2026-02-30', "'day' is no date; send a day such as 2026-11-28"],
  ['traded_at=2026-11-28T25:00:00Z', "'traded_at' is no timestamptz; send a moment in UTC"],
  ['traded_at=2026-11-28T09:30:00%2B02:00', "'traded_at' is no timestamptz"],
  [`trade_id=${'x'.repeat(1025)}`, "'trade_id' is no string; send a text of at most 1024 characters"],
  ['price=1&price=2', "'price' is there twice; send it once"],
  ['pageSize=501', "'pageSize' must be a whole number from 1 to 500"],
  ['pageSize=0', "'pageSize' must be a whole number from 1 to 500"],
  ['pageSize=1e2', "'pageSize' must be a whole number from 1 to 500"],
  ['pageToken=abc', "'pageToken' is none that was given; leave it out"],
  ['pageToken=WzFd', "'pageToken' is none that was given; leave it out"],
])('refuses %s before anything is asked', async (query, message) => {
  expect(await messageOf(query)).toContain(message);
});

test('answers exactly: decimals and moments as text, long numbers digit by digit, what is missing as null', async () => {
  const row = [
    'T-1',
    '101.50000000',
    '9007199254740993',
    '2026-11-28',
    '2026-11-28 09:30:00.250000 UTC',
    '{"a":[1]}',
    'NaN',
    undefined,
  ];
  const { statusCode, body } = await rowsAnswer(TRADES, '', () => Promise.resolve([row]));
  expect(statusCode).toBe(200);
  expect(body).toBe(
    '{"product":"trading.trades","version":"1.2.0","rows":[{"trade_id":"T-1","price":"101.50000000","lots":9007199254740993,' +
      '"day":"2026-11-28","traded_at":"2026-11-28T09:30:00.25Z","tags":{"a":[1]},"ratio":null,"open":null}]}',
  );
});

test('names the next page by the key of the last row, which is asked for as any value is', async () => {
  const rows = [1, 2, 3].map((lots) => [
    'T',
    '1',
    String(lots),
    '2026-11-28',
    '2026-11-28 09:30:00+00',
    undefined,
    '1',
    'true',
  ]);
  const { body } = await rowsAnswer(QUOTES, 'pageSize=2', () => Promise.resolve(rows));
  const { rows: page, nextPageToken } = JSON.parse(body) as { rows: { lots: number }[]; nextPageToken: string };
  expect(page.map(({ lots }) => lots)).toEqual([1, 2]);
  const { sql, parameters } = questionFor(`pageSize=2&pageToken=${nextPageToken}`, QUOTES);
  const [day, at, lots] = [
    '"fct_trades"."day" # CAST(? AS date)',
    '"fct_trades"."traded_at" # CAST(? AS timestamp(6) with time zone)',
    '"fct_trades"."lots" # CAST(? AS bigint)',
  ].map((each) => (comparison: string) => each.replace('#', comparison));
  expect(sql).toContain(
    `WHERE ((${day('>')}) OR (${day('=')} AND ${at('>')}) OR (${day('=')} AND ${at('=')} AND ${lots('>')}))`,
  );
  const values = ["'2026-11-28'", "'2026-11-28 09:30:00 UTC'", "'2'"];
  expect(parameters).toEqual([values[0], ...values.slice(0, 2), ...values]);
});

test('has no further page when there are no more rows', async () => {
  const { body } = await rowsAnswer(TRADES, '', nothing);
  expect(JSON.parse(body)).toEqual({ product: 'trading.trades', version: '1.2.0', rows: [] });
});

test('says that a page is too large for one answer', async () => {
  const wide = Array.from({ length: 3 }, () => [
    'x'.repeat(2_000_000),
    ...TRADES.columns.slice(1).map(() => undefined),
  ]);
  const { statusCode, body } = await rowsAnswer(TRADES, '', () => Promise.resolve(wide));
  expect([statusCode, body]).toEqual([
    400,
    `{"message":"3 rows are more than one answer holds; send a smaller 'pageSize'"}`,
  ]);
});
