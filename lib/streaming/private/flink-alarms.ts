import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmText } from '../../foundation/private/runbook';

const FIVE_MINUTES = Duration.minutes(5);

/**
 * What tells that an application is in trouble.
 *
 * @see https://docs.aws.amazon.com/managed-flink/latest/java/monitoring-metrics-alarms.html
 */
export class FlinkAlarms {
  readonly all: cloudwatch.Alarm[];

  constructor(
    private readonly scope: Construct,
    private readonly applicationName: string,
    private readonly topic: sns.ITopic,
    bounded: boolean,
  ) {
    const restarts = this.alarm(
      'Restarts',
      'fullRestarts',
      3,
      'The Flink application restarts again and again.',
      'flink-restarts',
      'DIFF',
    );
    this.all = bounded ? [restarts] : [restarts, ...this.ofStream()];
  }

  /** What only one can be in trouble with that is to run for ever. */
  private ofStream(): cloudwatch.Alarm[] {
    return [
      this.alarm('NotRunning', 'downtime', 0, 'The Flink application has been down for five minutes.', 'flink-is-down'),
      this.alarm(
        'CheckpointsFail',
        'numberOfFailedCheckpoints',
        0,
        'The Flink application cannot save its state.',
        'flink-checkpoints-fail',
        'DIFF',
      ),
      this.alarm(
        'Lag',
        'records_lag_max',
        100_000,
        'The Flink application falls behind its topics.',
        'flink-falls-behind',
      ),
    ];
  }

  private alarm(
    id: string,
    metricName: string,
    threshold: number,
    text: string,
    anchor: string,
    of: 'VALUE' | 'DIFF' = 'VALUE',
  ): cloudwatch.Alarm {
    const metric = new cloudwatch.Metric({
      namespace: 'AWS/KinesisAnalytics',
      metricName,
      dimensionsMap: { Application: this.applicationName },
      period: FIVE_MINUTES,
      statistic: 'Maximum',
    });
    // Counters begin at 0 with the application and only grow.
    const watched =
      of === 'VALUE'
        ? metric
        : new cloudwatch.MathExpression({
            expression: 'DIFF(counter)',
            usingMetrics: { counter: metric },
            period: FIVE_MINUTES,
          });
    const alarm = new cloudwatch.Alarm(this.scope, id, {
      alarmDescription: alarmText(text, anchor),
      metric: watched,
      threshold,
      evaluationPeriods: 2,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // An application that is stopped on purpose reports nothing.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}
