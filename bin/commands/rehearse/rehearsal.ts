import { cpSync, existsSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ExitCode, UserError } from '../../cli-errors';
import { FLINK_RUNNER_MISSING } from '../../../lib/streaming/private/flink-runner';
import { packageRoot } from '../../package-root';
import { AssemblyStack, Cdk } from './cdk';
import { NOT_ENFORCED } from './differences';
import { announceEngines, Emulator, inAccount, startEmulator, withoutAws } from './engines/emulator';
import { MemoryWatch } from './engines/memory';
import { Supervisor } from './engines/supervisor';
import type { DataFlow, Deployed, DeployedStack, FlowOutcome, RehearsalHost } from './flows/data-flow';
import { flowKindOf, requireFitting, stacksNamed } from './flows/flow-kinds';
import { Journal } from './journal';
import { permissionsOf } from './permissions';
import { accountOwner } from './principals';
import { formatRows, type ProgressView } from './progress';
import type { RehearsalOptions } from './rehearsal-options';
import type { RehearsalReport, ReportedCheck, ReportedFault, ReportedStage } from './report/model';
import { runProcess } from './run-process';
import { Timings } from './timings';
import { pythonEnvironment } from './toolchain/locate';
import { prepareFlink } from './toolchain/flink';
import { formatBytes } from './toolchain/output';
import { prepareToolchain, Toolchain } from './toolchain/toolchain';

/** The account that a stack without one of its own is deployed to; AWS uses it in its documentation. */
const ANY_ACCOUNT = '111122223333';
const ANY_REGION = 'us-east-1';

export interface RehearsalResult {
  readonly report: RehearsalReport;
  readonly timings: Timings;
  /** The working folder, when it was kept. */
  readonly folder?: string;
}

/** Deploys a stack to the emulated account, or several to several, lets its pattern's flow run data through it, and reports the outcome. */
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
        this.rehearse(this.host(toolchain, this.supervisor)),
        this.supervisor.crashed,
        this.aborted(),
      ]);
      // What is needed to find out why.
      keep ||= report.checks.some((check) => !check.passed);
      this.copyOut('tables');
      this.copyOut('portal');
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

  private async prepareToolchain(): Promise<Toolchain> {
    const toolchain = await prepareToolchain({ onProgress: (message) => this.view.update('toolchain', message) });
    this.tellDownload(toolchain.downloadedBytes, toolchain.cache);
    return toolchain;
  }

  private async rehearse(host: RehearsalHost): Promise<RehearsalReport> {
    const { project, signal, source, environment } = this.options;
    const cdk = new Cdk({ project, folder: this.folder, signal, context: { source, environment } });
    // Both take seconds.
    const [{ stacks, flow }, first] = await Promise.all([
      this.stage('synth', 'Synthesis of the CDK app', () => this.synth(cdk, host)),
      this.stage('emulator', 'AWS emulator', () => this.startEmulator(host, ANY_ACCOUNT, ANY_REGION)),
    ]);
    await this.prepareFlow(flow, host.toolchain);
    const emulator = await this.stage('engines', 'Engines and the emulated account', () =>
      this.prepareAccounts(host, cdk, stacks, flow, first),
    );
    const deployedStacks = await this.stage('deploy', 'Deployment by the CDK CLI', () =>
      this.deploy(cdk, stacks, emulator),
    );
    const deployed = { cdk, ...deployedStacks[0], stacks: deployedStacks };
    const outcome = await flow.run(deployed);
    this.checks.push(...violationChecks(Journal.read(emulator.journal)), iamCheck(this.options));
    return this.report(deployed, outcome);
  }

  private async synth(cdk: Cdk, host: RehearsalHost): Promise<{ stacks: AssemblyStack[]; flow: DataFlow }> {
    const stacks = await this.synthStacks(cdk, host);
    const kind = flowKindOf(stacks);
    requireFitting(kind, stacks[0], this.options);
    const flow = kind.create(host, stacks[0], stacks);
    flow.inspect?.();
    return { stacks, flow };
  }

  /** Synthesizes the app; what a stack with Flink is synthesized from is built on the first occasion. */
  private async synthStacks(cdk: Cdk, { toolchain }: RehearsalHost): Promise<AssemblyStack[]> {
    const { stack: name } = this.options;
    let stacks = await this.synthesized(cdk);
    if (stacksNamed(name, stacks).length === 0 && cdk.said.includes(FLINK_RUNNER_MISSING)) {
      const onProgress = (message: string): void => this.view.update('synth', message);
      const { downloadedBytes } = await prepareFlink(toolchain, { onProgress });
      this.tellDownload(downloadedBytes, toolchain.cache);
      stacks = await cdk.synth(ANY_ACCOUNT, ANY_REGION);
    }
    const named = stacksNamed(name, stacks);
    if (named.length === 0) {
      const names = stacks.map(({ displayName }) => displayName).join(', ') || 'none';
      // A blueprint that could not be built is left out, and says why.
      throw new UserError(`${name}: the app has no such stack; it has ${names}.\n${cdk.said}`.trim());
    }
    return named;
  }

  /** The stacks; none when the app stops for want of Flink's jar. */
  private async synthesized(cdk: Cdk): Promise<AssemblyStack[]> {
    try {
      return await cdk.synth(ANY_ACCOUNT, ANY_REGION);
    } catch (error) {
      if (cdk.said.includes(FLINK_RUNNER_MISSING)) return [];
      throw error;
    }
  }

  private async prepareFlow(flow: DataFlow, { cache }: Toolchain): Promise<void> {
    const prepare = flow.prepare?.bind(flow);
    if (prepare === undefined) return;
    const downloadedBytes = await this.stage('flow-toolchain', 'Toolchain of this pattern', () =>
      prepare((message) => this.view.update('flow-toolchain', message)),
    );
    this.tellDownload(downloadedBytes, cache);
  }

  private tellDownload(bytes: number, cache: string): void {
    if (bytes > 0) {
      this.view.note(`Downloaded ${formatBytes(bytes)} for the toolchain in ${cache}`);
      this.notes.push(`A part of the toolchain was fetched first: ${formatBytes(bytes)}.`);
    }
  }

  /** The accounts that the stacks can be deployed to, with the engines that their resources stand on. */
  private async prepareAccounts(
    host: RehearsalHost,
    cdk: Cdk,
    stacks: readonly AssemblyStack[],
    flow: DataFlow,
    first: Emulator,
  ): Promise<Emulator> {
    const [account, ...others] = new Set(stacks.map(accountOf));
    const region = regionOf(stacks);
    let emulator = first;
    if (account !== first.account || others.length > 0 || region !== first.region) {
      await host.supervisor.stop(first.engine);
      emulator = await this.startEmulator(host, account, region, others);
    }
    const owned = [account, ...others].map((each) => inAccount(emulator, each));
    const [endpoints] = await Promise.all([
      flow.startEngines(),
      ...owned.map((each) => cdk.bootstrap({ ...each, credentials: accountOwner(each.account) })),
    ]);
    announceEngines(emulator, endpoints);
    return emulator;
  }

  /** Deploys each stack to its account, by those who may deploy there. */
  private async deploy(cdk: Cdk, stacks: readonly AssemblyStack[], emulator: Emulator): Promise<DeployedStack[]> {
    const deployed: DeployedStack[] = [];
    for (const stack of stacks) {
      if (stacks.length > 1)
        this.view.update('deploy', `${stack.displayName} (${deployed.length + 1} of ${stacks.length})`);
      const own = inAccount(emulator, accountOf(stack));
      const outputs = await cdk.deploy({ ...own, credentials: own.principals.deployer }, stack);
      deployed.push({ stack, outputs, emulator: own });
    }
    return deployed;
  }

  private startEmulator(
    { supervisor, toolchain }: RehearsalHost,
    account: string,
    region: string,
    furtherAccounts: readonly string[] = [],
  ): Promise<Emulator> {
    return startEmulator(supervisor, toolchain, {
      account,
      furtherAccounts,
      region,
      folder: join(this.folder, `aws-${account}-${region}`),
      nodePath: [this.options.project, packageRoot()].map((folder) => join(folder, 'node_modules')),
      port: this.options.port,
      enforceIam: this.options.enforceIam,
    });
  }

  private host(toolchain: Toolchain, supervisor: Supervisor): RehearsalHost {
    return {
      options: this.options,
      toolchain,
      supervisor,
      folder: this.folder,
      stages: this.stages,
      stage: (name, title, work) => this.stage(name, title, work),
      update: (stage, state) => this.view.update(stage, state),
      addStage: (stage) => void this.stages.push({ ...stage, seconds: round(stage.seconds) }),
      addChecks: (...checks) => void this.checks.push(...checks),
      addFaults: (...faults) => void this.faults.push(...faults),
      addNotes: (...notes) => void this.notes.push(...notes),
      python: (args, failure) => this.python(toolchain, args, failure),
    };
  }

  private async python(toolchain: Toolchain, args: readonly string[], failure: string): Promise<string> {
    const { code, output } = await runProcess(toolchain.python, args, {
      env: { ...withoutAws(pythonEnvironment()), PYTHONPATH: join(packageRoot(), 'bin', 'commands', 'rehearse') },
      cwd: this.folder,
      signal: this.options.signal,
    });
    if (code !== 0) {
      throw new UserError(`${failure}:\n${output.trimEnd().split('\n').slice(-15).join('\n')}`, ExitCode.FAILED);
    }
    return output.trimEnd();
  }

  private report({ stacks, emulator }: Deployed, outcome: FlowOutcome): RehearsalReport {
    const journal = Journal.read(emulator.journal);
    const names = stacks.map(({ stack }) => stack.stackName);
    this.memory.stop();
    return {
      stack: this.options.stack,
      seed: this.options.trades === undefined ? this.options.seed : null,
      rows: outcome.rows,
      resources: names
        .flatMap((name) => journal.resources(name))
        .map(({ logicalId, type, label, note }) => ({ logicalId, type, label, note })),
      stages: this.stages,
      checks: this.checks,
      peakMemoryMiB: this.memory.peakMiB,
      seconds: round((Date.now() - this.begun) / 1000),
      finishedAt: new Date().toISOString(),
      pipeline: outcome.pipeline,
      figures: outcome.figures,
      charts: outcome.charts,
      totals: outcome.totals,
      permissions: names.flatMap((name) => permissionsOf(journal, name)),
      faults: this.options.faults ? this.faults : undefined,
      environment: outcome.environment,
      notes: [...this.notes, ...NOT_ENFORCED],
    };
  }

  /** Copies what a flow has made into the folder of the report, in place of that of an earlier rehearsal. */
  private copyOut(name: string): void {
    const [source, target] = [join(this.folder, name), join(this.options.out, name)];
    rmSync(target, { recursive: true, force: true });
    if (existsSync(source)) {
      cpSync(source, target, { recursive: true });
    }
  }

  /** Runs one stage and shows it. */
  private async stage<T>(name: string, title: string, work: () => Promise<T>): Promise<T> {
    const begun = Date.now();
    const earlier = this.stages.length;
    this.view.start(name, title);
    try {
      const result = await work();
      this.seconds[name] = (Date.now() - begun) / 1000;
      this.view.finish(name, formatRows(this.stages.slice(earlier)));
      return result;
    } catch (error) {
      this.view.fail(name);
      throw error;
    }
  }

  private timings(rows: number): Timings {
    // The emulator started beside the synthesis.
    const stages = Object.entries(this.seconds).filter(([name]) => name !== 'emulator');
    return { rows, stages: Object.fromEntries(stages) };
  }

  private aborted(): Promise<never> {
    const { signal } = this.options;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

function isInputError(error: unknown): boolean {
  return error instanceof UserError && error.exitCode === ExitCode.INPUT;
}

function accountOf({ account = ANY_ACCOUNT }: AssemblyStack): string {
  return account;
}

function regionOf(stacks: readonly AssemblyStack[]): string {
  const [region, ...others] = new Set(stacks.map(({ region: stated = ANY_REGION }) => stated));
  if (others.length > 0) {
    throw new UserError(
      `${stacks.map(({ displayName }) => displayName).join(', ')} are in several regions (${[region, ...others].join(', ')}); a rehearsal plays one: synthesize them for the same.`,
    );
  }
  return region;
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

/** What passes without IAM says nothing about the deployed roles. */
function iamCheck({ enforceIam }: RehearsalOptions): ReportedCheck {
  const [expected, actual] = [
    'by the policies of its sender',
    enforceIam ? 'by the policies of its sender' : 'not at all',
  ];
  return { name: 'iam: every request is judged', expected, actual, passed: enforceIam };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
