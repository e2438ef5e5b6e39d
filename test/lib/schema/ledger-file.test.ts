import { LedgerContent } from '../../../lib/schema/private/ledger-entry';
import { parseLedger } from '../../../lib/schema/private/ledger-file';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { lockTable } from '../../../lib/schema/private/ledger-lock';
import { Column, ColumnType, RecordSchema } from '../../../lib/schema';
import { outlineOf } from '../../../lib/schema/private/declaration';
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
  "version": 2,
  "tables": {
    "gold.daily_trading_summary": {
      "integrity": "d957463628a6b60f",
      "formatVersion": 2,
      "lastColumnId": 5,
      "lastPartitionId": 1000,
      "identifierFields": [],
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
      "integrity": "ff0811efa8c546ce",
      "formatVersion": 2,
      "lastColumnId": 8,
      "lastPartitionId": 1000,
      "identifierFields": [],
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

describe('an edit by hand is refused', () => {
  const BY_HAND = /^schemas\.lock\.json:\d+: silver\.t: was changed by hand, or merged out of two, since 'schema lock'/;
  const column = (name: string): Column => ({ name, type: ColumnType.STRING });
  const declare = (...names: string[]) =>
    outlineOf({ name: 'silver.t', schema: new RecordSchema({ name: 't', columns: names.map(column) }) });

  /** Columns a (1) and b (2); c (3) was dropped. */
  const text = renderLedger(
    new Map([['silver.t', lockTable(declare('a', 'b'), lockTable(declare('a', 'b', 'c')).entry, ['c']).entry]]),
  );

  test.each<[string, string, string]>([
    [
      'that brings a retired column back to life',
      text,
      text
        .replace(
          '"path": "b", "type": "string" }',
          '"path": "b", "type": "string" },\n{ "id": 3, "path": "c", "type": "string" }',
        )
        .replace(/"retiredColumns": \[[^\]]*\]/, '"retiredColumns": []'),
    ],
    [
      'that forgets a retired column and what was given last',
      text,
      text
        .replace(/"retiredColumns": \[[^\]]*\]/, '"retiredColumns": []')
        .replace('"lastColumnId": 3', '"lastColumnId": 2'),
    ],
    [
      'that swaps two ids',
      text,
      text.replace('"path": "a"', '"path": "x"').replace('"path": "b"', '"path": "a"').replace('"x"', '"b"'),
    ],
    ['that renames a column', text, text.replace('"path": "b"', '"path": "d"')],
    ['that changes a type', text, text.replace('"type": "string"', '"type": "int"')],
    ['that leaves the digest out', text, text.replace(/"integrity": ".*",/, '')],
  ])('%s', (_, before, after) => {
    expect(() => parse(before)).not.toThrow();
    expect(after).not.toBe(before);
    expect(() => parse(after)).toThrow(BY_HAND);
  });

  test('but not one that only lays the file out anew', () => {
    expect(parse(JSON.stringify(JSON.parse(text)))).toEqual(parse(text));
  });
});

describe('a file is refused', () => {
  test.each<[string, () => string, string]>([
    [
      'with a merge conflict',
      () => edited('      "columns"', '<<<<<<< HEAD\n      "columns"'),
      ':10: has an unresolved merge conflict',
    ],
    ['that is not JSON', () => edited('"date" }', '"date" },,'), ':11: is not valid JSON'],
    ['that is cut off', () => renderLedger(content()).slice(0, 200), ':9: is not valid JSON'],
    ['that is empty', () => '', ':1: is not valid JSON'],
    ['that is another document', () => '[]', ': is not a schema ledger'],
    [
      'of another version',
      () => edited('"version": 2', '"version": 3'),
      ': has layout version 3 and this release reads version 2',
    ],
    [
      'that says it has the layout without digests, so that an edit by hand would pass',
      () => edited(/"integrity": ".*",/g, '').replace('"version": 2', '"version": 1'),
      ': has layout version 1 and this release reads version 2; if a hand edit changed it, restore it',
    ],
    [
      'with one id for two columns',
      () => edited('"id": 8, "path": "validation_errors.element"', '"id": 7, "path": "validation_errors.element"'),
      ":37: silver.trades: columns 'validation_errors' and 'validation_errors.element' both have id 7",
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
      ':37: silver.trades: column \'validation_errors.element\' has id 8 above "lastColumnId" 7',
    ],
    [
      'with a column twice',
      () => edited('"path": "symbol"', '"path": "date"'),
      ":12: gold.daily_trading_summary: column 'date' stands there twice",
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
      ":40: silver.trades: partition field 'traded_at_day' reads column id 55",
    ],
    [
      'with a table twice, of which JSON would keep the last',
      () => edited('    "silver.trades": {', '    "gold.daily_trading_summary": {'),
      ':23: gold.daily_trading_summary: stands there twice',
    ],
    ['without columns', () => edited('"columns"', '"fields"'), 'gold.daily_trading_summary: "columns" is not a list'],
  ])('%s', (_, text, message) => {
    expect(() => parse(text())).toThrow(message);
    expect(() => parse(text())).toThrow(
      /^schemas\.lock\.json.*(restore it from version control|take the file of the branch|install the release)/,
    );
  });
});
