import { type Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy } from './acknowledge';

/** What an EventBridge Scheduler schedule starts, and when. */
export interface StartScheduleProps {
  readonly description: string;
  /** `rate(...)` or `cron(...)`, as EventBridge Scheduler writes them. */
  readonly expression: string;
  /** IANA name of the time zone in which a cron expression is meant. */
  readonly timeZone?: string;
  /** ARN of the target, a universal one such as `arn:aws:scheduler:::aws-sdk:glue:startJobRun` included. */
  readonly targetArn: string;
  /** JSON for the target. */
  readonly input: string;
  /** Lets the schedule's role start the target. */
  readonly grantStart: (grantee: iam.IGrantable) => iam.Grant;
}

/** A schedule with a role of its own that may start one thing and nothing else. */
export class StartSchedule extends Construct {
  constructor(scope: Construct, id: string, props: StartScheduleProps) {
    super(scope, id);
    const role = new iam.Role(this, 'Role', {
      description: props.description,
      // The condition keeps schedules of other accounts from borrowing the role (the "confused deputy").
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html (2026-11-23)
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    acknowledgeInlinePolicy(role);
    const granted = props.grantStart(role);
    const schedule = new scheduler.CfnSchedule(this, 'Resource', {
      description: props.description,
      scheduleExpression: props.expression,
      scheduleExpressionTimezone: props.timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: props.targetArn,
        roleArn: role.roleArn,
        input: props.input,
        // A start that is refused because the last run is still at work is left out: the next one comes by itself.
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    granted.applyBefore(schedule);
  }
}

/**
 * `rate(...)` of an interval.
 *
 * @param path who is to run, for the message
 * @throws when the interval is not a number of whole minutes
 */
export function rateOf(path: string, interval: Duration): string {
  const minutes = interval.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1) {
    throw new Error(
      `${path}: cannot run every ${interval.toHumanString()}; EventBridge Scheduler counts in whole minutes.`,
    );
  }
  return `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
}
