import type { Pattern } from './patterns';

/** A decision that a pattern asks for, and what it takes to undo it. */
export interface Decision {
  readonly what: string;
  readonly reversible: boolean;
  /** How it is undone, or why it cannot be. */
  readonly why: string;
}

/** A way from one pattern to another. */
export interface Migration {
  readonly from: Pattern;
  readonly to: Pattern;
  /** In their order; each leaves a system that works. */
  readonly steps: readonly string[];
  /** The blueprint in which both sides run side by side; undefined when one is left for the other at once. */
  readonly through?: Pattern;
}

/** What is decided when a table is made in Iceberg: see docs/schema-evolution.md. */
const ICEBERG: readonly Decision[] = [
  {
    what: 'names, order and widening of columns',
    reversible: true,
    why: 'Iceberg knows columns by their ids; the ledger keeps them.',
  },
  {
    what: 'location and format version of a table',
    reversible: false,
    why: 'Files are referred to by absolute path; another place is a migration of all rows.',
  },
  {
    what: 'which engine reads and writes',
    reversible: true,
    why: 'Data and table format are open; an engine is added or dropped without a copy.',
  },
];

const KAFKA: readonly Decision[] = [
  {
    what: 'partitions and key of a topic',
    reversible: false,
    why: 'More partitions move keys and break their order, fewer are impossible; it takes a new topic and a replay.',
  },
  {
    what: 'how long events are kept',
    reversible: false,
    why: 'It can be lengthened at any time, but what has expired is gone: keep everything in the lake from the first day.',
  },
  {
    what: 'logic of stream processing',
    reversible: true,
    why: 'A new version replays the log into new tables, and consumers switch when they agree.',
  },
];

const WAREHOUSE: readonly Decision[] = [
  {
    what: 'models, marts and dashboards',
    reversible: true,
    why: 'dbt rebuilds them from raw data; keep raw data.',
  },
  {
    what: 'raw data in the warehouse only',
    reversible: false,
    why: 'Its history has to be exported before anything else can read it; land a copy as Parquet on S3 from the first day.',
  },
  {
    what: 'ingestion tool',
    reversible: true,
    why: 'Connectors are exchanged one source at a time, with a reload of each.',
  },
];

export const DECISIONS: Readonly<Record<Pattern, readonly Decision[]>> = {
  warehouse: WAREHOUSE,
  lakehouse: ICEBERG,
  streaming: KAFKA,
  mesh: [
    {
      what: 'who owns which data',
      reversible: false,
      why: 'Teams, budgets and habits form around it; moving a product between domains is slow, dissolving domains slower.',
    },
    {
      what: 'contract of a data product',
      reversible: true,
      why: 'A new major version runs beside the old one until the last consumer has left.',
    },
    {
      what: 'storage and engines of a domain',
      reversible: true,
      why: 'Consumers see the contract and the port, not what is behind it.',
    },
  ],
  'lakehouse-warehouse': [...ICEBERG, WAREHOUSE[0]],
  'streaming-batch': [...KAFKA, ICEBERG[1], ICEBERG[2]],
};

export const LOCK_IN: Readonly<Record<Pattern, readonly string[]>> = {
  warehouse: [
    'Keep a copy of raw data as Parquet on S3, and transformations in dbt: SQL moves, procedures in the warehouse do not.',
    'Keep metrics in the semantic layer of dbt, not in the BI tool.',
  ],
  lakehouse: [
    'Iceberg and Parquet stay readable by any engine; keep SQL free of one engine’s functions where you can.',
    'Rights in Lake Formation belong to AWS: keep them declared in code, so that they can be translated.',
  ],
  streaming: [
    'Kafka’s protocol and Flink SQL run anywhere; keep schemas in the repository and not in a vendor’s registry only.',
    'Keep the whole log in open tables, too: the managed cluster is then a transport and not an archive.',
  ],
  mesh: [
    'Write contracts in an open format (Open Data Contract Standard); keep the catalog fed from them, not the other way round.',
    'Let products meet at Iceberg tables and topics, not at one vendor’s sharing feature.',
  ],
  'lakehouse-warehouse': [
    'The lake holds everything in open formats; what is in the warehouse can be rebuilt from silver at any time.',
    'Keep the sync one way: nothing may live in the warehouse alone.',
  ],
  'streaming-batch': [
    'Both paths start at the same topic and end in open tables; the hot store holds nothing that could not be replayed.',
    'Keep definitions of metrics in one place that both paths are compared with.',
  ],
};

export const MIGRATIONS: readonly Migration[] = [
  {
    from: 'warehouse',
    to: 'lakehouse-warehouse',
    steps: [
      'Land the sources in bronze beside the warehouse; compare counts and sums for a month.',
      'Build silver; let the warehouse take it by sync instead of its own ingestion. dbt models keep their names.',
      'Switch ingestion into the warehouse off, one source at a time.',
    ],
    through: 'lakehouse-warehouse',
  },
  {
    from: 'warehouse',
    to: 'lakehouse',
    steps: [
      'Go to the hybrid of lakehouse and warehouse first; each step there can be taken back.',
      'Move marts to gold, dashboards to Athena, and stop the sync when nothing reads the warehouse any more.',
    ],
    through: 'lakehouse-warehouse',
  },
  {
    from: 'lakehouse',
    to: 'lakehouse-warehouse',
    steps: ['Sync silver to a warehouse, build marts there with dbt, move dashboards; the lake stays as it is.'],
    through: 'lakehouse-warehouse',
  },
  {
    from: 'lakehouse',
    to: 'streaming-batch',
    steps: [
      'Put a topic in front of bronze: producers write events, bronze reads the topic.',
      'Add stream processing and a hot store for the uses that cannot wait; batch stays the truth that they are compared with.',
    ],
    through: 'streaming-batch',
  },
  {
    from: 'warehouse',
    to: 'streaming-batch',
    steps: [
      'Go to the hybrid of lakehouse and warehouse first.',
      'Put a topic in front of bronze, then add stream processing beside it.',
    ],
    through: 'lakehouse-warehouse',
  },
  {
    from: 'streaming',
    to: 'streaming-batch',
    steps: [
      'Sink every topic to the lake, and replay what the log still has.',
      'Add batch and a warehouse for what is hard in streaming; reconcile both paths daily.',
    ],
    through: 'streaming-batch',
  },
  {
    from: 'lakehouse-warehouse',
    to: 'streaming-batch',
    steps: ['Put a topic in front of bronze, add stream processing beside it; silver, sync and marts stay.'],
    through: 'streaming-batch',
  },
  {
    from: 'streaming-batch',
    to: 'streaming',
    steps: ['Replay history through the stream, compare with batch for a quarter, then stop the batch path.'],
    through: 'streaming-batch',
  },
  {
    from: 'lakehouse',
    to: 'mesh',
    steps: [
      'Write a contract for each table that somebody else reads; nothing moves yet.',
      'Give the first domain its own account and pipeline; its consumers subscribe to the contract.',
      'Move domain after domain; the central team becomes the platform team.',
    ],
    through: 'mesh',
  },
  {
    from: 'warehouse',
    to: 'mesh',
    steps: [
      'Go to the lakehouse first: products are tables that other engines can read.',
      'Write contracts, then move domain after domain.',
    ],
    through: 'lakehouse-warehouse',
  },
  {
    from: 'lakehouse-warehouse',
    to: 'mesh',
    steps: [
      'Write contracts for silver tables, then move domain after domain; the warehouse becomes one of the consumers.',
    ],
    through: 'mesh',
  },
  {
    from: 'streaming-batch',
    to: 'mesh',
    steps: [
      'Write contracts for topics and tables, then move domain after domain; streams are ports of their products.',
    ],
    through: 'mesh',
  },
  {
    from: 'mesh',
    to: 'lakehouse',
    steps: ['Let one team take over the products’ pipelines; tables and contracts stay where they are, owners change.'],
    through: 'mesh',
  },
  {
    from: 'lakehouse-warehouse',
    to: 'lakehouse',
    steps: ['Move marts to gold and dashboards to Athena, then stop the sync.'],
    through: 'lakehouse-warehouse',
  },
];
