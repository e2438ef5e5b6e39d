import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { generateTrades } from '../../../blueprints/trading/generator';
import { ExitCode, UserError } from '../../cli-errors';
import { packageRoot } from '../../package-root';
import type { AwsConnection } from './aws';
import { AssemblyStack, Cdk } from './cdk';
import { Emulator, startEmulator, withoutAws } from './engines/emulator';
import { Kafka, restartKafka, startKafka } from './engines/kafka';
import { MemoryWatch } from './engines/memory';
import { produce, Produced } from './engines/producer';
import { Supervisor } from './engines/supervisor';
import { startTrino, Trino } from './engines/trino';
import { brokenAssembly, failDeployment } from './faults/broken-deployment';
import { runFaults } from './faults/run-faults';
import { splitLines } from './faults/split-lines';
import { pipelineJobs, runJob, runPipeline, RunResult } from './jobs';
import { Journal, readJobSummary } from './journal';
import { ProgressView } from './progress';
import { environmentDifferences, NOT_ENFORCED } from './differences';
import { permissionsOf } from './permissions';
import { accountOwner } from './principals';
import { checkMappings, type DeployedMapping, deployedMappings } from './mappings';
import type { RehearsalReport, ReportedCheck, ReportedFault, ReportedStage } from './report/model';
import {
  type Fed,
  furtherOutputs,
  type FurtherOutputs,
  httpChecks,
  tradesOf,
  writeFeedConfig,
} from './stages/further-sources';
import { runProcess } from './run-process';
import { ErasureWish, rehearseErasure } from './stages/erasure';
import { Timings } from './timings';
import { pythonEnvironment } from './toolchain/locate';
import { formatBytes } from './toolchain/output';
import { pinnedVersion, prepareToolchain, Toolchain } from './toolchain/toolchain';
import { prepareTrino, TrinoToolchain } from './toolchain/trino';
import { writeTrades } from './trades';

/** The account that a stack without one of its own is deployed to; AWS uses it in its documentation. */
const ANY_ACCOUNT = '111122223333';
const ANY_REGION = 'us-east-1';

/** How much of the trades is in gold before faults strike what brings the rest. */
const BEFORE_FAULTS = 0.8;

/** Engines that take part only when they are asked for. */
export const ENGINES_ON_REQUEST = ['trino'] as const;
export type EngineOnRequest = (typeof ENGINES_ON_REQUEST)[number];

export interface RehearsalOptions {
  readonly stack: string;
  /** The folder of the CDK app's cdk.json. */
  readonly project: string;
  /** A file with one message a line, instead of generated trades. */
  readonly trades?: string;
  /** Whose messages the file has: the only mapping of sources that the app is to use. */
  readonly source?: string;
  /** How many trades to generate. */
  readonly rows: number;
  readonly seed: number;
  /** Receives the report and the tables. */
  readonly out: string;
  /** Break jobs, broker, storage and disk while the last part of the trades is on its way. */
  readonly faults: boolean;
  /** Leave the working folder: cloud assembly, logs, journal. */
  readonly keep: boolean;
  /** Port of the emulator. */
  readonly port?: number;
  /** Engines beside those that always take part. */
  readonly engines: readonly EngineOnRequest[];
  /** Rows to be erased at the end, by the job that the stack has for it. */
  readonly erase?: ErasureWish;
  readonly signal: AbortSignal;
}

export interface RehearsalResult {
  readonly report: RehearsalReport;
  readonly timings: Timings;
  /** The working folder, when it was kept. */
  readonly folder?: string;
}

/** What the stack tells about itself, by the names of its outputs. */
const REQUIRED_OUTPUTS = [
  'TradesTopicName',
  'BronzeJobName',
  'PipelineArn',
  'BronzeTable',
  'SilverTable',
  'GoldTable',
] as const;
type Outputs = { readonly [name in (typeof REQUIRED_OUTPUTS)[number]]: string } & {
  /** A table that a stack may have besides. */
  readonly FeaturesTable?: string;
  readonly ErasureJobName?: string;
  readonly LakeBucketName?: string;
};

/** What one execution of a stack's data flow needs to know. */
interface Deployed {
  readonly cdk: Cdk;
  readonly stack: AssemblyStack;
  readonly outputs: Outputs;
  /** Of the sources beside Kafka, when they take part. */
  readonly further?: FurtherOutputs;
  readonly kafka: Kafka;
  readonly emulator: Emulator;
  /** The file with the messages for Kafka. */
  readonly trades: string;
}

/** Deploys a stack to the emulated account, runs trades through it, and judges the outcome. */
export class Rehearsal {
  private readonly begun = Date.now();
  private readonly folder = mkdtempSync(join(tmpdir(), 'data-patterns-rehearsal-'));
  private readonly memory = new MemoryWatch();
  private readonly stages: ReportedStage[] = [];
  private readonly checks: ReportedCheck[] = [];
  private readonly faults: ReportedFault[] = [];
  private readonly notes: string[] = [];
  private readonly seconds: { [stage: string]: number } = {};
  private supervisor?: Supervisor;
  /** Fetched when it is asked for. */
  private trinoToolchain?: TrinoToolchain;
  private trino?: Trino;
  /** The last of the days that are not over and for which gold was asked all the same. */
  private openDaysThrough?: string;
  /** The files that were dropped, and where. */
  private dropped?: { readonly inbox: string; readonly dropped: Fed['files'] };
  /** Of the sources whose messages are no trades in our own form. */
  private mappings: readonly DeployedMapping[] = [];

  public constructor(
    private readonly options: RehearsalOptions,
    private readonly view: ProgressView,
  ) {}

  /**
   * Runs the whole rehearsal. Whatever happens, every process that it started is gone when it returns.
   *
   * @throws UserError when the input or the machine does not allow a rehearsal
   */
  public async run(): Promise<RehearsalResult> {
    let keep = this.options.keep;
    try {
      const toolchain = await this.stage('toolchain', 'Toolchain', () => this.prepareToolchain());
      this.supervisor = new Supervisor(toolchain.python);
      const report = await Promise.race([
        this.flow(toolchain, this.supervisor),
        this.supervisor.crashed,
        this.aborted(),
      ]);
      // What is needed to find out why.
      keep ||= report.checks.some((check) => !check.passed);
      this.copyTables();
      return { report, timings: this.timings(report.rows), folder: keep ? this.folder : undefined };
    } catch (error) {
      keep ||= !this.options.signal.aborted && !isInputError(error);
      if (keep) {
        this.view.note(`Logs and journal: ${this.folder}`);
      }
      throw error;
    } finally {
      this.memory.stop();
      await this.supervisor?.stopAll();
      if (!keep) {
        rmSync(this.folder, { recursive: true, force: true });
      }
    }
  }

  private async flow(toolchain: Toolchain, supervisor: Supervisor): Promise<RehearsalReport> {
    const deployed = await this.deploy(toolchain, supervisor);
    const [first, rest] = await this.tradesInParts(deployed.trades);
    const produced = await this.stage('trades', 'Trades into Kafka', () => this.sendTrades(toolchain, deployed, first));
    const fed = await this.feed(toolchain, deployed);
    await this.stage('bronze', 'Bronze: Glue job on Spark', () => this.runBronze(deployed));
    await this.runFiles(toolchain, deployed);
    await this.stage('pipeline', 'Silver, quality gate, gold: pipeline of Step Functions', () =>
      this.runPipelines(toolchain, deployed),
    );
    let { rows } = produced;
    if (rest !== undefined) {
      rows += await this.stage('faults', 'Faults: the rest of the trades, and what is interrupted run again', () =>
        this.strike(toolchain, supervisor, deployed, rest),
      );
    }
    await this.startTrino(deployed, supervisor);
    const figures = await this.stage('checks', 'Checks by an independent computation', () =>
      this.judge(toolchain, deployed),
    );
    const { erase } = this.options;
    if (erase !== undefined) {
      await this.stage('erasure', `Erasure by ${erase.column}`, () => this.erase(toolchain, deployed, erase));
    }
    return this.report(deployed, fed ?? rows, figures);
  }

  private async erase(toolchain: Toolchain, deployed: Deployed, wish: ErasureWish): Promise<void> {
    const { emulator, outputs } = deployed;
    const { ErasureJobName: jobName, LakeBucketName: bucketName } = outputs;
    if (jobName === undefined || bucketName === undefined) {
      throw new UserError(`${this.options.stack} has no outputs ErasureJobName and LakeBucketName: leave --erase out.`);
    }
    const checks = await rehearseErasure({
      wish,
      jobName,
      bucketName,
      operator: asOperator(emulator),
      owner: { ...emulator, credentials: accountOwner(emulator.account) },
      duckdbExtensions: toolchain.duckdbExtensions,
      folder: this.folder,
      python: (args) => this.python(toolchain, args, 'The bucket cannot be searched'),
      runAgain: async () => {
        await this.runBronze(deployed);
        await this.runPipelines(toolchain, deployed);
      },
    });
    this.checks.push(...checks);
  }

  /** Starts the engines while the app is synthesized, because both take seconds. */
  private async deploy(toolchain: Toolchain, supervisor: Supervisor): Promise<Deployed> {
    const { project, signal, source } = this.options;
    const cdk = new Cdk({ project, folder: this.folder, signal, context: source === undefined ? {} : { source } });
    const tradesFile = this.tradesFile();
    const synthesized = this.stage('synth', 'Synthesis of the CDK app', async () => {
      const stacks = await cdk.synth(ANY_ACCOUNT, ANY_REGION);
      const stack = findStack(stacks, this.options.stack);
      this.mappings = deployedMappings(stack.assembly, stack.template);
      checkMappings(this.mappings, source, this.options.trades !== undefined);
      return stack;
    });
    const engines = this.stage('engines', 'Kafka and the AWS emulator', async () => {
      const kafka = await startKafka(supervisor, toolchain, join(this.folder, 'kafka'));
      const emulator = await this.startEmulator(toolchain, supervisor, kafka, ANY_ACCOUNT, ANY_REGION);
      await cdk.bootstrap({ ...emulator, credentials: accountOwner(emulator.account) });
      return { kafka, emulator };
    });
    const [stack, { kafka, emulator: first }] = await Promise.all([synthesized, engines]);
    return this.stage('deploy', 'Deployment by the CDK CLI', async () => {
      const account = stack.account ?? ANY_ACCOUNT;
      const region = stack.region ?? ANY_REGION;
      let emulator = first;
      if (account !== first.account || region !== first.region) {
        await supervisor.stop(first.engine);
        emulator = await this.startEmulator(toolchain, supervisor, kafka, account, region);
        await cdk.bootstrap({ ...emulator, credentials: accountOwner(emulator.account) });
      }
      const [outputs, trades] = await Promise.all([
        cdk.deploy({ ...emulator, credentials: emulator.principals.deployer }, stack),
        tradesFile,
      ]);
      const further = this.takesFurther() ? furtherOutputs(outputs) : undefined;
      const inKafka = further === undefined ? trades : join(this.folder, 'kafka.jsonl');
      return { cdk, stack, outputs: requireOutputs(stack, outputs), further, kafka, emulator, trades: inKafka };
    });
  }

  private async prepareToolchain(): Promise<Toolchain> {
    const onProgress = (message: string): void => this.view.update('toolchain', message);
    const toolchain = await prepareToolchain({ onProgress });
    if (this.options.engines.includes('trino')) {
      this.trinoToolchain = await prepareTrino(toolchain, { onProgress });
    }
    const downloadedBytes = toolchain.downloadedBytes + (this.trinoToolchain?.downloadedBytes ?? 0);
    if (downloadedBytes > 0) {
      this.view.note(`Downloaded ${formatBytes(downloadedBytes)} for the toolchain in ${toolchain.cache}`);
      this.notes.push(`The toolchain was fetched first: ${formatBytes(downloadedBytes)}.`);
    }
    return toolchain;
  }

  /** Only now, so that its memory and its seconds of start are not those of the pipeline. */
  private async startTrino({ emulator }: Deployed, supervisor: Supervisor): Promise<void> {
    const toolchain = this.trinoToolchain;
    if (toolchain !== undefined) {
      this.trino = await this.stage('trino', `Trino ${toolchain.version}`, () =>
        startTrino(supervisor, toolchain, emulator, join(this.folder, 'trino')),
      );
    }
  }

  private startEmulator(
    toolchain: Toolchain,
    supervisor: Supervisor,
    kafka: Kafka,
    account: string,
    region: string,
  ): Promise<Emulator> {
    return startEmulator(supervisor, toolchain, {
      account,
      region,
      kafkaBootstrap: kafka.bootstrapServers,
      folder: join(this.folder, `aws-${account}-${region}`),
      nodePath: [this.options.project, packageRoot()].map((folder) => join(folder, 'node_modules')),
      port: this.options.port,
    });
  }

  /** The file with the messages: the one that was given, or a generated one. */
  private async tradesFile(): Promise<string> {
    if (this.options.trades !== undefined) {
      return this.options.trades;
    }
    const { rows, seed } = this.options;
    for (const source of ['kafka', 'http', 'files'] as const) {
      await writeTrades(tradesOf(source, generateTrades({ rows, seed })), join(this.folder, `${source}.jsonl`));
    }
    const file = join(this.folder, 'trades.jsonl');
    await writeTrades(generateTrades({ rows, seed }), file);
    return file;
  }

  /** All of the trades, or, where faults are to strike between two parts, most of them and the rest. */
  private async tradesInParts(trades: string): Promise<[string, string?]> {
    if (!this.options.faults) {
      return [trades];
    }
    const parts: [string, string] = [join(this.folder, 'trades-1.jsonl'), join(this.folder, 'trades-2.jsonl')];
    await splitLines(trades, BEFORE_FAULTS, ...parts);
    return parts;
  }

  /** Brings the rest of the trades while things break; gives the number of its messages. */
  private async strike(
    toolchain: Toolchain,
    supervisor: Supervisor,
    deployed: Deployed,
    trades: string,
  ): Promise<number> {
    const { cdk, stack, emulator, outputs } = deployed;
    const auditor = { ...emulator, credentials: emulator.principals.auditor };
    const { rows } = await this.sendTrades(toolchain, deployed, trades);
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const steps = await pipelineJobs(asOperator(emulator), outputs.PipelineArn);
    const job = (step: string): string => [...steps].find(([, name]) => name === step)?.[0] ?? '';
    let { kafka } = deployed;
    const { faults, checks } = await runFaults({
      journal: emulator.journal,
      auditor,
      python: toolchain.python,
      signal: this.options.signal,
      tables: { bronze: outputs.BronzeTable, silver: outputs.SilverTable, gold: outputs.GoldTable },
      jobs: { bronze: outputs.BronzeJobName, silver: job('Silver'), gold: job('Gold') },
      runBronze: () => runJob(asOperator(emulator), outputs.BronzeJobName),
      runPipeline: () => runPipeline(asOperator(emulator), outputs.PipelineArn, {}, () => undefined),
      killBroker: () => kafka.engine.strike(),
      restartBroker: async () => {
        kafka = { ...kafka, engine: await restartKafka(supervisor, toolchain, kafka) };
      },
      onFault: (name) => this.view.update('faults', name),
    });
    this.view.update('faults', 'deployment that fails half-way');
    const broken = brokenAssembly(cdk.assembly, stack.stackName, join(this.folder, 'cdk.broken'));
    const rolledBack = await failDeployment(
      auditor,
      [outputs.BronzeTable, outputs.SilverTable, outputs.GoldTable],
      () => cdk.deploy({ ...emulator, credentials: emulator.principals.deployer }, stack, broken),
    );
    this.faults.push(...faults);
    this.checks.push(...checks, rolledBack);
    this.addJobStages(emulator, new Map([[outputs.BronzeJobName, 'bronze'], ...steps]), done, ' (faults)');
    return rows;
  }

  /** A file that was given goes to Kafka alone; faults strike, and erasure looks for, what comes from there. */
  private takesFurther(): boolean {
    const { trades, faults, erase } = this.options;
    return trades === undefined && !faults && erase === undefined;
  }

  /** Posts and drops what does not go to Kafka. Answers how many trades there are in all. */
  private async feed(toolchain: Toolchain, { emulator, further }: Deployed): Promise<number | undefined> {
    if (further === undefined) return undefined;
    const config = writeFeedConfig(this.folder, emulator, further);
    return this.stage('feed', 'Trades posted, and dropped as files', async () => {
      const begun = Date.now();
      const output = await this.python(toolchain, [feedScript(), 'send', '--config', config], 'Nothing can be sent');
      const fed = JSON.parse(output.split('\n').pop() ?? '{}') as Fed;
      this.dropped = { inbox: further.FilesInbox, dropped: fed.files };
      this.addStage('http', 'API Gateway and Lambda', process.versions.node, {
        rowsIn: fed.http.records,
        rowsOut: fed.http.accepted,
        rowsRejected: fed.http.failed,
        seconds: (Date.now() - begun) / 1000,
      });
      this.checks.push(...httpChecks(fed));
      return this.options.rows;
    });
  }

  /** The files, by the function that a schedule asks. */
  private async runFiles(toolchain: Toolchain, { emulator, further }: Deployed): Promise<void> {
    if (further === undefined) return;
    await this.stage('files', 'Files: Glue job on Spark', async () => {
      const done = Journal.read(emulator.journal).executions('glue-job').length;
      const config = join(this.folder, 'feed.json');
      const output = await this.python(
        toolchain,
        [feedScript(), 'run', '--config', config],
        'The files cannot be read',
      );
      this.checks.push(
        endsWell('files: the Glue job succeeds', JSON.parse(output.split('\n').pop() ?? '{}') as RunResult),
      );
      this.addJobStages(emulator, new Map([[further.FilesJobName, 'files']]), done, '');
    });
  }

  private async sendTrades(toolchain: Toolchain, { kafka, outputs }: Deployed, trades: string): Promise<Produced> {
    const begun = Date.now();
    const produced = await produce({
      python: toolchain.python,
      bootstrapServers: kafka.bootstrapServers,
      topic: outputs.TradesTopicName,
      file: trades,
      signal: this.options.signal,
      onRows: (rows) => this.view.update('trades', `${count(rows)} rows`),
    });
    this.addStage('kafka', 'Apache Kafka', kafka.version, {
      rowsIn: produced.lines,
      rowsOut: produced.rows,
      rowsRejected: produced.refused.length,
      seconds: (Date.now() - begun) / 1000,
    });
    this.checks.push(everyLineSent(produced));
    return produced;
  }

  private async runBronze({ emulator, outputs }: Deployed): Promise<void> {
    const { state, error, overrides } = await runJob(asOperator(emulator), outputs.BronzeJobName);
    this.checks.push(endsWell('bronze: the Glue job succeeds', { state, error }));
    this.notes.push(
      ...overrides.map((setting) => `${outputs.BronzeJobName} was started with ${setting}, to let it end.`),
    );
    this.addJobStages(emulator, new Map([[outputs.BronzeJobName, 'bronze']]), 0, '');
  }

  /** The pipeline as its schedule would start it, and once more for days that are not over, which it leaves out. */
  private async runPipelines(toolchain: Toolchain, deployed: Deployed): Promise<void> {
    const jobs = await pipelineJobs(asOperator(deployed.emulator), deployed.outputs.PipelineArn);
    const didSucceed = await this.runPipelineOnce(deployed, jobs, {}, '');
    // Generated trades are of the past.
    if (didSucceed && this.options.trades !== undefined) {
      const days = await this.openDays(toolchain, deployed);
      if (days !== undefined) {
        await this.runPipelineOnce(deployed, jobs, days, ` (${days.from} to ${days.to})`);
        this.openDaysThrough = days.to;
      }
    }
  }

  private async runPipelineOnce(
    { emulator, outputs }: Deployed,
    jobs: ReadonlyMap<string, string>,
    input: object,
    suffix: string,
  ): Promise<boolean> {
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const result = await runPipeline(asOperator(emulator), outputs.PipelineArn, input, () => {
      const runs = Journal.read(emulator.journal).executions('glue-job').slice(done);
      this.view.update('pipeline', runs.map(({ name, state }) => `${jobs.get(name) ?? name} ${state}`).join(', '));
    });
    this.checks.push(endsWell(`pipeline${suffix}: the execution succeeds`, result));
    this.addJobStages(emulator, jobs, done, suffix);
    return result.state === 'SUCCEEDED';
  }

  private async openDays(toolchain: Toolchain, deployed: Deployed): Promise<{ from: string; to: string } | undefined> {
    const script = join(rehearsalFolder(), 'engines', 'open_days.py');
    const config = this.writeChecksConfig(toolchain, deployed);
    const output = await this.python(toolchain, [script, '--config', config], 'The days of silver cannot be read');
    const days = JSON.parse(output.split('\n').pop() ?? '{}') as { from?: string; to?: string };
    return days.from !== undefined && days.to !== undefined ? { from: days.from, to: days.to } : undefined;
  }

  /** A stage for every Glue job that ran after the first `skip` of them, with what it said about its rows. */
  private addJobStages(emulator: Emulator, names: ReadonlyMap<string, string>, skip: number, suffix: string): void {
    for (const run of Journal.read(emulator.journal).executions('glue-job').slice(skip)) {
      const name = `${stageName(names.get(run.name) ?? run.name)}${suffix}`;
      const summary = readJobSummary(run.logFile);
      this.addStage(name, 'Apache Spark', pinnedVersion('pyspark'), {
        rowsIn: summary?.rowsIn ?? 0,
        rowsOut: summary?.rowsOut ?? 0,
        rowsRejected: summary?.rowsRejected ?? 0,
        seconds: run.seconds,
        workSeconds: summary?.seconds,
      });
      if (summary === undefined && run.state === 'SUCCEEDED') {
        // A job that reports success without having come to its end has not run.
        this.checks.push({
          name: `${name}: the job comes to its end`,
          expected: 'a job summary',
          actual: 'none',
          passed: false,
        });
      }
    }
  }

  private async judge(toolchain: Toolchain, deployed: Deployed): Promise<RehearsalReport['figures']> {
    const config = this.writeChecksConfig(toolchain, deployed);
    await this.python(toolchain, ['-m', 'checks', '--config', config], 'The checks cannot be made');
    const judged = JSON.parse(readFileSync(join(this.folder, 'checks.json'), 'utf8')) as Judgement;
    this.stages.push(...judged.stages.map((stage) => ({ ...stage, name: `check: ${stage.name}` })));
    this.checks.push(...judged.checks, ...violationChecks(Journal.read(deployed.emulator.journal)));
    return judged.figures;
  }

  private writeChecksConfig(toolchain: Toolchain, { kafka, emulator, outputs }: Deployed): string {
    const file = join(this.folder, 'checks-config.json');
    const config = {
      endpoint: emulator.endpoint,
      region: emulator.region,
      accessKeyId: emulator.principals.auditor.accessKeyId,
      secretAccessKey: emulator.principals.auditor.secretAccessKey,
      kafkaBootstrap: kafka.bootstrapServers,
      topic: outputs.TradesTopicName,
      tables: { bronze: outputs.BronzeTable, silver: outputs.SilverTable, gold: outputs.GoldTable },
      features: outputs.FeaturesTable,
      extensions: toolchain.duckdbExtensions,
      openDaysThrough: this.openDaysThrough,
      mappings: this.mappings,
      files: this.dropped,
      trino: this.trino && {
        endpoint: this.trino.endpoint,
        catalog: this.trino.catalog,
        version: this.trino.version,
      },
      tablesDir: join(this.folder, 'tables'),
      result: join(this.folder, 'checks.json'),
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  private async python(toolchain: Toolchain, args: readonly string[], failure: string): Promise<string> {
    const { code, output } = await runProcess(toolchain.python, args, {
      env: { ...withoutAws(pythonEnvironment()), PYTHONPATH: rehearsalFolder() },
      cwd: this.folder,
      signal: this.options.signal,
    });
    if (code !== 0) {
      throw new UserError(`${failure}:\n${output.trimEnd().split('\n').slice(-15).join('\n')}`, ExitCode.FAILED);
    }
    return output.trimEnd();
  }

  private report({ stack, emulator }: Deployed, rows: number, figures: RehearsalReport['figures']): RehearsalReport {
    const resources = Journal.read(emulator.journal).resources(stack.stackName);
    this.memory.stop();
    return {
      stack: this.options.stack,
      seed: this.options.trades === undefined ? this.options.seed : null,
      rows,
      resources: resources.map(({ logicalId, type, label, note }) => ({ logicalId, type, label, note })),
      stages: this.stages,
      checks: this.checks,
      peakMemoryMiB: this.memory.peakMiB,
      seconds: round((Date.now() - this.begun) / 1000),
      finishedAt: new Date().toISOString(),
      figures,
      permissions: permissionsOf(Journal.read(emulator.journal), stack.stackName),
      faults: this.options.faults ? this.faults : undefined,
      environment: environmentDifferences(emulator.sparkOverrides, this.trino?.version),
      notes: [...this.notes, ...NOT_ENFORCED],
    };
  }

  /** Copies the tables into the folder of the report, in place of those of an earlier rehearsal. */
  private copyTables(): void {
    const target = join(this.options.out, 'tables');
    rmSync(target, { recursive: true, force: true });
    cpSync(join(this.folder, 'tables'), target, { recursive: true });
  }

  private addStage(
    name: string,
    engine: string,
    version: string,
    figures: Omit<ReportedStage, 'name' | 'engine' | 'version'>,
  ): void {
    this.stages.push({ name, engine, version, ...figures, seconds: round(figures.seconds) });
  }

  /** Runs one stage and shows it. */
  private async stage<T>(name: string, title: string, work: () => Promise<T>): Promise<T> {
    const begun = Date.now();
    this.view.start(name, title);
    try {
      const result = await work();
      this.seconds[name] = (Date.now() - begun) / 1000;
      this.view.finish(name);
      return result;
    } catch (error) {
      this.view.fail(name);
      throw error;
    }
  }

  private timings(rows: number): Timings {
    // The engines started beside the synthesis.
    const stages = Object.entries(this.seconds).filter(([name]) => name !== 'engines');
    return { rows, stages: Object.fromEntries(stages) };
  }

  private aborted(): Promise<never> {
    const { signal } = this.options;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

function asOperator(emulator: Emulator): AwsConnection {
  return { ...emulator, credentials: emulator.principals.operator };
}

interface Judgement {
  readonly stages: readonly ReportedStage[];
  readonly checks: readonly ReportedCheck[];
  readonly figures: RehearsalReport['figures'];
}

function isInputError(error: unknown): boolean {
  return error instanceof UserError && error.exitCode === ExitCode.INPUT;
}

function feedScript(): string {
  return join(rehearsalFolder(), 'engines', 'feed.py');
}

function rehearsalFolder(): string {
  return join(packageRoot(), 'bin', 'commands', 'rehearse');
}

function findStack(stacks: readonly AssemblyStack[], name: string): AssemblyStack {
  const found = stacks.find((stack) => stack.displayName === name || stack.stackName === name);
  if (found === undefined) {
    const names = stacks.map(({ displayName }) => displayName);
    throw new UserError(`${name}: the app has no such stack; it has ${names.join(', ') || 'none'}.`);
  }
  return found;
}

function requireOutputs(stack: AssemblyStack, outputs: { readonly [name: string]: string }): Outputs {
  const missing = REQUIRED_OUTPUTS.filter((name) => outputs[name] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `${stack.displayName}: the stack has no output ${missing.join(', ')}, by which a rehearsal finds topic, jobs and tables; add it (CfnOutput), or rehearse a blueprint's stack.`,
    );
  }
  return outputs as Outputs;
}

function everyLineSent({ lines, rows, refused, maxMessageBytes }: Produced): ReportedCheck {
  const examples = refused.slice(0, 3).map(({ line, bytes }) => `line ${line} has ${count(bytes)} bytes`);
  const reason = refused.length > 0 ? `; the topic takes ${count(maxMessageBytes)} bytes, ${examples.join(', ')}` : '';
  return {
    name: 'kafka: every line is a message',
    expected: `${count(lines)} messages`,
    actual: `${count(rows)} messages${reason}`,
    passed: rows === lines,
  };
}

function endsWell(name: string, { state, error }: RunResult): ReportedCheck {
  const actual = error === undefined ? state : `${state}: ${error}`;
  return { name, expected: 'SUCCEEDED', actual, passed: state === 'SUCCEEDED' };
}

/** What the emulator let pass and AWS would not: one failed check each, or a passed one when there is nothing. */
function violationChecks(journal: Journal): ReportedCheck[] {
  const name = 'emulator: nothing passed that AWS would refuse';
  const failed = journal.violations().map(({ rule, subject, message }) => ({
    name: `${name} (${rule})`,
    expected: 'nothing',
    actual: `${subject}: ${message}`,
    passed: false,
  }));
  return failed.length > 0 ? failed : [{ name, expected: 'nothing', actual: 'nothing', passed: true }];
}

/** `QualityGate` as the state machine has it, `quality gate` for people. */
function stageName(state: string): string {
  return state.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
