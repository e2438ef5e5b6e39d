import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamedTradesSchema, tradesSchema, tradeSummariesSchema } from '../../blueprints/trading/schemas';
import type { RecordSchema } from '../../lib/schema';
import { seedBlocks } from './blocks';

const seed = seedBlocks().find(({ text }) => text.includes('TUMBLE('))?.text ?? '';

/** Columns, watermark and key of a `CREATE TABLE` of Flink. */
function declared(sql: string, table: string): string[] {
  const body = new RegExp(`CREATE TABLE ${table} \\(\\n([\\s\\S]*?)\\n\\) WITH`).exec(sql.replaceAll('`', ''));
  return (body?.[1] ?? '').split('\n').map((line) => line.trim().replace(/,$/, ''));
}

const render = (schema: RecordSchema, table: string, watermarkSeconds?: number, primaryKey?: string[]) =>
  declared(
    schema.toFlinkDdl(table, {
      options: { connector: 'kafka' },
      eventTimeName: watermarkSeconds === undefined ? undefined : 'trade_time',
      watermarkSeconds,
      primaryKey,
    }),
    table,
  );

describe('the seed’s Flink DDL', () => {
  test('of trades is what the record renders: columns, types, ten seconds of watermark', () => {
    expect(render(tradesSchema(), 'trades', 10)).toEqual(declared(seed, 'trades'));
  });

  test('of trade_summaries is what the record renders: columns, types, primary key', () => {
    expect(render(tradeSummariesSchema, 'trade_summaries', undefined, ['window_start', 'symbol'])).toEqual(
      declared(seed, 'trade_summaries'),
    );
  });

  test('is left by the extensions of a streamed trade', () => {
    expect(render(streamedTradesSchema, 'trades', 10)).not.toEqual(declared(seed, 'trades'));
  });
});

test('the blueprint’s SQL of the summaries is the seed’s, but for layout and comments', () => {
  const file = join(__dirname, '../../blueprints/streaming/flink/3_trade_summaries.sql');
  const plain = (sql: string) =>
    sql
      .replace(/--.*/g, '')
      .replace(/\s+/g, ' ')
      .replace(/\bas\b/g, 'AS')
      .trim();
  expect(plain(readFileSync(file, 'utf8'))).toBe(plain(seed.slice(seed.indexOf('INSERT INTO'))));
});
