import { randomBytes } from 'crypto';
import { cpSync, readFileSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { generateTrades } from '../../../../../blueprints/trading/generator';
import type { AwsConnection } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import type { EngineEndpoints } from '../../engines/endpoints';
import { type SourceApis, startSourceApis } from '../../engines/source-apis';
import type { RunResult } from '../../jobs';
import { count } from '../../report/format';
import type { EnvironmentDifference, ReportedCheck } from '../../report/model';
import { pinnedVersion } from '../../toolchain/toolchain';
import { writeTrades } from '../../trades';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { asOperator, lastLineAsJson } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { leakedSecrets } from './leaked-secrets';
import { type Dialect, LocalWarehouse, NOT_RUN } from './local-warehouse';
import { ended, environmentOf, startTask, stopTask } from './tasks';

const OUTPUTS = [
  'PipelineArn',
  'ClusterName',
  'WarehouseDatabase',
  'ExchangeApiTaskArn',
  'CrmTaskArn',
  'BillingTaskArn',
  'TransformTaskArn',
  'DashboardsTaskArn',
] as const;
type Outputs = { readonly [name in (typeof OUTPUTS)[number]]: string };

/** Sources to a warehouse, its marts and dashboards. */
export const WAREHOUSE: FlowKind = {
  name: 'warehouse',
  outputs: OUTPUTS,
  options: ['trades'],
  create: (host, stack) => new WarehouseFlow(host, stack),
};

/** What is compared with the independent computation, and shown in the report's folder. */
const TABLES = [
  'marts.fct_trades',
  'marts.fct_daily_summary',
  'metrics.trader_performance',
  'marts.dim_customer_health',
];
const RAW = ['raw_exchange_api.trades', 'raw_exchange_api.trades_quarantine', 'raw_billing.subscriptions'];

/** Of the rows that are published later, as a share of the first ones. */
const LATER = 0.02;

const CRM = 'crm';

const LEAD =
  'Rows that each step took in and passed on. What fits no column stands in the quarantine; a trade that was cancelled is no row of the marts.';

const PICTURE: readonly PictureStep[] = [
  { title: 'Exchange, CRM, billing', kind: 'source', stage: /^sources$/ },
  { title: 'Ingestion', kind: 'bronze', stage: /^ingestion/ },
  { title: 'Marts', kind: 'warehouse', stage: /^marts/ },
  { title: 'Semantic layer', kind: 'gold', stage: /^metric$/ },
  { title: 'Dashboards', kind: 'serving', stage: /^dashboards$/ },
];

interface Judgement {
  readonly checks: readonly ReportedCheck[];
  /** That the exchange served. */
  readonly rows: number;
}

class WarehouseFlow implements DataFlow {
  private readonly host: RehearsalHost;
  private readonly warehouse: LocalWarehouse;
  private readonly token = randomBytes(12).toString('hex');
  private readonly metabasePassword = randomBytes(12).toString('hex');
  private started?: SourceApis;
  private dialect?: Dialect;

  public constructor(
    host: RehearsalHost,
    private readonly stack: AssemblyStack,
  ) {
    this.host = host;
    this.warehouse = new LocalWarehouse(host);
  }

  public prepare(onProgress: (message: string) => void): Promise<number> {
    return this.warehouse.prepare(onProgress);
  }

  public async startEngines(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    // Nothing is deployed before the SQL has been judged.
    [this.dialect] = await Promise.all([
      this.warehouse.checkDialect(this.stack),
      this.warehouse.start(),
      this.writeTrades(),
    ]);
    await this.makeCustomers();
    const apis = await startSourceApis(supervisor, toolchain, {
      trades: this.file('trades.jsonl'),
      served: this.file('served.jsonl'),
      billing: this.file('billing.json'),
      complete: this.host.options.trades === undefined,
      token: this.token,
      metabasePassword: this.metabasePassword,
      folder,
    });
    this.started = apis;
    const { postgres, tools } = this.warehouse;
    const environment = { WAREHOUSE_ENGINE: 'postgres', METABASE_URL: apis.metabase };
    const sources = {
      exchange_api: { SOURCE_URL: apis.exchange },
      crm: { SOURCE_URL: `postgresql://${postgres.host}:${postgres.port}/${CRM}` },
      billing: { SOURCE_URL: apis.billing },
    };
    return {
      postgres: this.warehouse.address(),
      warehouse_python: tools.python,
      warehouse_environment: JSON.stringify({ environment, sources }),
    };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    const outputs = deployed.outputs as Outputs;
    const operator = asOperator(deployed.emulator);
    await this.warehouse.fillSecrets(deployed, [
      [outputs.CrmTaskArn, 'SOURCE_SECRET_ARN', { username: 'postgres', password: this.warehouse.postgres.password }],
      [outputs.BillingTaskArn, 'SOURCE_SECRET_ARN', { token: this.token }],
      [outputs.DashboardsTaskArn, 'METABASE_SECRET_ARN', { username: 'admin', password: this.metabasePassword }],
    ]);
    await host.stage('first-sync', 'Ingestion, dbt and dashboards: the state machine', () =>
      this.pipeline(operator, outputs, {}, 'first run'),
    );
    const first = await host.stage('first-checks', 'Checks by an independent computation', () =>
      this.judge('after the first run', outputs),
    );
    await host.stage('strike', 'Revisions, other shapes, and a sync that is killed', () =>
      this.strike(operator, outputs),
    );
    await host.stage('second-sync', 'The state machine again: what is new, and only that', () =>
      this.pipeline(operator, outputs, { sources: ['exchange_api', 'billing'] }, 'second run'),
    );
    await host.stage('metric', 'The semantic layer', () => this.projects(deployed, outputs));
    const second = await host.stage('second-checks', 'Checks of what changed', () =>
      this.judgeChanges(operator, outputs),
    );
    await host.stage('dashboards', 'Dashboards', () => this.show(deployed, outputs));
    this.reportSources(second.rows, await this.apis.figures());
    await this.lookForSecrets(deployed, outputs);
    return {
      rows: first.rows,
      pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
      environment: this.differences(),
    };
  }

  /** Each login of this rehearsal, in all that somebody reads later. */
  private async lookForSecrets(deployed: Deployed, { DashboardsTaskArn }: Outputs): Promise<void> {
    const reader = await this.warehouse.reader(deployed, DashboardsTaskArn);
    const { leaks, files } = leakedSecrets([this.host.folder, this.host.options.out], {
      'the token of the billing service': this.token,
      "the password of Metabase's administrator": this.metabasePassword,
      "the password of the CRM's database": this.warehouse.postgres.password,
      'the password of the reader': reader.password,
    });
    this.host.addChecks({
      name: 'secrets: none in a template, a log, a journal or a page',
      expected: '4 secrets, found nowhere',
      actual: leaks.length > 0 ? leaks.slice(0, 3).join('; ') : '4 secrets, found nowhere',
      passed: leaks.length === 0 && files > 0,
    });
  }

  // --- what comes in --------------------------------------------------------------------------------------------------

  private async writeTrades(): Promise<void> {
    const { trades, rows, seed } = this.host.options;
    if (trades !== undefined) {
      cpSync(trades, this.file('trades.jsonl'));
      return;
    }
    await writeTrades(generateTrades({ rows, seed }), this.file('trades.jsonl'));
  }

  private async makeCustomers(): Promise<void> {
    await this.warehouse.inWarehouse(
      ['-m', 'warehouse_checks.create_database', this.warehouse.address(), CRM],
      "The CRM's database cannot be made",
    );
    const files = ['--billing', this.file('billing.json'), '--customers', this.file('customers.json')];
    await this.warehouse.inWarehouse(
      [
        '-m',
        'sources.customers',
        '--seed',
        String(this.host.options.seed),
        ...files,
        '--crm',
        this.warehouse.address(CRM),
      ],
      'The customers cannot be made',
    );
  }

  private async pipeline(operator: AwsConnection, outputs: Outputs, input: object, name: string): Promise<void> {
    this.seconds.set(name, await this.warehouse.runOrchestration(operator, outputs.PipelineArn, input, name));
  }

  private readonly seconds = new Map<string, number>();

  // --- what strikes ---------------------------------------------------------------------------------------------------

  /** Publishes revisions and rows of other shapes, and kills the sync that reads them after it has committed a part. */
  private async strike(operator: AwsConnection, outputs: Outputs): Promise<void> {
    const rows = Math.max(60, Math.round(this.host.options.rows * LATER));
    const published = this.file('published.jsonl');
    await this.host.python(
      [
        ...['-m', 'sources.revisions', '--trades', this.file('trades.jsonl'), '--out', published],
        ...['--tag', 'R', '--rows', String(rows), '--shapes'],
      ],
      'The revisions cannot be made',
    );
    await this.apis.publish(readFileSync(published, 'utf8'));
    await this.billInOtherShape();
    const { SYNC } = await environmentOf(operator, outputs.ExchangeApiTaskArn);
    const deployed = JSON.parse(SYNC) as { rest_api: { resources: { endpoint: { params?: object } }[] } };
    await this.freeze(operator, outputs, deployed);
    // Many small batches, so that there is something between two commits to strike.
    for (const resource of deployed.rest_api.resources) {
      resource.endpoint.params = { ...resource.endpoint.params, limit: 10 };
    }
    const small = { SYNC: JSON.stringify({ ...deployed, batch_rows: 10 }) };
    const before = await this.newest(outputs);
    const task = await startTask(operator, outputs.ClusterName, outputs.ExchangeApiTaskArn, small);
    const address = this.warehouse.address(outputs.WarehouseDatabase);
    await this.warehouse.inWarehouse(
      ['-m', 'warehouse_checks.watch', address, 'raw_exchange_api.trades', before],
      'The sync that is to be killed commits nothing',
    );
    await stopTask(operator, task);
    const { state } = await ended(operator, task);
    const arrived = await this.query(
      outputs,
      `select count(*)::text from raw_exchange_api.trades where ingested_at > '${before}'`,
    );
    this.host.addChecks({
      name: 'ingestion: killed between two commits, the next sync resumes',
      expected: `STOPPED after the first commit, before the last of ${count(rows)} rows`,
      actual: `${state} after ${count(Number(arrived))} rows`,
      passed: state === 'STOPPED' && Number(arrived) > 0 && Number(arrived) < rows / 2,
    });
  }

  /** The same rows under the contract `freeze`: the sync must stop, say why, and leave the table as it was. */
  private async freeze(operator: AwsConnection, outputs: Outputs, deployed: object): Promise<void> {
    const before = await this.newest(outputs);
    const frozen = { SYNC: JSON.stringify({ ...deployed, schema_contract: 'freeze' }) };
    const task = await startTask(operator, outputs.ClusterName, outputs.ExchangeApiTaskArn, frozen);
    const { state } = await ended(operator, task);
    const after = await this.newest(outputs);
    this.host.addChecks({
      name: 'schema contract freeze: a source that has changed stops the sync',
      expected: 'FAILED, nothing loaded',
      actual: `${state}, ${before === after ? 'nothing loaded' : 'rows were loaded'}`,
      passed: state === 'FAILED' && before === after,
    });
  }

  /** A subscription with a field that is new, and one whose price is no number. */
  private async billInOtherShape(): Promise<void> {
    const document = JSON.parse(readFileSync(this.file('billing.json'), 'utf8')) as {
      subscriptions: { [field: string]: unknown }[];
    };
    const later = '2026-01-09T02:00:00Z';
    const [first, second, ...rest] = document.subscriptions;
    const changed = [
      { ...first, currency: 'USD', updated_at: later },
      { ...second, monthly_amount: 'on request', updated_at: later },
    ];
    await this.apis.bill({ ...document, subscriptions: [...changed, ...rest] });
    const customers = JSON.parse(readFileSync(this.file('customers.json'), 'utf8')) as object;
    const subscriptions = [
      { ...first, updated_at: later },
      { ...second, monthly_amount: null, updated_at: later },
      ...rest,
    ];
    writeFileSync(this.file('customers-later.json'), JSON.stringify({ ...customers, subscriptions }));
  }

  // --- how it is judged -----------------------------------------------------------------------------------------------

  private async judge(when: string, outputs: Outputs): Promise<Judgement> {
    const tables = this.tables(when);
    await this.export(outputs, tables, TABLES);
    const config = { customers: this.file('customers.json'), quarantined: await this.quarantined(outputs) };
    const judgement = await this.compare(when, tables, config);
    this.host.addChecks(...judgement.checks);
    return judgement;
  }

  private async judgeChanges(operator: AwsConnection, outputs: Outputs): Promise<Judgement> {
    const when = 'after the second run';
    const tables = this.tables(when);
    const begun = Date.now();
    const counts = await this.export(outputs, tables, [...TABLES, ...RAW]);
    const judgement = await this.compare(when, tables, {
      customers: this.file('customers-later.json'),
      quarantined: await this.quarantined(outputs),
      before: this.tables('after the first run'),
      published: this.file('published.jsonl'),
      metric: this.metric(),
    });
    this.host.addChecks(...judgement.checks, await this.nothingNew(operator, outputs), await this.evolved(outputs));
    this.addStages(counts, judgement.rows, (Date.now() - begun) / 1000);
    return judgement;
  }

  private async compare(when: string, tables: string, more: object): Promise<Judgement> {
    const file = this.file(`checks-${when.replaceAll(' ', '-')}.json`);
    writeFileSync(file, JSON.stringify({ when, tables, served: this.file('served.jsonl'), ...more }));
    return lastLineAsJson(
      await this.host.python(['-m', 'warehouse_checks', file], 'The independent computation cannot be made'),
    );
  }

  /** A sync of a source that has published nothing. */
  private async nothingNew(operator: AwsConnection, outputs: Outputs): Promise<ReportedCheck> {
    const before = await this.newest(outputs);
    const task = await startTask(operator, outputs.ClusterName, outputs.ExchangeApiTaskArn, {});
    const { state }: RunResult = await ended(operator, task);
    const after = await this.newest(outputs);
    return {
      name: 'ingestion: a sync of what has not changed loads nothing',
      expected: 'SUCCEEDED, no row newer than before',
      actual: `${state}, ${before === after ? 'no row newer than before' : `rows until ${after}`}`,
      passed: state === 'SUCCEEDED' && before === after,
    };
  }

  private async evolved(outputs: Outputs): Promise<ReportedCheck> {
    const query =
      "select string_agg(account_id || ' ' || coalesce(currency, '-') || ' ' || coalesce(monthly_amount_v_text, '-'), ', ' order by account_id) " +
      'from raw_billing.subscriptions where currency is not null or monthly_amount_v_text is not null';
    const expected = 'A0000 USD -, A0001 - on request';
    const actual = await this.query(outputs, query);
    const name = 'schema contract evolve: a new field is a column, a value of another type has one of its own';
    return { name, expected, actual, passed: actual === expected };
  }

  // --- what is shown --------------------------------------------------------------------------------------------------

  /** Fetches the deployed projects and asks the semantic layer. */
  private async projects(deployed: Deployed, outputs: Outputs): Promise<void> {
    await this.warehouse.fetchProject(deployed, outputs.TransformTaskArn, 'dbt');
    await this.warehouse.fetchProject(deployed, outputs.DashboardsTaskArn, 'boards');
    await this.askMetric(outputs);
  }

  private async askMetric(outputs: Outputs): Promise<void> {
    const begun = Date.now();
    const project = this.file('dbt');
    const { postgres, tools } = this.warehouse;
    const bin = dirname(tools.python);
    const environment = {
      WAREHOUSE_ENGINE: 'postgres',
      DBT_HOST: postgres.host,
      DBT_PORT: String(postgres.port),
      DBT_DATABASE: outputs.WarehouseDatabase,
      DBT_USER: postgres.user,
      DBT_ENV_SECRET_PASSWORD: postgres.password,
      DBT_PROFILES_DIR: project,
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    };
    await this.warehouse.command(join(bin, 'dbt'), ['parse', '--quiet'], environment, project);
    const asked = ['--metrics', 'trader_performance', '--group-by', 'trader', '--csv', this.file('metric.csv')];
    await this.warehouse.command(join(bin, 'mf'), ['query', ...asked], environment, project);
    const rows = this.metric().length;
    this.host.addStage({
      ...{
        name: 'metric',
        engine: 'MetricFlow',
        version: pinnedVersion('dbt-metricflow', undefined, 'requirements-warehouse.txt'),
      },
      ...{ rowsIn: rows, rowsOut: rows, rowsRejected: 0, seconds: (Date.now() - begun) / 1000 },
    });
  }

  /** The rows of the metric: trader and value. */
  private metric(): { trader: string; value: string }[] {
    const [, ...lines] = readFileSync(this.file('metric.csv'), 'utf8').trim().split(/\r?\n/);
    return lines.map((line) => line.split(',')).map(([trader, value]) => ({ trader, value }));
  }

  private async show(deployed: Deployed, outputs: Outputs): Promise<void> {
    const begun = Date.now();
    const { username } = await this.warehouse.reader(deployed, outputs.DashboardsTaskArn);
    const shown = await this.warehouse.showDashboards(outputs.WarehouseDatabase, 'boards', username);
    const { metabase } = await this.apis.figures();
    this.host.addChecks(
      shown.check,
      {
        name: "dashboards: provisioned through Metabase's API, once",
        expected: 'made in the first run, nothing written in the second',
        actual: `${count(metabase)} writes${metabase === this.metabaseWrites ? ', none of them in the second run' : ''}`,
        passed: metabase > 0 && metabase === this.metabaseWrites,
      },
      ...(this.dialect === undefined ? [] : [this.dialect.check]),
    );
    this.host.addStage({
      ...{ name: 'dashboards', engine: 'SQL of the dashboards', version: `${shown.dashboards.length} pages` },
      ...{ rowsIn: shown.rows, rowsOut: shown.rows, rowsRejected: 0, seconds: (Date.now() - begun) / 1000 },
    });
    this.host.addNotes(...NOT_RUN);
  }

  private metabaseWrites = 0;

  private addStages(counts: { readonly [table: string]: number }, served: number, _: number): void {
    const { version } = this.warehouse.postgres;
    const quarantined = counts['raw_exchange_api.trades_quarantine'];
    const ingested = {
      name: 'ingestion',
      engine: 'dlt',
      version: pinnedVersion('dlt', undefined, 'requirements-warehouse.txt'),
    };
    this.host.addStage({
      ...ingested,
      ...{ rowsIn: served, rowsOut: counts['raw_exchange_api.trades'], rowsRejected: quarantined },
      seconds: this.seconds.get('first run') ?? 0,
    });
    this.host.addStage({
      ...{ name: 'marts', engine: 'dbt on PostgreSQL', version },
      ...{ rowsIn: counts['raw_exchange_api.trades'], rowsOut: counts['marts.fct_trades'], rowsRejected: 0 },
      seconds: this.seconds.get('second run') ?? 0,
    });
  }

  private reportSources(rows: number, figures: { requests: number; limited: number; failed: number }): void {
    const { requests, limited, failed } = figures;
    this.host.addStage({
      ...{ name: 'sources', engine: 'local APIs', version: `${count(requests)} requests` },
      ...{ rowsIn: rows, rowsOut: rows, rowsRejected: 0, seconds: 0 },
    });
    this.host.addChecks({
      name: 'ingestion: lives with rate limits and errors',
      expected: 'requests were answered 429 and 500, and every row arrived',
      actual: `${count(limited)} times 429, ${count(failed)} times 500 in ${count(requests)} requests`,
      passed: limited > 0 && failed > 0,
    });
  }

  private differences(): EnvironmentDifference[] {
    return [
      ...this.warehouse.differences,
      {
        what: "dlt's destination",
        onAws: 'redshift: Parquet through S3 and COPY',
        here: 'WAREHOUSE_ENGINE=postgres: CSV and COPY',
      },
      {
        what: 'Sources',
        onAws: 'the addresses of sources/*.yaml',
        here: 'SOURCE_URL: local APIs and a PostgreSQL database',
      },
      ...(this.dialect?.differences ?? []),
    ];
  }

  // --- small things ---------------------------------------------------------------------------------------------------

  private get apis(): SourceApis {
    if (this.started === undefined) throw new Error('the APIs of the sources have not been started');
    return this.started;
  }

  private file(name: string): string {
    return this.warehouse.file(name);
  }

  /** The report takes the tables as they are at the end. */
  private tables(when: string): string {
    return when === 'after the second run' ? this.file('tables') : this.file(`tables-${when.replaceAll(' ', '-')}`);
  }

  private async export(
    outputs: Outputs,
    folder: string,
    tables: readonly string[],
  ): Promise<{ readonly [table: string]: number }> {
    const counts = await this.warehouse.export(outputs.WarehouseDatabase, folder, tables);
    if (this.metabaseWrites === 0) this.metabaseWrites = (await this.apis.figures()).metabase;
    return counts;
  }

  /** When the newest trade arrived. */
  private newest(outputs: Outputs): Promise<string> {
    return this.query(outputs, 'select max(ingested_at)::text from raw_exchange_api.trades');
  }

  private async quarantined(outputs: Outputs): Promise<number> {
    return Number(
      await this.query(outputs, 'select count(*)::text from raw_exchange_api.trades_quarantine where not is_loaded'),
    );
  }

  private query(outputs: Outputs, query: string): Promise<string> {
    return this.warehouse.query(outputs.WarehouseDatabase, query);
  }
}
