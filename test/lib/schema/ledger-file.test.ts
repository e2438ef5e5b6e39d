import { LedgerContent, parseLedger, renderLedger } from '../../../lib/schema/private/ledger-file';
import { lockTable } from '../../../lib/schema/private/ledger-diff';
import { outlineOf } from '../../../lib/schema/private/outline';
import { GOLD, SILVER, TRADE } from './tables';

const content = (): LedgerContent =>
  new Map([SILVER, GOLD].map((table) => [table.name, lockTable(outlineOf(table), undefined).entry]));

/** The rendered ledger after an edit by hand. */
function edited(from: string | RegExp, to: string): string {
  const text = renderLedger(content());
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return changed;
}

const parse = (text: string) => parseLedger(text, 'schemas.lock.json');

test('the file has one column a line, tables by name, columns by id', () => {
  expect(renderLedger(content())).toBe(`{
  "version": 1,
  "tables": {
    "gold.daily_trading_summary": {
      "lastColumnId": 5,
      "lastPartitionId": 1000,
      "columns": [
        { "id": 1, "path": "date", "type": "date" },
        { "id": 2, "path": "symbol", "type": "string" },
        { "id": 3, "path": "total_volume", "type": "decimal(18, 8)" },
        { "id": 4, "path": "vwap", "type": "decimal(18, 8)" },
        { "id": 5, "path": "trade_count", "type": "long" }
      ],
      "partitions": [
        { "id": 1000, "name": "date", "transform": "identity", "source": 1 }
      ],
      "retiredColumns": [],
      "retiredPartitions": []
    },
    "silver.trades": {
      "lastColumnId": 8,
      "lastPartitionId": 1000,
      "columns": [
        { "id": 1, "path": "trade_id", "type": "string" },
        { "id": 2, "path": "symbol", "type": "string" },
        { "id": 3, "path": "price", "type": "decimal(18, 8)" },
        { "id": 4, "path": "quantity", "type": "decimal(18, 8)" },
        { "id": 5, "path": "traded_at", "type": "timestamptz" },
        { "id": 6, "path": "is_valid", "type": "boolean" },
        { "id": 7, "path": "validation_errors", "type": "list" },
        { "id": 8, "path": "validation_errors.element", "type": "string" }
      ],
      "partitions": [
        { "id": 1000, "name": "traded_at_day", "transform": "day", "source": 5 }
      ],
      "retiredColumns": [],
      "retiredPartitions": []
    }
  }
}
`);
});

test('a required column says so', () => {
  const raw = lockTable(outlineOf({ name: 'silver.raw', schema: TRADE }), undefined).entry;
  expect(renderLedger(new Map([['silver.raw', raw]]))).toContain(
    '{ "id": 1, "path": "trade_id", "type": "string", "required": true }',
  );
});

test('what is written is read back', () => {
  expect(parse(renderLedger(content()))).toEqual(content());
});

test('an empty ledger is one too', () => {
  expect(parse(renderLedger(new Map()))).toEqual(new Map());
});

describe('a file is refused', () => {
  test.each<[string, () => string, string]>([
    [
      'with a merge conflict',
      () => edited('      "columns"', '<<<<<<< HEAD\n      "columns"'),
      ':7: has an unresolved merge conflict',
    ],
    ['that is not JSON', () => edited('"date" }', '"date" },,'), ':8: is not valid JSON'],
    ['that is cut off', () => renderLedger(content()).slice(0, 200), ':8: is not valid JSON'],
    ['that is empty', () => '', ':1: is not valid JSON'],
    ['that is another document', () => '[]', ': is not a schema ledger'],
    [
      'of another version',
      () => edited('"version": 1', '"version": 2'),
      ': has layout version 2 and this release reads version 1',
    ],
    [
      'with one id for two columns',
      () => edited('"id": 8, "path": "validation_errors.element"', '"id": 7, "path": "validation_errors.element"'),
      ":31: silver.trades: columns 'validation_errors' and 'validation_errors.element' both have id 7",
    ],
    [
      'with a retired id in use',
      () =>
        edited(
          /"retiredColumns": \[\],\n( *"retiredPartitions": \[\]\n *}\n *}\n}\n)$/,
          '"retiredColumns": [{ "id": 3, "path": "old", "type": "int" }],\n$1',
        ),
      "silver.trades: columns 'price' and 'old' both have id 3",
    ],
    [
      'with an id above the last one given',
      () => edited('"lastColumnId": 8', '"lastColumnId": 7'),
      ':31: silver.trades: column \'validation_errors.element\' has id 8 above "lastColumnId" 7',
    ],
    [
      'with a column twice',
      () => edited('"path": "symbol"', '"path": "date"'),
      ":9: gold.daily_trading_summary: column 'date' stands there twice",
    ],
    [
      'with an id of zero',
      () => edited('"id": 1, "path"', '"id": 0, "path"'),
      "the id of column 'date' is 0, not a whole number of at least 1",
    ],
    [
      'with an id that is text',
      () => edited('"id": 1, "path"', '"id": "1", "path"'),
      'the id of column \'date\' is "1"',
    ],
    ['with a column without path', () => edited('"path": "date", ', ''), 'a column lacks its "path" or "type"'],
    [
      'with a partition id below 1000',
      () => edited('"id": 1000', '"id": 999'),
      "the id of partition field 'date' is 999",
    ],
    [
      'with a partition field of no column',
      () => edited('"source": 5', '"source": 55'),
      ":34: silver.trades: partition field 'traded_at_day' reads column id 55",
    ],
    ['without columns', () => edited('"columns"', '"fields"'), 'gold.daily_trading_summary: "columns" is not a list'],
  ])('%s', (_, text, message) => {
    expect(() => parse(text())).toThrow(message);
    expect(() => parse(text())).toThrow(
      /^schemas\.lock\.json.*(restore it from version control|take one side|install the release)/,
    );
  });
});
