import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DataProductContract } from '../data-product-contract';
import { NAMESPACE } from '../runtime/product-objectives';

/** How often products are measured. */
export const MEASURED_EVERY = Duration.minutes(5);

/**
 * How much of a month's error budget may burn how fast: 2 % in an hour, 5 % in six.
 *
 * @see https://sre.google/workbook/alerting-on-slos/ (chapter 5)
 */
const BURN_RATES = [
  { id: 'Fast', hours: 1, rate: 14.4 },
  { id: 'Slow', hours: 6, rate: 6 },
];
/** An error rate above which there is nothing left to promise; a looser objective could never burn 14.4 times as fast. */
const CERTAIN_BREACH = 0.99;

interface ProductObjectivesProps {
  readonly contract: DataProductContract;
  /** Who hears of a breach: the owning domain, and nobody else. */
  readonly alarmTopic: sns.ITopic;
}

/** The alarms of what a contract promises, on what the domain's function measures. */
export class ProductObjectives extends Construct {
  private readonly props: ProductObjectivesProps;

  constructor(scope: Construct, id: string, props: ProductObjectivesProps) {
    super(scope, id);
    this.props = props;
    const { freshnessSeconds, availabilityPercent, qualityScorePercent } = props.contract.stated.objectives;
    if (freshnessSeconds !== undefined) this.alarmOnFreshness(freshnessSeconds);
    if (availabilityPercent !== undefined) this.alarmOnAvailability(availabilityPercent);
    if (qualityScorePercent !== undefined) this.alarmOnQuality(qualityScorePercent);
  }

  /** A metric of the product. */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { Product: productDimension(this.props.contract) },
      statistic: cloudwatch.Stats.MAXIMUM,
      period: MEASURED_EVERY,
      ...options,
    }).attachTo(this);
  }

  private alarmOnFreshness(seconds: number): void {
    this.alarm('Freshness', `its newest rows are older than the ${seconds} seconds that it promises`, {
      metric: this.metric('AgeSeconds'),
      threshold: seconds,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // Once may be a commit that is late by a breath.
      evaluationPeriods: 2,
    });
  }

  private alarmOnAvailability(percent: number): void {
    const budget = 1 - percent / 100;
    for (const { id, hours, rate } of BURN_RATES) {
      const period = Duration.hours(hours);
      this.alarm(`Availability${id}`, `it could not be read often enough for the ${percent} % that it promises`, {
        metric: new cloudwatch.MathExpression({
          expression: '1 - available',
          label: 'Share of measurements in which it could not be read',
          period,
          usingMetrics: { available: this.metric('Available', { statistic: cloudwatch.Stats.AVERAGE, period }) },
        }),
        threshold: Math.min(rate * budget, CERTAIN_BREACH),
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
      });
    }
  }

  private alarmOnQuality(percent: number): void {
    this.alarm('QualityScore', `fewer than ${percent} % of its rules are met`, {
      metric: this.metric('QualityScore', { statistic: cloudwatch.Stats.MINIMUM }),
      threshold: percent,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
    });
  }

  private alarm(id: string, breach: string, props: cloudwatch.AlarmProps): void {
    const { contract, alarmTopic } = this.props;
    const alarm = new cloudwatch.Alarm(this, `${id}Alarm`, {
      ...props,
      alarmDescription: `${contract.name}: ${breach}. Its owner is ${contract.stated.owner}; its contract tells who reads it.`,
      // Nobody knows whether a promise is kept that is not measured.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(alarmTopic));
    alarm.addOkAction(new SnsAction(alarmTopic));
  }
}

/** Versions run beside one another, and each has promises of its own. */
export function productDimension(contract: DataProductContract): string {
  return `${contract.name} v${contract.majorVersion}`;
}
