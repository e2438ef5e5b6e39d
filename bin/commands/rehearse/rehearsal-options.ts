import type { ErasureWish } from './flows/lakehouse/erasure';

/** Engines that take part only when they are asked for. */
export const ENGINES_ON_REQUEST = ['trino'] as const;
export type EngineOnRequest = (typeof ENGINES_ON_REQUEST)[number];

export interface RehearsalOptions {
  readonly stack: string;
  /** The folder of the CDK app's cdk.json. */
  readonly project: string;
  /** The environment of blueprint.yaml to be deployed; the app's own choice when left out. */
  readonly environment?: string;
  /** A file with one message a line, instead of generated trades. */
  readonly trades?: string;
  /** Whose messages the file has: the only mapping of sources that the app is to use. */
  readonly source?: string;
  /** How many trades to generate. */
  readonly rows: number;
  readonly seed: number;
  /** How many trades to send a second; as fast as the brokers take them when left out. */
  readonly rate?: number;
  /** Receives the report and the tables. */
  readonly out: string;
  /** Break what is at work while the last part of the trades is on its way. */
  readonly faults: boolean;
  /** Leave the working folder: cloud assembly, logs, journal. */
  readonly keep: boolean;
  /** Port of the emulator. */
  readonly port?: number;
  /** Engines beside those that always take part. */
  readonly engines: readonly EngineOnRequest[];
  /** Rows to be erased at the end, by the job that the stack has for it. */
  readonly erase?: ErasureWish;
  /** Whether every request is judged by the policies of whoever sends it; a rehearsal without it never passes. */
  readonly enforceIam: boolean;
  readonly signal: AbortSignal;
}
