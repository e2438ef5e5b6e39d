import { Sensitivity } from '../../schema';

type Json = Record<string, unknown>;

/** Names that database, topic, path and tag can all have. */
const NAME = '[a-z][a-z0-9_]{0,62}';
const PRODUCT = {
  type: 'string',
  pattern: `^${NAME}\\.${NAME}$`,
  patternErrorMessage: 'write domain.product in lower-case letters, digits and underscores, such as trading.trades',
  examples: ['trading.trades'],
};
const DURATION = {
  type: 'string',
  pattern: '^[0-9]{1,6}(\\.[0-9]{1,3})? ?(second|minute|hour|day|week|year)s?$',
  patternErrorMessage: 'write a number and a unit from second to year, such as 5 minutes',
  examples: ['5 minutes'],
};
const PERCENT = {
  type: 'string',
  pattern: '^(100(\\.0{1,4})?|[0-9]{1,2}(\\.[0-9]{1,4})?) ?%$',
  patternErrorMessage: 'write a share up to 100 %, such as 99.9%',
  examples: ['99.9%'],
};
const VERSION = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})$',
  patternErrorMessage: 'write three numbers, such as 1.2.0',
  examples: ['1.0.0'],
};
const MAJOR_VERSION = { type: 'integer', minimum: 1, maximum: 9999, examples: [1] };
const CLASSIFICATION = { type: 'string', enum: Object.values(Sensitivity) };

const text = (description: string, more: Json = {}): Json => ({
  description,
  type: 'string',
  minLength: 1,
  maxLength: 20_000,
  ...more,
});
const listOf = (description: string, items: Json, more: Json = {}): Json => ({
  description,
  type: 'array',
  items,
  minItems: 1,
  maxItems: 2000,
  ...more,
});
const group = (description: string, properties: Json, required: string[] = []): Json => ({
  description,
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const described = (description: string, schema: Json): Json => ({ description, ...schema });

const COLUMN_NAME = text('Name of a column.', { maxLength: 255, examples: ['trade_id'] });
const COLUMN_NAMES = {
  type: ['string', 'array'],
  items: COLUMN_NAME,
  minItems: 1,
  minLength: 1,
  examples: ['trade_id'],
};

const column = group(
  'One column of the record.',
  {
    name: COLUMN_NAME,
    type: text('Type of Iceberg: string, long, decimal(18, 8), timestamptz, list<string>, ...', {
      maxLength: 2000,
      examples: ['decimal(18, 8)'],
    }),
    required: { description: 'Whether the value must be there; false when left out.', type: 'boolean' },
    positive: { description: 'Whether only values above zero are valid; false when left out.', type: 'boolean' },
    description: text('What the column means.'),
    classification: described('How carefully its values must be handled.', CLASSIFICATION),
    wire_name: text("Name of the field in the stream's and the API's JSON; the column's own when left out.", {
      maxLength: 255,
    }),
    renamed_from: listOf('Names that the column had before.', COLUMN_NAME, { uniqueItems: true }),
  },
  ['name', 'type'],
);

const schema = group('What one record of the product is: written out, or a record that the code knows by name.', {
  record: text('Name of a RecordSchema that the code gives.', { maxLength: 255, examples: ['trades'] }),
  columns: listOf('The columns in order.', column),
  key: listOf('Columns that identify a record.', COLUMN_NAME, { uniqueItems: true }),
  event_time: COLUMN_NAME,
  partitioned_by: listOf(
    'How the table is put into partitions: a column, day(c), bucket(16, c), ...',
    text('One transform.', { maxLength: 300, examples: ['day(traded_at)'] }),
    { uniqueItems: true },
  ),
});

const INTERFACES: Record<string, Json> = {
  table: {
    name: {
      type: 'string',
      pattern: `^${NAME}\\.[a-z0-9_]{1,128}$`,
      patternErrorMessage: 'write database.table in lower-case letters, digits and underscores',
      examples: ['trading.fct_trades'],
    },
    access: { type: 'string', enum: ['sql'] },
    engine: { type: 'string', enum: ['trino', 'athena'] },
  },
  stream: {
    name: text('Name of the interface.', { maxLength: 255 }),
    access: { type: 'string', enum: ['kafka'] },
    topic: {
      type: 'string',
      // https://kafka.apache.org/documentation/#topicconfigs: legal characters of a topic's name.
      pattern: '^[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,248}$',
      patternErrorMessage: "use letters, digits, '.', '_' and '-', at most 249",
      examples: ['trading.trades.v1'],
    },
  },
  api: {
    name: text('Name of the interface.', { maxLength: 255 }),
    access: { type: 'string', enum: ['rest'] },
    endpoint: {
      type: 'string',
      pattern: '^(/[A-Za-z0-9._-]+)+$',
      patternErrorMessage: 'write a path that begins with a slash, such as /api/v1/trades',
      maxLength: 500,
      examples: ['/api/v1/trades'],
    },
  },
};
const NEEDED: Record<string, string[]> = { table: [], stream: ['topic'], api: ['endpoint'] };
const TYPE = { type: 'string', enum: Object.keys(INTERFACES) };

const interfaceItem = {
  description: 'One way to the data: a table, a stream or an API.',
  type: 'object',
  required: ['type', 'name'],
  properties: { type: TYPE },
  allOf: Object.entries(INTERFACES).map(([type, properties]) => ({
    if: { type: 'object', required: ['type'], properties: { type: { const: type } } },
    then: {
      type: 'object',
      required: NEEDED[type],
      properties: { type: TYPE, ...properties },
      additionalProperties: false,
    },
  })),
};

/** JSON Schema (draft 7) of data-product.yaml; data-product.schema.json is its published copy. */
export const CONTRACT_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://github.com/cdk-data-patterns/cdk-data-patterns/blob/main/lib/mesh/data-product.schema.json',
  title: 'Contract of a data product',
  ...group(
    'What a domain promises about one data product, and what everything else of it is compiled from.',
    {
      name: described('Domain and product.', PRODUCT),
      version: described('Semantic version; 1.0.0 when left out. A breaking change raises its first number.', VERSION),
      owner: text('The team that answers for the product.', { maxLength: 255, examples: ['trading-domain-team'] }),
      description: text('What the product is, for those who look for data.'),
      classification: described(
        'How carefully the product must be handled; that of its most sensitive column when left out, else internal.',
        CLASSIFICATION,
      ),
      schema,
      interfaces: listOf('The ways to the data.', interfaceItem, { maxItems: 50 }),
      sla: group('What is promised, and measured.', {
        freshness: described('How old the newest data may be.', DURATION),
        availability: described('Share of the time in which the product can be read.', PERCENT),
        quality_score: described(
          '100 times the rules met over the rules evaluated, in the newest evaluation.',
          PERCENT,
        ),
      }),
      quality: group('How the data is judged before it is published.', {
        tests: listOf('Each is one rule, or one a column.', {
          description: 'One test: unique, not_null or freshness.',
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          examples: [{ unique: 'trade_id' }],
          properties: {
            unique: described('Column, or columns together, of which no two rows have the same.', COLUMN_NAMES),
            not_null: described('Column or columns that every row has a value in.', COLUMN_NAMES),
            freshness: described('How long ago rows may last have arrived.', DURATION),
          },
        }),
      }),
      lineage: group('What the product is made of.', {
        inputs: listOf(
          'Products that it reads, by subscription where they are of another domain.',
          group(
            'One product that is read.',
            {
              product: described('Its name.', PRODUCT),
              version: described('Its major version; 1 when left out.', MAJOR_VERSION),
            },
            ['product'],
          ),
        ),
        columns: {
          description: 'Columns of inputs, as domain.product.column, by the column that is made of them.',
          type: 'object',
          additionalProperties: listOf('Columns of inputs.', {
            type: 'string',
            pattern: `^${NAME}\\.${NAME}\\.[^.\\s]{1,255}$`,
            patternErrorMessage: 'write domain.product.column, such as trading.trades.price',
            examples: ['trading.trades.price'],
          }),
        },
      }),
      retention: described('How long rows and messages are kept; a year has 365 days.', DURATION),
      terms: group('What consumers agree to.', {
        usage: text('What the product is good for.'),
        limitations: text('What it is not good for.'),
        purposes: listOf('The only purposes that it may be asked for; any when left out.', text('A purpose.'), {
          uniqueItems: true,
        }),
        notice_period: described('How long an old major version stays beside a new one.', DURATION),
      }),
      consumers: listOf(
        'The subscriptions that the owner has approved.',
        group(
          'One approved subscription.',
          {
            domain: {
              type: 'string',
              pattern: `^${NAME}$`,
              patternErrorMessage: 'name a domain in lower-case letters, digits and underscores',
              examples: ['risk'],
            },
            product: described('The product that is made of this one, where there is one.', PRODUCT),
            version: described('The major version that is read; 1 when left out.', MAJOR_VERSION),
            purpose: text('What for.', { examples: ['exposure of open positions'] }),
            interfaces: listOf('The interfaces that are used; all when left out.', TYPE, { uniqueItems: true }),
            columns: listOf('The columns that are read; all when left out.', COLUMN_NAME, { uniqueItems: true }),
            rows: text('The rows that are read, as a predicate in PartiQL; all when left out.', {
              examples: ["symbol = 'AAPL'"],
            }),
          },
          ['domain', 'purpose'],
        ),
      ),
      changelog: listOf(
        'What changed, the newest version first.',
        group(
          'What changed with one version.',
          {
            version: described('The version.', VERSION),
            date: {
              description: 'The day on which it was published.',
              type: 'string',
              pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
              patternErrorMessage: 'write year, month and day, such as 2026-11-28',
              examples: ['2026-11-28'],
            },
            changes: text('What changed, for those who read the product.'),
          },
          ['version', 'changes'],
        ),
      ),
      documentation: group('Where to read and ask.', {
        url: text('A page.', {
          pattern: '^https?://\\S+$',
          patternErrorMessage: 'write an address that begins with https://',
          examples: ['https://docs.company.com/data-products/trading/trades'],
        }),
        contact: text('Address of a person or a channel.', { examples: ['trading-data@company.com'] }),
      }),
    },
    ['name', 'owner', 'description', 'interfaces'],
  ),
};
