import { setTimeout as sleep } from 'timers/promises';
import { callAws, invokeFunction, readAws } from '../../aws';
import type { Emulator } from '../../engines/emulator';
import type { RunResult } from '../../jobs';
import { asOperator } from '../outcomes';

const POLL_MILLISECONDS = 100;

/** What a deployed schedule starts, and what it gives it. */
export interface Schedule {
  readonly targetArn: string;
  readonly input: { readonly [name: string]: unknown };
}

/** The schedules of an account, as they were deployed. */
export async function schedulesOf(emulator: Emulator): Promise<Schedule[]> {
  const operator = asOperator(emulator);
  const { Schedules } = await readAws<{ Schedules: { Name: string }[] }>(operator, 'scheduler', '/schedules');
  return Promise.all(
    Schedules.map(async ({ Name }) => {
      const { Target } = await readAws<{ Target: { Arn: string; Input?: string } }>(
        operator,
        'scheduler',
        `/schedules/${Name}`,
      );
      return { targetArn: Target.Arn, input: JSON.parse(Target.Input ?? '{}') as Schedule['input'] };
    }),
  );
}

/** Calls the function of a schedule with what the schedule gives it; the emulator asks whether its role may. */
export function callAsScheduled<T>(emulator: Emulator, { targetArn, input }: Schedule): Promise<T> {
  return invokeFunction<T>(asOperator(emulator), targetArn.split(':').slice(-1)[0], input);
}

/** Has Glue Data Quality evaluate the rulesets of a schedule, and waits for the end. */
export async function evaluateAsScheduled(emulator: Emulator, { input }: Schedule): Promise<RunResult> {
  const call = <T>(operation: string, given: object): Promise<T> =>
    callAws<T>(asOperator(emulator), 'glue', `AWSGlue.${operation}`, given);
  const { RunId } = await call<{ RunId: string }>('StartDataQualityRulesetEvaluationRun', input);
  for (;;) {
    const { Status: state, ErrorString: error } = await call<{ Status: string; ErrorString?: string }>(
      'GetDataQualityRulesetEvaluationRun',
      { RunId },
    );
    if (state !== 'STARTING' && state !== 'RUNNING') return { state, error };
    await sleep(POLL_MILLISECONDS);
  }
}
