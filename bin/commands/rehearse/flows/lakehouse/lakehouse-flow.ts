import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { generateTrades } from '../../../../../blueprints/trading/generator';
import { UserError } from '../../../../cli-errors';
import { packageRoot } from '../../../../package-root';
import type { AssemblyStack } from '../../cdk';
import { environmentDifferences } from '../../differences';
import type { Emulator } from '../../engines/emulator';
import type { EngineEndpoints } from '../../engines/endpoints';
import { Kafka, restartKafka, startKafka } from '../../engines/kafka';
import { startTrino, Trino } from '../../engines/trino';
import { splitLines } from '../../faults/split-lines';
import { pipelineJobs, runJob, runPipeline, RunResult } from '../../jobs';
import { Journal } from '../../journal';
import type { ReportedCheck, ReportedFigures, ReportedStage } from '../../report/model';
import { prepareTrino, TrinoToolchain } from '../../toolchain/trino';
import { writeTrades } from '../../trades';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { addJobStages } from '../job-stages';
import { asOperator, asOwner, endsWell, lastLineAsJson } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { sendTrades } from '../send-trades';
import { checkMappings, type DeployedRecords, deployedRecords } from './deployed-records';
import { ErasureWish, rehearseErasure } from './erasure';
import { brokenAssembly, failDeployment } from './faults/broken-deployment';
import { type Posted, runFaults } from './faults/run-faults';
import { Fed, furtherOutputs, FurtherOutputs, httpChecks, tradesOf, writeFeedConfig } from './further-sources';

/** How much of the trades is in gold before faults strike what brings the rest. */
const BEFORE_FAULTS = 0.8;

const OUTPUTS = ['TradesTopicName', 'BronzeJobName', 'PipelineArn', 'BronzeTable', 'SilverTable', 'GoldTable'] as const;
type Outputs = { readonly [name in (typeof OUTPUTS)[number]]: string } & {
  /** A table that a stack may have besides. */
  readonly FeaturesTable?: string;
  readonly ErasureJobName?: string;
  readonly LakeBucketName?: string;
};

/** Trades from three sources to bronze, silver and gold. */
export const LAKEHOUSE: FlowKind = {
  name: 'lakehouse',
  outputs: OUTPUTS,
  options: ['trades', 'source', 'faults', 'erase', 'with'],
  create: (host, stack) => new LakehouseFlow(host, stack),
};

const LEAD =
  'Rows that each step took in, passed on and marked as invalid. Nothing is dropped: invalid rows stay in silver with their reasons.';

export const PICTURE: readonly PictureStep[] = [
  { title: 'Kafka', kind: 'source', stage: /^kafka$/ },
  { title: 'HTTP', kind: 'source', stage: /^http$/, optional: true },
  { title: 'Files', kind: 'source', stage: /^files$/, optional: true },
  { title: 'Bronze', kind: 'bronze', stage: /^bronze/ },
  { title: 'Silver', kind: 'silver', stage: /^silver/ },
  { title: 'Quality gate', kind: 'gate', stage: /^quality gate/ },
  { title: 'Gold', kind: 'gold', stage: /^gold/ },
];

/** The deployed lake, and what flows into it. */
interface Lake extends Omit<Deployed, 'outputs'> {
  readonly outputs: Outputs;
  readonly kafka: Kafka;
  /** Of the sources beside Kafka, when they take part. */
  readonly further?: FurtherOutputs;
  /** The file with the messages for Kafka. */
  readonly trades: string;
}

/** Also the first part of the flow of a stack that has more than a lake. */
export class LakehouseFlow implements DataFlow {
  /** What the jobs conform messages to: the columns, and the mappings of sources whose messages are no trades in our own form. */
  private readonly records: DeployedRecords;
  private kafka?: Kafka;
  private trades?: Promise<string>;
  /** Fetched when it is asked for. */
  private trinoToolchain?: TrinoToolchain;
  private trino?: Trino;
  /** The last of the days that are not over and for which gold was asked all the same. */
  private openDaysThrough?: string;
  /** The files that were dropped, and where. */
  private dropped?: { readonly inbox: string; readonly dropped: Fed['files'] };

  public constructor(
    private readonly host: RehearsalHost,
    { assembly, template }: AssemblyStack,
  ) {
    this.records = deployedRecords(assembly, template);
  }

  public inspect(): void {
    const { source, trades } = this.host.options;
    checkMappings(this.records.mappings, source, trades !== undefined);
  }

  public async prepare(onProgress: (message: string) => void): Promise<number> {
    if (!this.host.options.engines.includes('trino')) return 0;
    this.trinoToolchain = await prepareTrino(this.host.toolchain, { onProgress });
    return this.trinoToolchain.downloadedBytes;
  }

  public async startEngines(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    // Written while the stack is deployed, awaited after it.
    this.trades = this.tradesFile();
    this.trades.catch(() => undefined);
    this.kafka = await startKafka(supervisor, toolchain, join(folder, 'kafka'));
    return { kafka: this.kafka.bootstrapServers };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    const lake = await this.lake(deployed);
    const [first, rest] = await this.tradesInParts(lake.trades);
    const produced = await host.stage('trades', 'Trades into Kafka', () => this.send(lake, first));
    const fed = await this.feed(lake);
    await host.stage('bronze', 'Bronze: Glue job on Spark', () => this.runBronze(lake));
    await this.runFiles(lake);
    await host.stage('pipeline', 'Silver, quality gate, gold: pipeline of Step Functions', () =>
      this.runPipelines(lake),
    );
    let rows = produced;
    if (rest !== undefined) {
      rows += await host.stage('faults', 'Faults: the rest of the trades, and what is interrupted run again', () =>
        this.strike(lake, rest),
      );
    }
    await this.startTrino(lake);
    const figures = await host.stage('checks', 'Checks by an independent computation', () => this.judge(lake));
    const { erase } = host.options;
    if (erase !== undefined) {
      await host.stage('erasure', `Erasure by ${erase.column}`, () => this.erase(lake, erase));
    }
    return {
      rows: fed ?? rows,
      pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
      figures,
      environment: environmentDifferences(lake.emulator.sparkOverrides, this.trino?.version),
    };
  }

  /**
   * Brings further messages as far as silver, after `run`.
   *
   * @param suffix of the names of stages and checks
   */
  public async bringToSilver(deployed: Deployed, messages: string, suffix: string): Promise<void> {
    const lake = await this.lake(deployed);
    const { emulator, outputs } = lake;
    await this.send(lake, messages);
    await this.runBronze(lake, suffix);
    const jobs = await pipelineJobs(asOperator(emulator), outputs.PipelineArn);
    const [silver = ''] = [...jobs].find(([, step]) => step === 'Silver') ?? [];
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    this.host.addChecks(endsWell(`silver${suffix}: the Glue job succeeds`, await runJob(asOperator(emulator), silver)));
    this.addJobStages(emulator, jobs, done, suffix);
  }

  /** Writes what the checks need to know of the deployed lake, and gives the file. */
  public async checksConfig(deployed: Deployed): Promise<string> {
    return this.writeChecksConfig(await this.lake(deployed));
  }

  private async lake(deployed: Deployed): Promise<Lake> {
    if (this.kafka === undefined || this.trades === undefined) throw new Error('the engines have not been started');
    const further = this.takesFurther() ? furtherOutputs(deployed.outputs) : undefined;
    const all = await this.trades;
    const trades = further === undefined ? all : join(this.host.folder, 'kafka.jsonl');
    return { ...deployed, outputs: deployed.outputs as Outputs, kafka: this.kafka, further, trades };
  }

  private async send({ kafka, outputs }: Lake, file: string): Promise<number> {
    return (await sendTrades(this.host, kafka, outputs.TradesTopicName, file, 'trades')).rows;
  }

  /** All of the trades, or, where faults are to strike between two parts, most of them and the rest. */
  private async tradesInParts(trades: string): Promise<[string, string?]> {
    if (!this.host.options.faults) {
      return [trades];
    }
    const parts: [string, string] = [
      join(this.host.folder, 'trades-1.jsonl'),
      join(this.host.folder, 'trades-2.jsonl'),
    ];
    await splitLines(trades, BEFORE_FAULTS, ...parts);
    return parts;
  }

  /** Brings the rest of the trades while things break; gives the number of its messages. */
  private async strike(lake: Lake, trades: string): Promise<number> {
    const { cdk, stack, emulator, outputs } = lake;
    const { supervisor, toolchain } = this.host;
    const auditor = { ...emulator, credentials: emulator.principals.auditor };
    const rows = await this.send(lake, trades);
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const steps = await pipelineJobs(asOperator(emulator), outputs.PipelineArn);
    const job = (step: string): string => [...steps].find(([, name]) => name === step)?.[0] ?? '';
    let { kafka } = lake;
    const { faults, checks, notes } = await runFaults({
      journal: emulator.journal,
      auditor,
      python: toolchain.python,
      signal: this.host.options.signal,
      tables: { bronze: outputs.BronzeTable, silver: outputs.SilverTable, gold: outputs.GoldTable },
      jobs: { bronze: outputs.BronzeJobName, silver: job('Silver'), gold: job('Gold') },
      runBronze: () => runJob(asOperator(emulator), outputs.BronzeJobName),
      runPipeline: () => runPipeline(asOperator(emulator), outputs.PipelineArn, {}, () => undefined),
      killBroker: () => kafka.engine.strike(),
      restartBroker: async () => {
        kafka = { ...kafka, engine: await restartKafka(supervisor, toolchain, kafka) };
      },
      post: this.poster(lake),
      onFault: (name) => this.host.update('faults', name),
    });
    this.host.update('faults', 'deployment that fails half-way');
    const broken = brokenAssembly(cdk.assembly, stack.stackName, join(this.host.folder, 'cdk.broken'));
    const rolledBack = await failDeployment(
      auditor,
      [outputs.BronzeTable, outputs.SilverTable, outputs.GoldTable],
      () => cdk.deploy({ ...emulator, credentials: emulator.principals.deployer }, stack, broken),
    );
    this.host.addFaults(...faults);
    this.host.addChecks(...checks, rolledBack);
    this.host.addNotes(...notes);
    this.addJobStages(emulator, new Map([[outputs.BronzeJobName, 'bronze'], ...steps]), done, ' (faults)');
    return rows;
  }

  /** Posts a few trades once, which Kafka has already: they are duplicates. Undefined for a stack without the API. */
  private poster({ emulator, outputs }: Lake): (() => Promise<Posted>) | undefined {
    const further = this.host.options.trades === undefined ? furtherOutputs(outputs) : undefined;
    if (further === undefined) return undefined;
    const config = writeFeedConfig(this.host.folder, emulator, further);
    return async () =>
      lastLineAsJson<Posted>(
        await this.host.python([feedScript(), 'post', '--config', config], 'Nothing can be posted'),
      );
  }

  /** Posts and drops what does not go to Kafka. Answers how many trades there are in all. */
  private async feed({ emulator, further }: Lake): Promise<number | undefined> {
    if (further === undefined) return undefined;
    const config = writeFeedConfig(this.host.folder, emulator, further);
    return this.host.stage('feed', 'Trades posted, and dropped as files', async () => {
      const begun = Date.now();
      const output = await this.host.python([feedScript(), 'send', '--config', config], 'Nothing can be sent');
      const fed = lastLineAsJson<Fed>(output);
      this.dropped = { inbox: further.FilesInbox, dropped: fed.files };
      this.host.addStage({
        name: 'http',
        engine: 'API Gateway and Lambda',
        version: process.versions.node,
        rowsIn: fed.http.records,
        rowsOut: fed.http.accepted,
        rowsRejected: fed.http.failed,
        seconds: (Date.now() - begun) / 1000,
      });
      this.host.addChecks(...httpChecks(fed));
      return this.host.options.rows;
    });
  }

  /** The files, by the function that a schedule asks. */
  private async runFiles({ emulator, further }: Lake): Promise<void> {
    if (further === undefined) return;
    await this.host.stage('files', 'Files: Glue job on Spark', async () => {
      const done = Journal.read(emulator.journal).executions('glue-job').length;
      const config = join(this.host.folder, 'feed.json');
      const output = await this.host.python([feedScript(), 'run', '--config', config], 'The files cannot be read');
      this.host.addChecks(endsWell('files: the Glue job succeeds', lastLineAsJson<RunResult>(output)));
      this.addJobStages(emulator, new Map([[further.FilesJobName, 'files']]), done, '');
    });
  }

  private async runBronze({ emulator, outputs }: Lake, suffix = ''): Promise<void> {
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const { state, error, overrides } = await runJob(asOperator(emulator), outputs.BronzeJobName);
    this.host.addChecks(endsWell(`bronze${suffix}: the Glue job succeeds`, { state, error }));
    this.host.addNotes(
      ...overrides.map((setting) => `${outputs.BronzeJobName} was started with ${setting}, to let it end.`),
    );
    this.addJobStages(emulator, new Map([[outputs.BronzeJobName, 'bronze']]), done, suffix);
  }

  /** The pipeline as its schedule would start it, and once more for days that are not over, which it leaves out. */
  private async runPipelines(lake: Lake): Promise<void> {
    const jobs = await pipelineJobs(asOperator(lake.emulator), lake.outputs.PipelineArn);
    const didSucceed = await this.runPipelineOnce(lake, jobs, {}, '');
    // Generated trades are of the past.
    if (didSucceed && this.host.options.trades !== undefined) {
      const days = await this.openDays(lake);
      if (days !== undefined) {
        await this.runPipelineOnce(lake, jobs, days, ` (${days.from} to ${days.to})`);
        this.openDaysThrough = days.to;
      }
    }
  }

  private async runPipelineOnce(
    { emulator, outputs }: Lake,
    jobs: ReadonlyMap<string, string>,
    input: object,
    suffix: string,
  ): Promise<boolean> {
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const result = await runPipeline(asOperator(emulator), outputs.PipelineArn, input, () => {
      const runs = Journal.read(emulator.journal).executions('glue-job').slice(done);
      this.host.update('pipeline', runs.map(({ name, state }) => `${jobs.get(name) ?? name} ${state}`).join(', '));
    });
    this.host.addChecks(endsWell(`pipeline${suffix}: the execution succeeds`, result));
    this.addJobStages(emulator, jobs, done, suffix);
    return result.state === 'SUCCEEDED';
  }

  private async openDays(lake: Lake): Promise<{ from: string; to: string } | undefined> {
    const script = join(rehearsalFolder(), 'engines', 'open_days.py');
    const config = this.writeChecksConfig(lake);
    const output = await this.host.python([script, '--config', config], 'The days of silver cannot be read');
    const days = lastLineAsJson<{ from?: string; to?: string }>(output);
    return days.from !== undefined && days.to !== undefined ? { from: days.from, to: days.to } : undefined;
  }

  private addJobStages(emulator: Emulator, names: ReadonlyMap<string, string>, skip: number, suffix: string): void {
    addJobStages(this.host, emulator, skip, (job) => `${stageName(names.get(job) ?? job)}${suffix}`);
  }

  private async judge(lake: Lake): Promise<ReportedFigures | undefined> {
    const config = this.writeChecksConfig(lake);
    await this.host.python(['-m', 'checks', '--config', config], 'The checks cannot be made');
    const judged = JSON.parse(readFileSync(join(this.host.folder, 'checks.json'), 'utf8')) as Judgement;
    judged.stages.forEach((stage) => this.host.addStage({ ...stage, name: `check: ${stage.name}` }));
    this.host.addChecks(...judged.checks);
    return judged.figures;
  }

  private writeChecksConfig({ kafka, emulator, outputs }: Lake): string {
    const file = join(this.host.folder, 'checks-config.json');
    const config = {
      endpoint: emulator.endpoint,
      region: emulator.region,
      accessKeyId: emulator.principals.auditor.accessKeyId,
      secretAccessKey: emulator.principals.auditor.secretAccessKey,
      kafkaBootstrap: kafka.bootstrapServers,
      topic: outputs.TradesTopicName,
      tables: { bronze: outputs.BronzeTable, silver: outputs.SilverTable, gold: outputs.GoldTable },
      features: outputs.FeaturesTable,
      extensions: this.host.toolchain.duckdbExtensions,
      openDaysThrough: this.openDaysThrough,
      ...this.records,
      files: this.dropped,
      trino: this.trino && {
        endpoint: this.trino.endpoint,
        catalog: this.trino.catalog,
        version: this.trino.version,
      },
      tablesDir: join(this.host.folder, 'tables'),
      result: join(this.host.folder, 'checks.json'),
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  private async erase(lake: Lake, wish: ErasureWish): Promise<void> {
    const { emulator, outputs } = lake;
    const { ErasureJobName: jobName, LakeBucketName: bucketName } = outputs;
    if (jobName === undefined || bucketName === undefined) {
      throw new UserError(
        `${this.host.options.stack} has no outputs ErasureJobName and LakeBucketName: leave --erase out.`,
      );
    }
    const checks = await rehearseErasure({
      wish,
      jobName,
      bucketName,
      operator: asOperator(emulator),
      owner: asOwner(emulator),
      duckdbExtensions: this.host.toolchain.duckdbExtensions,
      folder: this.host.folder,
      python: (args) => this.host.python(args, 'The bucket cannot be searched'),
      runAgain: async () => {
        await this.runBronze(lake);
        await this.runPipelines(lake);
      },
    });
    this.host.addChecks(...checks);
  }

  /** Only now, so that its memory and its seconds of start are not those of the pipeline. */
  private async startTrino({ emulator }: Lake): Promise<void> {
    const toolchain = this.trinoToolchain;
    if (toolchain !== undefined) {
      this.trino = await this.host.stage('trino', `Trino ${toolchain.version}`, () =>
        startTrino(this.host.supervisor, toolchain, emulator, join(this.host.folder, 'trino')),
      );
    }
  }

  /** The file with the messages: the one that was given, or a generated one. */
  private async tradesFile(): Promise<string> {
    if (this.host.options.trades !== undefined) {
      return this.host.options.trades;
    }
    const { rows, seed } = this.host.options;
    for (const source of ['kafka', 'http', 'files'] as const) {
      await writeTrades(tradesOf(source, generateTrades({ rows, seed })), join(this.host.folder, `${source}.jsonl`));
    }
    const file = join(this.host.folder, 'trades.jsonl');
    await writeTrades(generateTrades({ rows, seed }), file);
    return file;
  }

  /** A file that was given goes to Kafka alone; faults strike, and erasure looks for, what comes from there. */
  private takesFurther(): boolean {
    const { trades, faults, erase } = this.host.options;
    return trades === undefined && !faults && erase === undefined;
  }
}

interface Judgement {
  readonly stages: readonly ReportedStage[];
  readonly checks: readonly ReportedCheck[];
  readonly figures?: ReportedFigures;
}

function feedScript(): string {
  return join(rehearsalFolder(), 'engines', 'feed.py');
}

function rehearsalFolder(): string {
  return join(packageRoot(), 'bin', 'commands', 'rehearse');
}

/** `QualityGate` as the state machine has it, `quality gate` for people. */
function stageName(state: string): string {
  return state.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
