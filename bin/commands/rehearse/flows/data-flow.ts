import type { Cdk, AssemblyStack } from '../cdk';
import type { Emulator } from '../engines/emulator';
import type { EngineEndpoints } from '../engines/endpoints';
import type { Supervisor } from '../engines/supervisor';
import type { RehearsalOptions } from '../rehearsal-options';
import type {
  EnvironmentDifference,
  ReportedChart,
  ReportedCheck,
  ReportedFault,
  ReportedFigures,
  ReportedPipeline,
  ReportedStage,
  ReportedTotal,
} from '../report/model';
import type { Toolchain } from '../toolchain/toolchain';

/** Options of the command line that not every flow has a use for. */
export type FlowOption = 'trades' | 'rate' | 'source' | 'faults' | 'erase' | 'with';

/** The outputs of a stack, by name. */
export type StackOutputs = { readonly [name: string]: string };

/** One of the patterns whose stacks can be rehearsed. */
export interface FlowKind {
  /** Such as `lakehouse`. */
  readonly name: string;
  /** What a stack tells about itself for a rehearsal to find its parts: names of outputs. By them it is recognised, too. */
  readonly outputs: readonly string[];
  readonly options: readonly FlowOption[];
  /**
   * Whether it goes through several stacks, each in an account of its own; the outputs are those of all together.
   * @default false
   */
  readonly spansStacks?: boolean;
  /**
   * For the rehearsal of what was synthesized.
   *
   * @param stack the only one, or the first of several
   */
  create(host: RehearsalHost, stack: AssemblyStack, stacks: readonly AssemblyStack[]): DataFlow;
}

/** How data goes through a stack of one pattern, and how the outcome is judged. The methods are called in this order, once. */
export interface DataFlow {
  /**
   * Compares what was synthesized with what was asked for, before anything starts.
   *
   * @throws UserError with the remedy
   */
  inspect?(): void;

  /**
   * Fetches what only this pattern needs.
   *
   * @returns bytes that came over the network
   */
  prepare?(onProgress: (message: string) => void): Promise<number>;

  /**
   * Starts what deployed resources stand on, before they are deployed.
   *
   * @returns where each engine is reached, by the name that the emulator's plugins ask for
   */
  startEngines(): Promise<EngineEndpoints>;

  /** Sends data through the deployed stack and judges what came of it. */
  run(deployed: Deployed): Promise<FlowOutcome>;
}

/** What stands in the emulated account or accounts: the only stack, or the first of several. */
export interface Deployed extends DeployedStack {
  readonly cdk: Cdk;
  /** Every stack, the first one included. */
  readonly stacks: readonly DeployedStack[];
}

/** A stack that stands in an emulated account. */
export interface DeployedStack {
  readonly stack: AssemblyStack;
  /** With every output of the flow's kind. */
  readonly outputs: StackOutputs;
  readonly emulator: Emulator;
}

/** What a flow tells at its end, for the report. */
export interface FlowOutcome {
  /** How many events went in. */
  readonly rows: number;
  readonly pipeline: ReportedPipeline;
  readonly figures?: ReportedFigures;
  readonly charts?: readonly ReportedChart[];
  readonly totals?: readonly ReportedTotal[];
  readonly environment: readonly EnvironmentDifference[];
}

/** What a flow works with: the rehearsal that it is part of. */
export interface RehearsalHost {
  readonly options: RehearsalOptions;
  readonly toolchain: Toolchain;
  readonly supervisor: Supervisor;
  /** The working folder; tables of the report are written into its `tables`. */
  readonly folder: string;

  /** Runs a stage and shows it. */
  stage<T>(name: string, title: string, work: () => Promise<T>): Promise<T>;
  /** Shows how far a stage is. */
  update(stage: string, state: string): void;

  /** Adds to the report what ran; seconds are rounded. */
  addStage(stage: ReportedStage): void;
  /** Such stages of the report as have been added. */
  readonly stages: readonly ReportedStage[];
  addChecks(...checks: readonly ReportedCheck[]): void;
  addFaults(...faults: readonly ReportedFault[]): void;
  addNotes(...notes: readonly string[]): void;

  /**
   * Runs a script or module of this command's folder with the toolchain's Python.
   *
   * @param failure opens the message when it fails
   * @returns what it printed
   * @throws UserError with the end of its output
   */
  python(args: readonly string[], failure: string): Promise<string>;
}
