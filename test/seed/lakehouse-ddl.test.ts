import {
  dailyTradingSummarySchema,
  goldPartitions,
  rawEventsSchema,
  silverPartitions,
  tradesSchema,
} from '../../blueprints/trading/schemas';
import { seedBlock } from './blocks';
import { parseCreateTables } from './ddl';

const seed = parseCreateTables(seedBlock({ language: 'sql', section: 'The Medallion Architecture' }).text);

describe('the seed’s DDL of the lakehouse', () => {
  test('declares the three tables that the blueprint has', () => {
    expect(seed.map((each) => each.table)).toEqual(['bronze.trades', 'silver.trades', 'gold.daily_trading_summary']);
  });

  test.each([
    ['bronze.trades', rawEventsSchema.toSparkDdl('bronze.trades')],
    ['silver.trades', tradesSchema().conformed().toSparkDdl('silver.trades', silverPartitions)],
    ['gold.daily_trading_summary', dailyTradingSummarySchema.toSparkDdl('gold.daily_trading_summary', goldPartitions)],
  ])('is what the schema of %s renders: columns, order, types, nullability, partitions', (table, rendered) => {
    expect(parseCreateTables(rendered)).toEqual(seed.filter((each) => each.table === table));
  });

  test('is left by a schema with an extension switched on', () => {
    const [extended] = parseCreateTables(
      tradesSchema(['venue']).conformed().toSparkDdl('silver.trades', silverPartitions),
    );
    expect(extended.columns.map((each) => each.name)).toEqual([
      ...['trade_id', 'symbol', 'price', 'quantity', 'traded_at', 'venue', 'is_valid', 'validation_errors'],
    ]);
  });
});
