/** Files of a folder below `blueprints/`, and where a project has them. */
export interface ProjectFolder {
  readonly from: string;
  /**
   * Folder of the project.
   *
   * @default - the project's own
   */
  readonly to?: string;
  /** Names of files and folders. */
  readonly names: readonly string[];
}

/** What a project that begins with a blueprint takes from it, and says of it. */
export interface ProjectBlueprint {
  /** What is copied; the first folder is the blueprint's own. */
  readonly folders: readonly ProjectFolder[];
  /** What its stack is called to rehearse it, or what the names of its stacks begin with. */
  readonly stack: string;
  /**
   * What its stacks are called to deploy them, as a shell takes it.
   *
   * @default - as the one that is rehearsed
   */
  readonly stacks?: string;
  /** TypeScript below `blueprints/`, and JSON that it imports, that become the project's own, in `lib/`. */
  readonly sources: readonly string[];
  /** TypeScript of what is copied that is run by an npm script of that name, with the packages that it needs. */
  readonly programs: Readonly<Record<string, { readonly file: string; readonly packages: readonly string[] }>>;
  /** First sentence of the README. */
  readonly lead: string;
  /** What one may want to change, where that is done, and what to do then. */
  readonly changes: readonly (readonly [what: string, where: string, then: string])[];
  /**
   * What comes before the deployment, in a shell.
   *
   * @default - the bootstrap of an account
   */
  readonly preparation?: readonly string[];
  /**
   * Commands of the CI workflow, besides those that every project has.
   *
   * @default - none
   */
  readonly checks?: readonly WorkflowCheck[];
  /** What costs money all the time. */
  readonly cost: string;
}

/** A command of a CI workflow. */
export interface WorkflowCheck {
  readonly run: string;
  /** Whether it needs something to compare with. */
  readonly onPullRequest: boolean;
}

type Change = ProjectBlueprint['changes'][number];

const RESOURCES: Change = ['resources', '`lib/`', '`npx cdk diff`'];

/** Changes of a pattern's data plane, in the folder of a project that has it. */
const CHANGES = {
  settings: (...folders: string[]): Change => {
    const files = ['', ...folders].map((folder) => `\`${folder}blueprint.yaml\``);
    return ['sizes, schedules, environments', files.join(', '), 'your editor checks it as you type'];
  },
  lakehouse: (folder: string, ledgers: string): Change[] => [
    ['what silver and gold hold', `\`${folder}sql/\``, 'rehearse'],
    ['columns', '`lib/schemas.ts`', `\`npx data-patterns schema lock\`, and commit ${ledgers}`],
  ],
  streaming: (folder: string): Change[] => [
    ['what Flink computes', `\`${folder}flink/\``, 'rehearse'],
    ['how an application writes trades', `\`${folder}producers/application.ts\``, '`npm run produce < trades.jsonl`'],
  ],
  warehouse: (folder: string): Change[] => [
    ['models and their tests', `\`${folder}dbt/\`, and \`models\` in \`${folder}blueprint.yaml\``, 'rehearse'],
    ['dashboards', `\`${folder}dashboards/\`, and \`dashboards\` in \`${folder}blueprint.yaml\``, 'rehearse'],
  ],
};

const LAKEHOUSE_SOURCES = [
  'lakehouse/trading-lakehouse.ts',
  'lakehouse/trade-source.ts',
  'lakehouse/batch-and-http.ts',
  'lakehouse/governance.ts',
  'trading/backbone.ts',
  'trading/outputs.ts',
  'trading/schemas.ts',
];
const STREAMING_SOURCES = [
  'streaming/processing.ts',
  'streaming/producers.ts',
  'streaming/serving.ts',
  'streaming/topics.ts',
  'streaming/trade-backbone.ts',
  'streaming/trading-stream.ts',
  'trading/backbone.ts',
  'trading/outputs.ts',
  'trading/schemas.ts',
];
const WAREHOUSE_SOURCES = ['warehouse/trading-warehouse.ts', 'trading/outputs.ts'];

const LAKEHOUSE: ProjectFolder = { from: 'lakehouse', names: ['blueprint.yaml', 'sources', 'sql'] };
const STREAMING: ProjectFolder = {
  from: 'streaming',
  names: ['blueprint.yaml', 'flink', 'flink-without-tests', 'producers'],
};
/** The warehouse that gets its trades from a lake. */
const WAREHOUSE_OF_A_LAKE: ProjectFolder = {
  from: 'lakehouse-warehouse/warehouse',
  to: 'warehouse',
  names: ['blueprint.yaml', 'dashboards', 'dbt'],
};

const produce = (folder: string): ProjectBlueprint['programs'] => ({
  produce: { file: `${folder}producers/application.ts`, packages: ['aws-msk-iam-sasl-signer-js', 'kafkajs'] },
});

/** By the names that `data-patterns init` takes. */
export const PROJECT_BLUEPRINTS: Readonly<Record<string, ProjectBlueprint>> = {
  lakehouse: {
    folders: [{ ...LAKEHOUSE, names: [...LAKEHOUSE.names, 'schemas.lock.json'] }],
    stack: 'TradingLakehouseStack',
    sources: ['lakehouse/blueprint.ts', 'lakehouse/stack.ts', ...LAKEHOUSE_SOURCES],
    programs: {},
    lead: `A trading lakehouse on AWS: trades arrive in Kafka and are kept in Iceberg tables, raw in bronze, validated and deduplicated in silver,
summed up by day and symbol in gold.`,
    changes: [
      CHANGES.settings(),
      [
        'whose messages arrive',
        '`sources/`, and `sources.mappings` in `blueprint.yaml`',
        'rehearse with `--source NAME --trades FILE`',
      ],
      ...CHANGES.lakehouse('', '`schemas.lock.json`'),
      RESOURCES,
    ],
    cost: 'its brokers and its endpoints run all the time',
  },
  streaming: {
    folders: [{ ...STREAMING, names: [...STREAMING.names, 'schemas.lock.json', 'topics.lock.json'] }],
    stack: 'TradingStreamingStack',
    sources: ['streaming/blueprint.ts', 'streaming/stack.ts', ...STREAMING_SOURCES],
    programs: produce(''),
    lead: `A streaming-first trading platform on AWS: trades arrive in Kafka, Flink SQL enriches them and sums them up by the minute, a hot store
and a live API serve the windows, and the log is kept so that new logic can replay it.`,
    changes: [
      CHANGES.settings(),
      ...CHANGES.streaming(''),
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
    folders: [{ from: 'warehouse', names: ['blueprint.yaml', 'dashboards', 'dbt', 'sources'] }],
    stack: 'TradingWarehouseStack',
    sources: ['warehouse/blueprint.ts', 'warehouse/stack.ts', ...WAREHOUSE_SOURCES],
    programs: {},
    lead: `A trading warehouse on AWS: an exchange's API, a customer database and a billing service are synced into Redshift Serverless, dbt builds
the models there, and Metabase shows the dashboards.`,
    changes: [
      CHANGES.settings(),
      ['what is synced', '`sources/`, and `sources` in `blueprint.yaml`', 'rehearse'],
      ...CHANGES.warehouse(''),
      RESOURCES,
    ],
    cost: 'its dashboards and its endpoints run all the time',
  },
  mesh: {
    folders: [{ from: 'mesh', names: ['blueprint.yaml', 'finance', 'risk', 'trading'] }],
    stack: 'TradingMesh',
    stacks: "'TradingMesh*'",
    sources: [
      'mesh/blueprint.ts',
      'mesh/blueprint.schema.json',
      'mesh/domain-stack.ts',
      'mesh/federated-queries.ts',
      'mesh/mesh.ts',
      'mesh/platform-stack.ts',
      'mesh/settings.ts',
      'trading/backbone.ts',
      'trading/outputs.ts',
      'trading/schemas.ts',
    ],
    programs: {},
    lead: `A trading mesh on AWS: three domains, each in an account of its own, offer data products by contract and read one another's by subscription;
a platform in a fourth account says who takes part, and checks that the contracts fit together.`,
    changes: [
      ['accounts, schedules, environments', '`blueprint.yaml`', 'your editor checks it as you type'],
      [
        'a product, or a new one',
        'its folder in its domain, such as `trading/trades/`: contract and SQL',
        '`npx data-patterns product lint */*/data-product.yaml --complete`, `npx data-patterns schema lock`, rehearse',
      ],
      ['who reads what', '`lib/mesh.ts` asks, `consumers` of the contract grants', 'rehearse'],
      ['a domain, or a new one', '`lib/settings.ts`, `lib/blueprint.schema.json`, a folder', '`npx cdk diff`'],
      RESOURCES,
    ],
    preparation: [
      '# Write your four accounts into blueprint.yaml, then, for each of them, with credentials of its own:',
      'npx cdk bootstrap aws://ACCOUNT/REGION',
    ],
    checks: [
      { run: 'npx data-patterns product lint */*/data-product.yaml --complete', onPullRequest: false },
      // A contract that breaks its consumers is refused where it is changed.
      {
        run: 'npx data-patterns product diff --base "origin/$GITHUB_BASE_REF" */*/data-product.yaml',
        onPullRequest: true,
      },
    ],
    cost: "trading's brokers, and the endpoints and keys of each domain, are there all the time",
  },
  'lakehouse-warehouse': {
    folders: [
      { from: 'lakehouse-warehouse', names: ['blueprint.yaml'] },
      { ...LAKEHOUSE, to: 'lakehouse', names: [...LAKEHOUSE.names, 'schemas.lock.json'] },
      WAREHOUSE_OF_A_LAKE,
    ],
    stack: 'TradingLakehouseWarehouseStack',
    sources: [
      'lakehouse-warehouse/blueprint.ts',
      'lakehouse-warehouse/blueprint.schema.json',
      'lakehouse-warehouse/stack.ts',
      ...new Set([...LAKEHOUSE_SOURCES, ...WAREHOUSE_SOURCES]),
    ],
    programs: {},
    lead: `A trading lakehouse with a warehouse on AWS: trades arrive in Kafka and are kept in Iceberg tables; silver is brought to Redshift Serverless,
where dbt builds the marts that Metabase shows.`,
    changes: [
      CHANGES.settings('lakehouse/', 'warehouse/'),
      ...CHANGES.lakehouse('lakehouse/', '`lakehouse/schemas.lock.json`'),
      ...CHANGES.warehouse('warehouse/'),
      RESOURCES,
    ],
    cost: 'its brokers, its dashboards and its endpoints run all the time',
  },
  'streaming-batch': {
    folders: [
      {
        from: 'streaming-batch',
        names: ['blueprint.yaml', 'rules', 'schemas.lock.json', 'sql', 'topics.lock.json'],
      },
      { ...STREAMING, to: 'streaming' },
      { ...LAKEHOUSE, to: 'lakehouse' },
      WAREHOUSE_OF_A_LAKE,
    ],
    stack: 'TradingStreamingBatchStack',
    sources: [
      'streaming-batch/blueprint.ts',
      'streaming-batch/blueprint.schema.json',
      'streaming-batch/stack.ts',
      'lakehouse-warehouse/stack.ts',
      ...new Set([...STREAMING_SOURCES, ...LAKEHOUSE_SOURCES, ...WAREHOUSE_SOURCES]),
    ],
    programs: produce('streaming/'),
    lead: `Trading in real time and in batch on AWS: Flink and a hot store serve trades in seconds, a lakehouse and a warehouse keep them in depth,
both from one log in Kafka, and their windows are compared.`,
    changes: [
      CHANGES.settings('streaming/', 'lakehouse/', 'warehouse/'),
      ...CHANGES.streaming('streaming/'),
      ['what alerts', '`rules/`', 'rehearse'],
      ...CHANGES.lakehouse('lakehouse/', '`schemas.lock.json` and `topics.lock.json`'),
      ...CHANGES.warehouse('warehouse/'),
      RESOURCES,
    ],
    cost: 'its brokers, its Flink applications, its hot store, its dashboards and its endpoints run all the time',
  },
};
