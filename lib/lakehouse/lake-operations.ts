import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { LakePipeline } from './lake-pipeline';
import { alarmText } from '../foundation/private/runbook';
import type { QualityGate } from './quality-gate';

/** Properties of `LakeOperations`. */
export interface LakeOperationsProps {
  /** The pipeline that is watched; its topic hears of every alarm. */
  readonly pipeline: LakePipeline;

  /** The quality gate of the pipeline. */
  readonly qualityGate: QualityGate;

  /**
   * How often the pipeline is meant to succeed: whole days, at most seven.
   *
   * @default - no alarm when gold is not brought up to date: the pipeline runs on demand
   */
  readonly goldEvery?: Duration;

  /**
   * How long the source may bring nothing. The gate breaks on the same bound; this alarm tells it from bad data.
   *
   * @default Duration.hours(24)
   */
  readonly freshness?: Duration;

  /**
   * Name of the dashboard, unique in the account.
   *
   * @default - CloudFormation makes one up
   */
  readonly dashboardName?: string;

  /**
   * The page that tells what to do about each alarm, by its anchors: `pipeline-failed`, `quality-rule-broken`,
   * `source-is-silent`, `gold-is-late`.
   *
   * @default - docs/runbook.md of this library
   */
  readonly runbookUrl?: string;
}

const HEIGHT = 6;
const HALF = 12;

/**
 * What a team looks at: alarms that say what happened and link to the runbook, and one dashboard of freshness, lag,
 * quality and runs.
 */
export class LakeOperations extends Construct {
  /** The dashboard. */
  public readonly dashboard: cloudwatch.Dashboard;

  /** The alarms, that of the pipeline included. */
  public readonly alarms: cloudwatch.IAlarm[];

  private readonly props: LakeOperationsProps;

  constructor(scope: Construct, id: string, props: LakeOperationsProps) {
    super(scope, id);
    this.props = props;
    const late = props.goldEvery ? [this.goldIsLate(props.goldEvery)] : [];
    this.alarms = [props.pipeline.failureAlarm, this.ruleBroken(), this.sourceIsSilent(), ...late];
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: props.dashboardName,
      defaultInterval: Duration.days(14),
    });
    this.dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: this.alarms, width: 24 }));
    this.dashboard.addWidgets(this.freshnessWidget(), this.arrivalsWidget());
    this.dashboard.addWidgets(this.qualityWidget(), this.invalidWidget());
    this.dashboard.addWidgets(this.executionsWidget(), this.durationWidget());
  }

  private ruleBroken(): cloudwatch.Alarm {
    return this.alarm('RuleBroken', {
      metric: this.props.qualityGate.metricRulesFailed({ period: Duration.minutes(5) }),
      threshold: 0,
      text: 'A quality rule is broken; gold stays as it was.',
      anchor: 'quality-rule-broken',
    });
  }

  private sourceIsSilent(): cloudwatch.Alarm {
    const hours = (this.props.freshness ?? Duration.hours(24)).toHours({ integral: false });
    return this.alarm('SourceIsSilent', {
      metric: this.props.qualityGate.metricHoursSinceArrival({ period: Duration.minutes(5) }),
      threshold: hours,
      text: `Nothing has arrived in bronze for more than ${hours} hours.`,
      anchor: 'source-is-silent',
    });
  }

  private goldIsLate(every: Duration): cloudwatch.Alarm {
    const days = every.toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1 || days > 7) {
      throw new Error(
        `${this.node.path}: goldEvery is ${every.toHumanString()}; an alarm looks back over whole days, 1 to 7.`,
      );
    }
    const text = `The pipeline has not succeeded for ${days} ${days === 1 ? 'day' : 'days'}; gold is behind.`;
    const alarm = new cloudwatch.Alarm(this, 'GoldIsLate', {
      alarmDescription: alarmText(text, 'gold-is-late', this.props.runbookUrl),
      metric: this.props.pipeline.stateMachine.metricSucceeded({ period: Duration.days(1) }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: days,
      // No execution at all publishes nothing, which is just what this is about.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.props.pipeline.alarmTopic));
    return alarm;
  }

  private alarm(
    id: string,
    {
      metric,
      threshold,
      text,
      anchor,
    }: { metric: cloudwatch.IMetric; threshold: number; text: string; anchor: string },
  ): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmDescription: alarmText(text, anchor, this.props.runbookUrl),
      metric,
      threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Between two runs of the gate there are no data: what the last one found holds on.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    alarm.addAlarmAction(new SnsAction(this.props.pipeline.alarmTopic));
    return alarm;
  }

  private freshnessWidget(): cloudwatch.IWidget {
    return graph('Freshness: hours since the newest arrival', [this.props.qualityGate.metricHoursSinceArrival()]);
  }

  private arrivalsWidget(): cloudwatch.IWidget {
    return graph('Rows that a run of silver has read', [this.props.qualityGate.metricRowsArrived()]);
  }

  private qualityWidget(): cloudwatch.IWidget {
    const { qualityGate } = this.props;
    return graph('Quality: percent of the rules met, and rules broken', [
      qualityGate.metricScore(),
      qualityGate.metricRulesFailed(),
    ]);
  }

  private invalidWidget(): cloudwatch.IWidget {
    return graph('Share of invalid rows among those that arrived last', [this.props.qualityGate.metricInvalidShare()]);
  }

  private executionsWidget(): cloudwatch.IWidget {
    const { stateMachine } = this.props.pipeline;
    const period = Duration.hours(1);
    return graph('Executions of the pipeline', [
      stateMachine.metricSucceeded({ period }),
      stateMachine.metricFailed({ period }),
      stateMachine.metricTimedOut({ period }),
    ]);
  }

  private durationWidget(): cloudwatch.IWidget {
    const { stateMachine } = this.props.pipeline;
    return graph('Lag: how long an execution takes, from bronze to gold', [
      stateMachine.metricTime({ period: Duration.hours(1), statistic: cloudwatch.Stats.MAXIMUM }),
    ]);
  }
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: HALF, height: HEIGHT, leftYAxis: { min: 0 } });
}
