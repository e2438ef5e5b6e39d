/** What a project that begins with a blueprint takes from it, and says of it. */
export interface ProjectBlueprint {
  /** Below `blueprints/`. */
  readonly folder: string;
  /** Name of its stack. */
  readonly stack: string;
  /** Files and folders below the blueprint's own, copied as they are. */
  readonly copied: readonly string[];
  /** YAML below the blueprint's own folder that names its schema to editors; all of a folder when it ends in a slash. */
  readonly settings: readonly string[];
  /** TypeScript below `blueprints/` that becomes the project's own, in `lib/`. */
  readonly sources: readonly string[];
  /** TypeScript of `copied` that is run by an npm script of that name, with the packages that it needs. */
  readonly programs: Readonly<Record<string, { readonly file: string; readonly packages: readonly string[] }>>;
  /** First sentence of the README. */
  readonly lead: string;
  /** What one may want to change, where that is done, and what to do then. */
  readonly changes: readonly (readonly [what: string, where: string, then: string])[];
  /** What costs money all the time. */
  readonly cost: string;
}

const SETTINGS = ['sizes, schedules, environments', '`blueprint.yaml`', 'your editor checks it as you type'] as const;
const RESOURCES = ['resources', '`lib/`', '`npx cdk diff`'] as const;

/** By the names that `data-patterns init` takes. */
export const PROJECT_BLUEPRINTS: Readonly<Record<string, ProjectBlueprint>> = {
  lakehouse: {
    folder: 'lakehouse',
    stack: 'TradingLakehouseStack',
    copied: ['sql', 'schemas.lock.json'],
    settings: ['blueprint.yaml', 'sources/'],
    sources: [
      'lakehouse/blueprint.ts',
      'lakehouse/stack.ts',
      'lakehouse/trading-lakehouse.ts',
      'lakehouse/trade-source.ts',
      'lakehouse/batch-and-http.ts',
      'lakehouse/governance.ts',
      'trading/backbone.ts',
      'trading/outputs.ts',
      'trading/schemas.ts',
    ],
    programs: {},
    lead: `A trading lakehouse on AWS: trades arrive in Kafka and are kept in Iceberg tables, raw in bronze, validated and deduplicated in silver,
summed up by day and symbol in gold.`,
    changes: [
      SETTINGS,
      ['what silver and gold hold', '`sql/`', 'rehearse'],
      [
        'whose messages arrive',
        '`sources/`, and `sources.mappings` in `blueprint.yaml`',
        'rehearse with `--source NAME --trades FILE`',
      ],
      ['columns', '`lib/schemas.ts`', '`npx data-patterns schema lock`, and commit `schemas.lock.json`'],
      RESOURCES,
    ],
    cost: 'its brokers and its endpoints run all the time',
  },
  streaming: {
    folder: 'streaming',
    stack: 'TradingStreamingStack',
    copied: ['flink', 'flink-without-tests', 'producers', 'schemas.lock.json', 'topics.lock.json'],
    settings: ['blueprint.yaml'],
    sources: [
      'streaming/blueprint.ts',
      'streaming/stack.ts',
      'streaming/processing.ts',
      'streaming/producers.ts',
      'streaming/serving.ts',
      'streaming/topics.ts',
      'streaming/trade-backbone.ts',
      'streaming/trading-stream.ts',
      'trading/backbone.ts',
      'trading/outputs.ts',
      'trading/schemas.ts',
    ],
    programs: {
      produce: { file: 'producers/application.ts', packages: ['aws-msk-iam-sasl-signer-js', 'kafkajs'] },
    },
    lead: `A streaming-first trading platform on AWS: trades arrive in Kafka, Flink SQL enriches them and sums them up by the minute, a hot store
and a live API serve the windows, and the log is kept so that new logic can replay it.`,
    changes: [
      SETTINGS,
      ['what Flink computes', '`flink/`', 'rehearse'],
      ['how an application writes trades', '`producers/application.ts`', '`npm run produce < trades.jsonl`'],
      [
        'columns of tables and topics',
        '`lib/schemas.ts`',
        '`npx data-patterns schema lock`, and commit `schemas.lock.json` and `topics.lock.json`',
      ],
      RESOURCES,
    ],
    cost: 'its brokers, its Flink application, its hot store and its endpoints run all the time',
  },
  warehouse: {
    folder: 'warehouse',
    stack: 'TradingWarehouseStack',
    copied: ['dbt'],
    settings: ['blueprint.yaml', 'sources/', 'dashboards/'],
    sources: ['warehouse/blueprint.ts', 'warehouse/stack.ts', 'warehouse/trading-warehouse.ts', 'trading/outputs.ts'],
    programs: {},
    lead: `A trading warehouse on AWS: an exchange's API, a customer database and a billing service are synced into Redshift Serverless, dbt builds
the models there, and Metabase shows the dashboards.`,
    changes: [
      SETTINGS,
      ['what is synced', '`sources/`, and `sources` in `blueprint.yaml`', 'rehearse'],
      ['models and their tests', '`dbt/`, and `models` in `blueprint.yaml`', 'rehearse'],
      ['dashboards', '`dashboards/`, and `dashboards` in `blueprint.yaml`', 'rehearse'],
      RESOURCES,
    ],
    cost: 'its dashboards and its endpoints run all the time',
  },
};
