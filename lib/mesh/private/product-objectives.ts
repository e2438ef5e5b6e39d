import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DataProductContract } from '../data-product-contract';
import { type Measurement, NAMESPACE } from '../runtime/product-objectives';

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
/**
 * In how many measurements freshness and quality score have to be as promised, in percent: contracts promise them without
 * saying how often. With 12 measurements an hour it is the tightest that does not ring for one commit late by a breath.
 */
const KEPT_PERCENT = 99;
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
    if (freshnessSeconds !== undefined) {
      const breach = `its newest rows are older than the ${freshnessSeconds} seconds that it promises`;
      this.alarmOnBudget('Freshness', 'Fresh', KEPT_PERCENT, `too often ${breach}`);
    }
    if (availabilityPercent !== undefined) {
      const breach = `it could not be read often enough for the ${availabilityPercent} % that it promises`;
      this.alarmOnBudget('Availability', 'Available', availabilityPercent, breach);
    }
    if (qualityScorePercent !== undefined) {
      const breach = `too often fewer than ${qualityScorePercent} % of its rules are met`;
      this.alarmOnBudget('QualityScore', 'Sound', KEPT_PERCENT, breach);
    }
  }

  /** A metric of the product. */
  public metric(metricName: keyof Measurement, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { Product: productDimension(this.props.contract) },
      statistic: cloudwatch.Stats.MAXIMUM,
      period: MEASURED_EVERY,
      ...options,
    }).attachTo(this);
  }

  /**
   * Rings when the error budget burns too fast.
   *
   * @param kept the metric that is 1 while the promise is kept and 0 while it is not
   * @param percent of measurements in which it has to be kept
   */
  private alarmOnBudget(id: string, kept: keyof Measurement, percent: number, breach: string): void {
    const budget = 1 - percent / 100;
    for (const { id: speed, hours, rate } of BURN_RATES) {
      const period = Duration.hours(hours);
      this.alarm(`${id}${speed}`, breach, {
        metric: new cloudwatch.MathExpression({
          expression: '1 - kept',
          label: 'Share of measurements in which the promise was not kept',
          period,
          usingMetrics: { kept: this.metric(kept, { statistic: cloudwatch.Stats.AVERAGE, period }) },
        }),
        threshold: Math.min(rate * budget, CERTAIN_BREACH),
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
      });
    }
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
