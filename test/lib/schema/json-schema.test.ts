import Ajv2020, { ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { Column, ColumnType, RecordSchema } from '../../../lib/schema';
import { EVERYTHING, TRADE } from './tables';

function compile(schema: RecordSchema): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats(ajv);
  return ajv.compile(schema.toJsonSchema());
}

const accepts = (column: Omit<Column, 'name'>, value: unknown) =>
  compile(new RecordSchema({ name: 't', columns: [{ name: 'x', ...column }] }))({ x: value });

const GOOD = { trade_id: 't1', symbol: 'BTC', price: '1.5', quantity: 2, timestamp: '2026-11-23T12:00:00Z' };

test('a schema with every type compiles in strict mode', () => {
  expect(() => compile(EVERYTHING.schema)).not.toThrow();
});

describe('a trade on the wire', () => {
  const validate = compile(TRADE);

  test('is accepted by its wire names', () => {
    expect(validate(GOOD)).toBe(true);
  });

  test('may have other fields', () => {
    expect(validate({ ...GOOD, side: 'buy' })).toBe(true);
  });

  test.each(['trade_id', 'symbol', 'price', 'quantity', 'timestamp'])('needs its %s', (name) => {
    const without: Record<string, unknown> = { ...GOOD };
    delete without[name];
    expect(validate(without)).toBe(false);
    expect(validate({ ...GOOD, [name]: null })).toBe(false);
    expect(validate({ ...GOOD, [name]: '' })).toBe(false);
  });
});

describe('a decimal', () => {
  const type = ColumnType.decimal(18, 8);

  test.each(['1', '-1', '+1', '1.', '.5', '1e3', '1.25E-2', '00.10', 1, -1.5])('may be %p', (value) => {
    expect(accepts({ type, required: true }, value)).toBe(true);
  });

  test.each(['', ' 1', '1 ', '1,5', '1e', 'NaN', '0x1', '١', '.', true, null, []])('may not be %p', (value) => {
    expect(accepts({ type, required: true }, value)).toBe(false);
  });

  test.each(['1', '+0.00000001', '.5e-3', 0.1])('that is positive may be %p', (value) => {
    expect(accepts({ type, required: true, positive: true }, value)).toBe(true);
  });

  test.each(['0', '0.0e5', '-1', '-0', 0, -1])('that is positive may not be %p', (value) => {
    expect(accepts({ type, required: true, positive: true }, value)).toBe(false);
  });

  test('that is optional may be null or empty', () => {
    expect(accepts({ type }, null)).toBe(true);
    expect(accepts({ type }, '')).toBe(true);
    expect(accepts({ type }, 'x')).toBe(false);
  });
});

describe('a timestamp', () => {
  const type = ColumnType.TIMESTAMPTZ;

  test.each(['2026-11-23T12:00Z', '2026-11-23 12:00:00.123456789+01:00', '2026-11-23t12:00:00,5z', 1763899200000])(
    'may be %p',
    (value) => {
      expect(accepts({ type, required: true }, value)).toBe(true);
    },
  );

  test.each(['2026-11-23', '1763899200000', 'yesterday', '2026-11-23T12:00:00.1234567891Z', ''])(
    'may not be %p',
    (value) => {
      expect(accepts({ type, required: true }, value)).toBe(false);
    },
  );
});

describe('text', () => {
  test.each(['x', 12])('may be %p', (value) => {
    expect(accepts({ type: ColumnType.STRING, required: true }, value)).toBe(true);
  });

  test.each([1.5, true, {}, []])('may not be %p', (value) => {
    expect(accepts({ type: ColumnType.STRING, required: true }, value)).toBe(false);
  });
});

describe('nested values', () => {
  const type = ColumnType.struct([
    { name: 'legs', type: ColumnType.list(ColumnType.INT, { elementRequired: true }), required: true },
    { name: 'fees', type: ColumnType.map(ColumnType.STRING, ColumnType.decimal(9, 2), { valueRequired: true }) },
  ]);

  test('are accepted', () => {
    expect(accepts({ type, required: true }, { legs: [1, 2], fees: { maker: '0.10' } })).toBe(true);
  });

  test.each([
    ['a required field missing', {}],
    ['a null element', { legs: [null] }],
    ['an element out of the range of int', { legs: [2 ** 31] }],
    ['a null value of a map', { legs: [], fees: { maker: null } }],
  ])('are refused with %s', (_, value) => {
    expect(accepts({ type, required: true }, value)).toBe(false);
  });
});
