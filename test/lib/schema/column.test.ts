import * as fc from 'fast-check';
import { ColumnType } from '../../../lib/schema';

describe('decimal', () => {
  test('takes every precision up to 38 and every scale up to the precision', () => {
    const legal = fc
      .integer({ min: 1, max: 38 })
      .chain((p) => fc.tuple(fc.constant(p), fc.integer({ min: 0, max: p })));
    fc.assert(
      fc.property(legal, ([p, s]) => {
        expect(ColumnType.decimal(p, s).toString()).toBe(`decimal(${p}, ${s})`);
      }),
    );
  });

  test.each([
    [0, 0, 'precision'],
    [39, 0, 'precision'],
    [1.5, 0, 'precision'],
    [Number.NaN, 0, 'precision'],
    [10, 11, 'scale'],
    [10, -1, 'scale'],
    [10, 0.5, 'scale'],
  ])('refuses (%p, %p) for its %s', (precision, scale, what) => {
    expect(() => ColumnType.decimal(precision, scale)).toThrow(`the ${what} must be a whole number`);
  });
});

test.each([0, -1, 2.5])('fixed refuses a length of %p', (length) => {
  expect(() => ColumnType.fixed(length)).toThrow('the length must be a whole number of bytes');
});

test('a struct refuses names that differ by case alone', () => {
  const type = ColumnType.INT;
  expect(() =>
    ColumnType.struct([
      { name: 'a', type },
      { name: 'A', type },
    ]),
  ).toThrow("struct: columns 'a' and 'A' are one");
});

test('a struct refuses to be empty', () => {
  expect(() => ColumnType.struct([])).toThrow('struct: has no columns');
});

test('nested types read as one line', () => {
  const type = ColumnType.map(
    ColumnType.STRING,
    ColumnType.list(ColumnType.struct([{ name: 'a', type: ColumnType.fixed(4) }])),
  );
  expect(type.toString()).toBe('map<string, list<struct<a: fixed[4]>>>');
});
