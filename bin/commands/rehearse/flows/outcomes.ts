import type { AwsConnection } from '../aws';
import type { Emulator } from '../engines/emulator';
import type { RunResult } from '../jobs';
import { accountOwner } from '../principals';
import type { ReportedCheck } from '../report/model';

/** The emulated account as whoever operates the platform sees it: starts jobs, sends and reads what may be sent and read. */
export function asOperator(emulator: Emulator): AwsConnection {
  return { ...emulator, credentials: emulator.principals.operator };
}

/** The emulated account as its owner sees it, who may do everything. */
export function asOwner(emulator: Emulator): AwsConnection {
  return { ...emulator, credentials: accountOwner(emulator.account) };
}

/** A check that a job, task or execution succeeded; it tells why when it did not. */
export function endsWell(name: string, { state, error }: RunResult): ReportedCheck {
  // A script tells no error as null.
  const actual = error ? `${state}: ${error}` : state;
  return { name, expected: 'SUCCEEDED', actual, passed: state === 'SUCCEEDED' };
}

/** What a script printed last, as JSON; libraries may warn before. */
export function lastLineAsJson<T>(output: string): T {
  return JSON.parse(output.trimEnd().split('\n').pop() ?? '') as T;
}
