import { readFileSync, writeFileSync } from 'fs';
import { setTimeout as sleep } from 'timers/promises';
import { UserError } from '../../../../cli-errors';
import type { AssemblyStack } from '../../cdk';
import type { EngineEndpoints } from '../../engines/endpoints';
import { pipelineTasks } from '../../jobs';
import { Journal } from '../../journal';
import { accountOwner } from '../../principals';
import type { ReportedCheck, ReportedTotal } from '../../report/model';
import { pinnedVersion } from '../../toolchain/toolchain';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { LakehouseFlow, PICTURE as LAKE_PICTURE } from '../lakehouse/lakehouse-flow';
import { asOperator, lastLineAsJson } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { type Dialect, LocalWarehouse, NOT_RUN, type Shown } from '../warehouse/local-warehouse';
import { ended, environmentOf, startTask, stopTask } from '../warehouse/tasks';
import { type EvolvedAssembly, evolvedAssembly } from './evolved-assembly';

const OUTPUTS = [
  'TradesTopicName',
  'BronzeJobName',
  'LakePipelineArn',
  'BronzeTable',
  'SilverTable',
  'GoldTable',
  'PipelineArn',
  'ClusterName',
  'WarehouseDatabase',
  'TransformTaskArn',
  'DashboardsTaskArn',
] as const;
type Outputs = { readonly [name in (typeof OUTPUTS)[number]]: string };

/** Trades through a lake into a warehouse, where dbt makes gold of silver's copy. */
export const LAKEHOUSE_WAREHOUSE: FlowKind = {
  name: 'lakehouse with a warehouse',
  outputs: OUTPUTS,
  options: ['trades'],
  create: (host, stack) => new LakehouseWarehouseFlow(host, stack),
};

const LEAD =
  'Rows that each step took in and passed on. Silver stands twice: in the lake, and as a copy in the warehouse that follows it commit by commit.';

const PICTURE: readonly PictureStep[] = [
  // What is posted goes to the topic, and gold is made in the warehouse.
  ...LAKE_PICTURE.filter(({ title }) => !['HTTP', 'Quality gate', 'Gold'].includes(title)),
  { title: 'Copy of silver', kind: 'warehouse', stage: /^sync$/ },
  { title: 'Marts', kind: 'gold', stage: /^marts$/ },
  { title: 'Dashboards', kind: 'serving', stage: /^dashboards$/ },
];

/** Of the stages and checks of what comes after the first run. */
const LATER = ' (corrected and late)';
/** Of the column that silver gets. */
const VALUE = 'REHEARSED';
const HELD_MILLISECONDS = 60_000;
/** Makes the transaction that would bring the copy to a snapshot wait before its end. */
const HOLD = 'data_patterns_hold';

/** What was done to silver after the first run: ids of trades, and the day of the late ones. */
interface Changes {
  readonly corrected: readonly string[];
  readonly late: readonly string[];
  readonly deleted: string;
  readonly day: string;
}

/** The task that copies silver. */
interface Sync {
  readonly task: string;
  /** `schema.table` of the copy. */
  readonly copy: string;
  readonly positions: string;
}

/** What a sync says at its end. */
interface SyncSummary {
  readonly commits: number;
  readonly rows_read: number;
  readonly rows_written: number;
  readonly rows_deleted: number;
  readonly full_copy: string | null;
}

/** A run of the state machine. */
interface Orchestrated {
  readonly summary: SyncSummary;
  readonly seconds: number;
}

class LakehouseWarehouseFlow implements DataFlow {
  private readonly lake: LakehouseFlow;
  private readonly warehouse: LocalWarehouse;
  private dialect?: Dialect;

  public constructor(
    private readonly host: RehearsalHost,
    private readonly stack: AssemblyStack,
  ) {
    this.lake = new LakehouseFlow(host, stack);
    this.warehouse = new LocalWarehouse(host);
  }

  public inspect(): void {
    this.lake.inspect();
    this.warehouse.requireCopies(this.stack);
  }

  public prepare(onProgress: (message: string) => void): Promise<number> {
    return this.warehouse.prepare(onProgress);
  }

  public async startEngines(): Promise<EngineEndpoints> {
    const [endpoints, dialect] = await Promise.all([
      this.lake.startEngines(),
      // Nothing is deployed before the SQL has been judged.
      this.warehouse.checkDialect(this.stack),
      this.warehouse.start(),
    ]);
    this.dialect = dialect;
    this.host.addChecks(dialect.check);
    return { ...endpoints, ...(await this.warehouse.startMetabase()) };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host, warehouse } = this;
    const { rows, environment } = await this.lake.run(lakeOf(deployed));
    const first = await host.stage('first-sync', 'Copy of silver, dbt and dashboards: the state machine', async () => {
      await warehouse.fillMetabaseSecret(deployed);
      return this.orchestrate(deployed, 'first run');
    });
    this.addSyncStage('sync', first);
    const { evolved, after } = await host.stage(
      'evolution',
      'A deployment with a column, a model and a card more',
      () => this.evolve(deployed),
    );
    const since = Date.now() * 1000;
    const changes = await host.stage('changes', 'Silver: trades corrected, late and deleted', () =>
      this.change(lakeOf(after), evolved),
    );
    await host.stage('strike', 'A sync that is killed between two commits', () => this.strike(after, changes.snapshot));
    const second = await host.stage('second-sync', 'The state machine again: the rest of the sync', () =>
      this.orchestrate(after, 'second run'),
    );
    this.addSyncStage('sync (resumed)', second);
    host.addChecks(resumed(second.summary));
    const totals = await host.stage('warehouse-checks', 'Checks of warehouse and dashboards', () =>
      this.judge(after, changes, evolved && { ...evolved, since }, second.seconds),
    );
    host.addNotes(...NOT_RUN);
    return {
      rows,
      pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
      totals,
      environment: [
        ...environment,
        ...warehouse.differences,
        {
          what: "SilverSync's loading",
          onAws: 'redshift: Parquet through S3 and COPY',
          here: 'WAREHOUSE_ENGINE=postgres: CSV and COPY',
        },
        ...(this.dialect?.differences ?? []),
      ],
    };
  }

  // --- what happens ---------------------------------------------------------------------------------------------------

  /** Finds the task that copies silver among those that the orchestration runs. */
  private async sync({ emulator, outputs }: Deployed): Promise<Sync> {
    const operator = asOperator(emulator);
    const { PipelineArn } = outputs as Outputs;
    for (const task of (await pipelineTasks(operator, PipelineArn)).keys()) {
      const { SILVER_SYNC } = await environmentOf(operator, task);
      if (SILVER_SYNC === undefined) continue;
      const { dataset, table } = JSON.parse(SILVER_SYNC) as { dataset: string; table: string };
      return { task, copy: `${dataset}.${table}`, positions: `${dataset}.silver_sync_positions` };
    }
    throw new UserError(`${PipelineArn} runs no task that copies silver: give the stack's orchestration a SilverSync.`);
  }

  private async orchestrate(deployed: Deployed, name: string): Promise<Orchestrated> {
    const { emulator, outputs } = deployed;
    const seconds = await this.warehouse.runOrchestration(asOperator(emulator), outputs.PipelineArn, {}, name);
    const { task } = await this.sync(deployed);
    const runs = Journal.read(emulator.journal).executions('container-task');
    const own = runs.filter((run) => task.includes(`/${run.name}:`)).at(-1);
    if (own?.logFile === undefined) throw new Error(`the journal has no run of ${task}`);
    return { summary: lastLineAsJson(readFileSync(own.logFile, 'utf8')), seconds };
  }

  private async evolve(deployed: Deployed): Promise<{ readonly evolved?: EvolvedAssembly; readonly after: Deployed }> {
    const { cdk, stack, emulator, outputs } = deployed;
    const operator = asOperator(emulator);
    const digest = async (task: string): Promise<string> => {
      const { PROJECT_URI } = await environmentOf(operator, task);
      const [, found] = /([0-9a-f]{64})\.zip$/.exec(PROJECT_URI) ?? [];
      if (found === undefined)
        throw new UserError(`${PROJECT_URI} is no asset of the stack: nothing can be added to it.`);
      return found;
    };
    const projects = {
      dbt: await digest(outputs.TransformTaskArn),
      dashboards: await digest(outputs.DashboardsTaskArn),
    };
    const evolved = evolvedAssembly(cdk.assembly, stack.stackName, this.warehouse.file('cdk.evolved'), projects);
    if (evolved === undefined) {
      this.host.addNotes('Silver has every optional column of a trade already, so none was added on the way.');
      return { after: deployed };
    }
    // Definitions of tasks have other ARNs now.
    const changed = await cdk.deploy({ ...emulator, credentials: emulator.principals.deployer }, stack, evolved.folder);
    return { evolved, after: { ...deployed, outputs: changed } };
  }

  /** Corrects trades and adds late ones through Kafka and the jobs, then deletes one by a commit of its own. */
  private async change(lake: Deployed, evolved?: EvolvedAssembly): Promise<Changes & { readonly snapshot: string }> {
    const messages = this.warehouse.file('later.jsonl');
    const config = {
      lake: await this.lake.checksConfig(lake),
      column: evolved?.column ?? null,
      value: VALUE,
      messages,
    };
    const file = this.warehouse.file('changes.json');
    writeFileSync(file, JSON.stringify(config));
    const changes = lastLineAsJson<Changes>(
      await this.host.python(['-m', 'hybrid_checks.changes', 'messages', file], 'Nothing of silver can be corrected'),
    );
    await this.lake.bringToSilver(lake, messages, LATER);
    const owner = accountOwner(lake.emulator.account);
    const asOwner = { ...(JSON.parse(readFileSync(config.lake, 'utf8')) as object), ...owner };
    const ownersConfig = this.warehouse.file('checks-config-of-owner.json');
    writeFileSync(ownersConfig, JSON.stringify(asOwner));
    writeFileSync(file, JSON.stringify({ ...config, lake: ownersConfig, deleted: changes.deleted }));
    const { snapshot } = lastLineAsJson<{ snapshot: string }>(
      await this.host.python(['-m', 'hybrid_checks.changes', 'delete', file], 'No row of silver can be deleted'),
    );
    return { ...changes, snapshot };
  }

  /** Kills a sync that has copied one of two commits, and staged all of the other. */
  private async strike(deployed: Deployed, last: string): Promise<void> {
    const { emulator, outputs } = deployed;
    const { ClusterName, WarehouseDatabase } = outputs as Outputs;
    const { task, positions } = await this.sync(deployed);
    const operator = asOperator(emulator);
    const ask = (query: string): Promise<string> => this.warehouse.query(WarehouseDatabase, query);
    const position = `select snapshot_id::text from ${positions}`;
    const before = await ask(position);
    await ask(
      `create function ${HOLD}() returns trigger language plpgsql as $$ begin ` +
        `if new.snapshot_id = ${last} then perform pg_sleep(${HELD_MILLISECONDS / 1000}); end if; return new; end $$; ` +
        `create trigger ${HOLD} before insert on ${positions} for each row execute function ${HOLD}(); select 1`,
    );
    const started = await startTask(operator, ClusterName, task, {});
    const held = "from pg_stat_activity where wait_event = 'PgSleep'";
    const deadline = Date.now() + HELD_MILLISECONDS;
    while ((await ask(`select count(*)::text ${held}`)) === '0' && Date.now() < deadline) await sleep(200);
    await stopTask(operator, started);
    const { state } = await ended(operator, started);
    // A server notices only at its next answer that nobody is there any more.
    await ask(`select count(pg_terminate_backend(pid))::text ${held}`);
    const after = await ask(position);
    await ask(`drop trigger ${HOLD} on ${positions}; drop function ${HOLD}; select 1`);
    const place = after === before ? 'before the first commit' : after === last ? 'after the last' : 'between the two';
    this.host.addChecks({
      name: 'sync: killed with a second commit wholly loaded, it leaves the first one alone',
      expected: 'STOPPED between the two',
      actual: `${state} ${place}`,
      passed: state === 'STOPPED' && place === 'between the two',
    });
  }

  // --- how it is judged -----------------------------------------------------------------------------------------------

  private async judge(
    deployed: Deployed,
    changes: Changes,
    evolved: (EvolvedAssembly & { readonly since: number }) | undefined,
    seconds: number,
  ): Promise<readonly ReportedTotal[]> {
    const { WarehouseDatabase, DashboardsTaskArn } = deployed.outputs as Outputs;
    const { copy } = await this.sync(deployed);
    await this.warehouse.fetchProject(deployed, DashboardsTaskArn, 'boards');
    const begun = Date.now();
    const { username } = await this.warehouse.reader(deployed, DashboardsTaskArn);
    const shown = await this.warehouse.showDashboards(WarehouseDatabase, 'boards', username);
    const shownSeconds = (Date.now() - begun) / 1000;
    const marts = ['marts.fct_trades', 'marts.fct_daily_summary', ...(evolved ? [evolved.mart] : [])];
    const tables = this.warehouse.file('tables');
    const counts = await this.warehouse.export(WarehouseDatabase, tables, [copy, ...marts]);
    const [dashboards, config] = ['dashboards.json', 'hybrid-checks.json'].map((name) => this.warehouse.file(name));
    writeFileSync(dashboards, JSON.stringify(shown.dashboards));
    writeFileSync(
      config,
      JSON.stringify({
        ...{ lake: await this.lake.checksConfig(lakeOf(deployed)), tables, copy, dashboards, changes },
        ...{ byValue: evolved?.mart, byValueCard: evolved?.card },
        evolution: evolved ? { column: evolved.column, since: evolved.since } : null,
      }),
    );
    const judged = lastLineAsJson<{ checks: ReportedCheck[]; totals: ReportedTotal[] }>(
      await this.host.python(['-m', 'hybrid_checks', config], 'The warehouse cannot be judged'),
    );
    this.host.addChecks(...judged.checks, shown.check);
    this.addWarehouseStages(counts[copy], counts['marts.fct_trades'], shown, { marts: seconds, shown: shownSeconds });
    return judged.totals;
  }

  private addSyncStage(name: string, { summary: { rows_read, rows_written }, seconds }: Orchestrated): void {
    this.host.addStage({
      ...{ name, engine: 'pyiceberg', version: pinnedVersion('pyiceberg', undefined, 'requirements-warehouse.txt') },
      ...{ rowsIn: rows_read, rowsOut: rows_written, rowsRejected: 0, seconds },
    });
  }

  private addWarehouseStages(
    copied: number,
    trades: number,
    { rows, dashboards }: Shown,
    seconds: { readonly marts: number; readonly shown: number },
  ): void {
    this.host.addStage({
      ...{ name: 'marts', engine: 'dbt on PostgreSQL', version: this.warehouse.postgres.version },
      ...{ rowsIn: copied, rowsOut: trades, rowsRejected: copied - trades, seconds: seconds.marts },
    });
    this.host.addStage({
      ...{ name: 'dashboards', engine: 'SQL of the dashboards', version: `${dashboards.length} pages` },
      ...{ rowsIn: trades, rowsOut: rows, rowsRejected: 0, seconds: seconds.shown },
    });
  }
}

/** The lake alone: its flow knows its pipeline by the name that it has where there is no other. */
function lakeOf(deployed: Deployed): Deployed {
  return { ...deployed, outputs: { ...deployed.outputs, PipelineArn: deployed.outputs.LakePipelineArn } };
}

/** The sync after the one that was killed has the second commit to copy, and no other. */
function resumed({ commits, rows_written, rows_deleted, full_copy }: SyncSummary): ReportedCheck {
  const tell = (copied: number, written: number, deleted: number): string =>
    `${copied} commit: ${written} rows written, ${deleted} deleted`;
  return {
    name: 'sync: the next one resumes with the commit that was lost, and copies no other',
    expected: tell(1, 0, 1),
    actual: full_copy === null ? tell(commits, rows_written, rows_deleted) : `everything, for ${full_copy}`,
    passed: full_copy === null && commits === 1 && rows_written === 0 && rows_deleted === 1,
  };
}
