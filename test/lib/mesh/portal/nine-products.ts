/** The nine products of the seed and the shared symbols, as short as a page about them needs. */
interface Given {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly string[];
  readonly inputs?: readonly string[];
  readonly consumers?: readonly string[];
  readonly more?: string;
}

const PRODUCTS: readonly Given[] = [
  {
    name: 'trading.symbols',
    description:
      'Instruments that are traded, with their tick size and currency. A shared product with one named owner.',
    columns: ['symbol: string', 'currency: string', 'tick_size: decimal(18, 8)'],
    more: 'classification: public',
  },
  {
    name: 'trading.trades',
    description: 'Real-time and historical trade executions.\nPrimary source of truth for all trading activity.',
    columns: [
      'trade_id: string',
      'symbol: string',
      'price: decimal(18, 8)',
      'quantity: decimal(18, 8)',
      'traded_at: timestamptz',
    ],
    inputs: ['trading.symbols'],
    consumers: ['risk.exposures', 'risk.var', 'finance.revenue', 'finance.pnl'],
    more: `version: 1.2.0
sla: {freshness: 5 minutes, availability: 99.9%, quality_score: 95%}
retention: 7 years
terms: {usage: Everything but regulatory filings., purposes: [risk, reporting], notice_period: 90 days}
changelog:
  - {version: 1.2.0, date: 2026-11-20, changes: The venue of each execution may be asked for.}
  - {version: 1.1.0, date: 2026-06-02, changes: Quantities have eight decimals.}
documentation: {url: 'https://docs.example.com/trades', contact: trading-data@example.com}`,
  },
  {
    name: 'trading.quotes',
    description: 'Best bid and offer of every symbol, as the venues publish them.',
    columns: ['symbol: string', 'bid: decimal(18, 8)', 'ask: decimal(18, 8)', 'quoted_at: timestamptz'],
    consumers: ['risk.var'],
  },
  {
    name: 'trading.volumes',
    description: 'Volume traded by symbol and day.',
    columns: ['symbol: string', 'day: date', 'volume: decimal(38, 8)'],
    inputs: ['trading.trades'],
  },
  {
    name: 'risk.exposures',
    description: 'Open position of each symbol at the last price.',
    columns: ['symbol: string', 'exposure: decimal(38, 8)'],
    inputs: ['trading.trades'],
    consumers: ['finance.pnl'],
    more: 'classification: confidential\nsla: {freshness: 1 hour}',
  },
  {
    name: 'risk.var',
    description: 'Value at risk by historical simulation, 99 % over one day.',
    columns: ['symbol: string', 'var_99: decimal(38, 8)'],
    inputs: ['trading.trades', 'trading.quotes', 'risk.exposures'],
  },
  {
    name: 'risk.limits',
    description: 'Limits by symbol, and how much of each is used.',
    columns: ['symbol: string', 'limit: decimal(38, 8)', 'used: decimal(38, 8)'],
    inputs: ['risk.exposures'],
  },
  {
    name: 'finance.revenue',
    description: 'Commission earned by day.',
    columns: ['day: date', 'revenue: decimal(38, 8)'],
    inputs: ['trading.trades'],
  },
  {
    name: 'finance.costs',
    description: 'Fees of venues and clearing by day.',
    columns: ['day: date', 'costs: decimal(38, 8)'],
  },
  {
    name: 'finance.pnl',
    description: 'Profit and loss by symbol and day; it reconciles with the trades to the last decimal.',
    columns: ['symbol: string', 'day: date', 'pnl: decimal(38, 8)'],
    inputs: ['trading.trades', 'risk.exposures', 'finance.revenue', 'finance.costs'],
  },
];

/** The text of each contract by its product's name. */
export const NINE_PRODUCTS: Readonly<Record<string, string>> = Object.fromEntries(
  PRODUCTS.map(({ name, description, columns, inputs = [], consumers = [], more = '' }) => {
    const [domain] = name.split('.');
    const purpose = more.includes('purposes') ? 'risk' : 'reporting';
    const of = (product: string) => product.split('.')[0];
    const text = [
      `name: ${name}`,
      `owner: ${domain}-domain-team`,
      `description: ${JSON.stringify(description)}`,
      'schema:',
      '  columns:',
      ...columns.map((column) => {
        const [, columnName, type] = /^(\w+): (.*)$/.exec(column) as RegExpExecArray;
        return `    - {name: ${columnName}, type: '${type}', required: true, description: ${JSON.stringify(`The ${columnName.replaceAll('_', ' ')}.`)}}`;
      }),
      ...(columns.some((each) => each.startsWith('traded_at')) ? ['  key: [trade_id]', '  event_time: traded_at'] : []),
      `interfaces:`,
      `  - {type: table, name: ${name}, access: sql}`,
      ...(name === 'trading.trades'
        ? [
            '  - {type: stream, name: trades-events, access: kafka, topic: trading.trades.v1}',
            '  - {type: api, name: trades-api, access: rest, endpoint: /api/v1/trades}',
          ]
        : []),
      ...(inputs.length > 0
        ? ['lineage:', `  inputs: [${inputs.map((each) => `{product: ${each}}`).join(', ')}]`]
        : []),
      ...(consumers.length > 0 ? ['consumers:'] : []),
      ...consumers.map((each) => `  - {domain: ${of(each)}, product: ${each}, purpose: ${purpose}}`),
      more,
    ].join('\n');
    return [name, `${text.trim()}\n`];
  }),
);

/** Texts that would run, leave their attribute or turn the page around if they became HTML. */
export const HOSTILE_TEXT = `"><script>window.hacked=1</script><img src=x onerror=window.hacked=1> & 'quoted' \u202e</title></textarea>`;

/** A contract whose every text of people is hostile. */
export const HOSTILE_PRODUCT = `name: risk.hostile
owner: ${JSON.stringify(HOSTILE_TEXT)}
description: ${JSON.stringify(HOSTILE_TEXT)}
schema:
  columns:
    - {name: 'a"b', type: string, description: ${JSON.stringify(HOSTILE_TEXT)}}
interfaces:
  - {type: table, name: risk.hostile}
  - {type: stream, name: ${JSON.stringify(HOSTILE_TEXT)}, topic: risk.hostile}
terms: {usage: ${JSON.stringify(HOSTILE_TEXT)}, purposes: [${JSON.stringify(HOSTILE_TEXT)}]}
consumers: [{domain: audit, purpose: ${JSON.stringify(HOSTILE_TEXT)}}]
changelog: [{version: 1.0.0, changes: ${JSON.stringify(HOSTILE_TEXT)}}]
documentation: {url: ${JSON.stringify("https://x/'onmouseover='window.hacked=1")}, contact: ${JSON.stringify(HOSTILE_TEXT)}}
`;
