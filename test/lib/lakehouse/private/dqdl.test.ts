import { arrivalRules, ruleset, tableRules } from '../../../../lib/lakehouse/private/dqdl';
import { ColumnType, RecordSchema } from '../../../../lib/schema';
import { tradesSchema } from '../../../../blueprints/trading/schemas';

const keyed = (key: string[]) =>
  new RecordSchema({
    name: 'fill',
    key,
    columns: [
      { name: 'venue', type: ColumnType.STRING },
      { name: 'fill_id', type: ColumnType.LONG, required: true },
      { name: 'fee', type: ColumnType.DOUBLE, positive: true },
    ],
  });

describe('rules on the rows of a table', () => {
  test('of the trades: rows, a unique key, required and positive columns of valid rows', () => {
    expect(tableRules(tradesSchema(), 1)).toEqual([
      'RowCount >= 1',
      'IsUnique "trade_id" where "trade_id is not null"',
      'IsComplete "trade_id" where "is_valid"',
      'IsComplete "symbol" where "is_valid"',
      'IsComplete "price" where "is_valid"',
      'IsComplete "quantity" where "is_valid"',
      'IsComplete "traded_at" where "is_valid"',
      'ColumnValues "price" > 0 where "is_valid"',
      'ColumnValues "quantity" > 0 where "is_valid"',
    ]);
  });

  test('an optional column is not asked to be complete, a positive one is judged all the same', () => {
    expect(tableRules(keyed([]), 5)).toEqual([
      'RowCount >= 5',
      'IsComplete "fill_id" where "is_valid"',
      'ColumnValues "fee" > 0 where "is_valid"',
    ]);
  });

  test('a key of several columns is judged together', () => {
    expect(tableRules(keyed(['venue', 'fill_id']), 0)).toContain('IsPrimaryKey "venue" "fill_id" where "is_valid"');
  });
});

test('rules on arrivals carry the bounds as they were given', () => {
  expect(arrivalRules({ maxInvalidShare: 0.05, freshnessHours: 1.5 })).toEqual([
    'ColumnValues "hours_since_arrival" <= 1.5',
    'ColumnValues "invalid_share" <= 0.05',
  ]);
});

test('a bound is never written with an exponent, which DQDL does not read', () => {
  expect(arrivalRules({ maxInvalidShare: 0.0000001, freshnessHours: 1 })[1]).toBe(
    'ColumnValues "invalid_share" <= 0.0000001',
  );
});

test('a ruleset is a list of rules', () => {
  expect(ruleset(['RowCount >= 1', 'IsComplete "a"'])).toBe('Rules = [\n    RowCount >= 1,\n    IsComplete "a"\n]');
});
