import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { Sensitivity } from '../../../lib/schema';
import { CONTRACT_SCHEMA } from '../../../lib/mesh/private/contract-schema';
import { contractOf, FULL_CONTRACT, problemsOf, SEED_CONTRACT } from './contracts';

const PUBLISHED = join(__dirname, '../../../lib/mesh/data-product.schema.json');

test('the published JSON Schema is the one that contracts are checked by', () => {
  if (process.env.UPDATE_SCHEMAS) writeFileSync(PUBLISHED, JSON.stringify(CONTRACT_SCHEMA));
  expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(CONTRACT_SCHEMA);
});

describe("the seed's contract, verbatim", () => {
  const contract = contractOf(SEED_CONTRACT);

  test('is the product trading.trades of the team that it names', () => {
    expect([contract.name, contract.domain, contract.productName, contract.stated.owner]).toEqual([
      'trading.trades',
      'trading',
      'trades',
      'trading-domain-team',
    ]);
    expect(contract.stated.description).toBe(
      'Real-time and historical trade executions.\nPrimary source of truth for all trading activity.',
    );
  });

  test('has its three interfaces', () => {
    expect(contract.stated.tables).toEqual([{ databaseName: 'trading', tableName: 'fct_trades' }]);
    expect(contract.stated.streams).toEqual([{ name: 'trades-events', topicName: 'trading.trades.v1' }]);
    expect(contract.stated.apis).toEqual([{ name: 'trades-api', endpoint: '/api/v1/trades' }]);
  });

  test('promises and tests what it says', () => {
    expect(contract.stated.objectives).toEqual({
      freshnessSeconds: 300,
      availabilityPercent: 99.9,
      qualityScorePercent: 95,
    });
    expect(contract.stated.tests).toEqual({
      unique: [['trade_id']],
      notNull: ['trade_id', 'symbol', 'price', 'quantity'],
      freshnessSeconds: 300,
    });
    expect(contract.stated.contact).toBe('trading-data@company.com');
  });

  test('is version 1.0.0 and internal, and leaves its record to the code, for it says neither', () => {
    expect(contract.stated.version).toBe('1.0.0');
    expect(contract.stated.classification).toBe(Sensitivity.INTERNAL);
    expect(contract.stated.schema).toBeUndefined();
  });
});

describe('a contract with every word', () => {
  const { stated } = contractOf(FULL_CONTRACT);

  test('has the record that it writes out', () => {
    expect(stated.schema?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'trader_id string',
      'symbol string',
      'exposure decimal(38, 8)',
      'valued_at timestamptz',
      'tags map<string, list<string>>',
    ]);
    expect(stated.schema?.key).toEqual(['trader_id', 'symbol']);
    expect(stated.schema?.eventTime).toBe('valued_at');
    expect(stated.partitionedBy.map(({ transform, column }) => `${transform} ${column}`)).toEqual([
      'day valued_at',
      'bucket[16] symbol',
    ]);
  });

  test('has inputs, origins, retention, terms, consumers and a changelog', () => {
    expect(stated.inputs).toEqual([
      { product: 'trading.trades', majorVersion: 1 },
      { product: 'trading.quotes', majorVersion: 1 },
    ]);
    expect(stated.columnOrigins).toEqual([
      { column: 'exposure', origins: ['trading.trades.quantity', 'trading.quotes.mid'] },
    ]);
    expect(stated.retentionSeconds).toBe(7 * 365 * 86_400);
    expect(stated.terms.noticeSeconds).toBe(12 * 7 * 86_400);
    expect(stated.changelog).toEqual([
      { version: '2.3.1', date: '2026-11-28', changes: 'Positions of closed accounts are left out.' },
      { version: '2.0.0', changes: 'One row a trader and symbol.' },
    ]);
    expect(stated.consumers).toEqual([
      {
        domain: 'finance',
        product: 'finance.pnl',
        majorVersion: 2,
        purpose: 'reporting',
        interfaces: ['table'],
        columns: ['symbol', 'exposure'],
      },
      {
        domain: 'audit',
        product: undefined,
        majorVersion: 1,
        purpose: 'limits',
        interfaces: ['table', 'stream', 'api'],
        columns: undefined,
      },
    ]);
  });
});

describe('a record of the code', () => {
  const referring = `${SEED_CONTRACT}schema: {record: trades, partitioned_by: [day(traded_at)]}\n`;

  test('stands for the schema', () => {
    expect(contractOf(referring, [tradesSchema()]).stated.schema?.name).toBe('trades');
  });

  test('is left open where the code gives no records, as in lint', () => {
    expect(contractOf(referring).stated).toMatchObject({ recordName: 'trades', schema: undefined });
  });

  test('is checked: name, tests and partitions', () => {
    expect(problemsOf(referring.replace('record: trades', 'record: trade'), [tradesSchema()])).toEqual([
      "data-product.yaml:38:10: 'trade' is no record of the code; did you mean 'trades'? (use one of: trades)",
    ]);
    expect(problemsOf(referring.replace('unique: trade_id', 'unique: id'), [tradesSchema()])).toEqual([
      "data-product.yaml:31:7: 'id' is no column of the schema; use one of: trade_id, symbol, price, quantity, traded_at",
    ]);
    expect(problemsOf(referring.replace('day(traded_at)', 'day(symbol)'), [tradesSchema()])[0]).toMatch(
      /^data-product\.yaml:38:43: .*partition transform day does not take column 'symbol'/,
    );
  });
});

/** The full contract with one thing changed, and what is said of it. */
const WRONG: [string, string, string, string][] = [
  ['no domain', 'name: risk.exposures\n', 'name: exposures\n', "1:1: 'name' is 'exposures'; write domain.product"],
  ['a Unicode name', 'name: risk.exposures\n', 'name: rіsk.exposures\n', "1:1: 'name' is 'rіsk.exposures'; write"],
  ['a version of two numbers', '2.3.1', "'2.3'", "2:1: 'version' is '2.3'; write three numbers"],
  ['a version that is a number', '2.3.1', '2.3', "2:1: 'version' must be text, but is 2.3; put it in quotes"],
  ['an unknown word', 'owner:', 'owners:', "3:1: 'owners' is not a setting of the file; did you mean 'owner'?"],
  ['a key twice', 'owner: ', 'name: risk.x\nowner: ', '3:1: Map keys must be unique; keep one of the two'],
  ['an unknown type', "'decimal(38, 8)'", 'money', "10:24: 'money' is no type; use one of: boolean, int"],
  ['an impossible type', 'decimal(38, 8)', 'decimal(39, 8)', '10:24: decimal(39, 8): the precision must be'],
  ['a column twice', 'name: symbol', 'name: Trader_id', "9:8: risk.exposures: columns 'trader_id' and 'Trader_id' are"],
  ['a key of no column', 'key: [trader_id', 'key: [trader', "13:3: risk.exposures: key names 'trader', which is no"],
  [
    'an event time that is none',
    'event_time: valued_at',
    'event_time: symbol',
    '14:3: risk.exposures: eventTime column',
  ],
  ['an unknown partition', 'day(valued_at)', 'daily(valued_at)', "15:20: 'daily(valued_at)' is no partition; use"],
  [
    "another domain's table",
    'name: risk.exposures, acc',
    'name: sales.exposures, acc',
    "17:19: table 'sales.exposures'",
  ],
  ["another domain's topic", 'topic: risk.', 'topic: sales.', "18:59: topic 'sales.exposures.v2' does not begin with"],
  ['another version in the topic', 'exposures.v2', 'exposures.v1', "18:59: topic 'risk.exposures.v1' says version 1"],
  ['another version in the path', '/api/v2', '/api/v3', "19:52: endpoint '/api/v3/exposures' says version 3"],
  ['a stream without a topic', ', topic: risk.exposures.v2', '', "18:5: 'interfaces.1' lacks 'topic'; add it"],
  ['a topic of a table', 'engine: athena', 'topic: a', "17:54: 'topic' is not a setting of 'interfaces.0'"],
  ['an engine of another cloud', 'athena', 'bigquery', "17:54: 'interfaces.0.engine' is 'bigquery'; use one of: trino"],
  [
    'a promise without a unit',
    'freshness: 1 hour',
    "freshness: '60'",
    "20:7: 'sla.freshness' is '60'; write a number and",
  ],
  ['more than everything', '99.5%', '101%', "20:26: 'sla.availability' is '101%'; write a share up to 100 %"],
  ['a looser test', '30 minutes', '61 minutes', '25:7: the test lets data be 61 minutes old, but'],
  [
    'two tests in one',
    'not_null: exposure',
    'not_null: exposure\n      unique: symbol',
    "24:7: 'quality.tests.1' must NOT",
  ],
  [
    'a test of no column',
    'not_null: exposure',
    'not_null: exposures',
    "24:7: 'exposures' is no column of the schema; did",
  ],
  ['itself as input', 'product: trading.quotes', 'product: risk.exposures', "29:7: 'risk.exposures' is made of itself"],
  [
    'an input twice',
    'product: trading.quotes',
    'product: trading.trades',
    "29:7: 'trading.trades' is an input already",
  ],
  ['an origin that is no input', 'trading.quotes.mid', 'sales.x.y', "31:41: 'sales.x.y' is of 'sales.x', which is no"],
  [
    'a lower classification',
    'classification: confidential\ns',
    'classification: public\ns',
    "5:1: the product is 'public'",
  ],
  [
    'a changelog of the future',
    'version: 2.3.1, d',
    'version: 2.4.0, d',
    "42:6: version 2.4.0 is newer than the contract's",
  ],
  [
    'a changelog upside down',
    'version: 2.0.0, c',
    'version: 2.3.1, c',
    '43:6: version 2.3.1 stands below 2.3.1; put the',
  ],
  ['a day that is none', '2026-11-28', '2026-13-28', "42:22: 'changelog.0.date' is '2026-13-28'; write year, month"],
  ['its own domain as consumer', 'domain: audit', 'domain: risk', "40:6: 'risk' owns the product and needs no"],
  ['a missing version', 'version: 2, purpose', 'version: 3, purpose', '39:45: version 3 does not exist'],
  [
    'a purpose that is not allowed',
    'purpose: limits',
    'purpose: limit',
    "40:33: 'limit' is not among 'terms.purposes'",
  ],
  [
    'a column nobody has',
    'columns: [symbol,',
    'columns: [symbols,',
    "39:108: 'symbols' is no column of the schema; did",
  ],
];

test.each(WRONG)('%s is refused with place and remedy', (_, from, to, sentence) => {
  expect(FULL_CONTRACT).toContain(from);
  expect(problemsOf(FULL_CONTRACT.replace(from, to)).join('\n')).toContain(`data-product.yaml:${sentence}`);
});

test('a contract is told everything that is wrong with it at once', () => {
  const wrong = FULL_CONTRACT.replace('topic: risk.', 'topic: sales.').replace('/api/v2', '/api/v3');
  expect(problemsOf(wrong.replace('30 minutes', '2 hours'))).toHaveLength(3);
});
