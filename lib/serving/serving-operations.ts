import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { IDataKey } from '../foundation';
import { createAlarmTopic } from '../foundation/private/alarms';
import { alarmText } from '../foundation/private/runbook';
import type { HotStoreSink } from './hot-store-sink';
import type { RealtimeApi } from './realtime-api';

/** Properties of `ServingOperations`. */
export interface ServingOperationsProps {
  /** The sinks that fill the store. */
  readonly sinks: HotStoreSink[];

  /** What answers from it. */
  readonly api: RealtimeApi;

  /** The key that messages of the topic are encrypted with. */
  readonly key: IDataKey;

  /**
   * Most messages that a sink may lag behind for five minutes.
   *
   * @default 10000
   */
  readonly maximumLag?: number;

  /**
   * Who is told when an alarm goes off.
   *
   * @default - a new topic, encrypted with the key, without subscribers
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * The page that tells what to do about each alarm.
   *
   * @default - docs/runbook.md of this library
   */
  readonly runbookUrl?: string;
}

/** Alarms of serving: a sink that lags, a sink whose batches fail, an API that answers with errors. */
export class ServingOperations extends Construct {
  /** Who is told. */
  public readonly alarmTopic: sns.ITopic;

  constructor(scope: Construct, id: string, props: ServingOperationsProps) {
    super(scope, id);
    const { sinks, api, maximumLag = 10_000, runbookUrl } = props;
    this.alarmTopic = props.alarmTopic ?? createAlarmTopic(this, props.key);
    for (const sink of sinks) {
      const { generation } = sink;
      this.alarm(`SinkLags${generation}`, sink.metricOffsetLag(), maximumLag, {
        text: alarmText(`The sink of generation ${generation} lags behind its topic.`, 'sink-lags', runbookUrl),
        periods: 5,
      });
      this.alarm(`SinkFails${generation}`, sink.metricErrors(), 0, {
        text: alarmText(`Batches of the sink of generation ${generation} fail.`, 'sink-fails', runbookUrl),
        periods: 5,
      });
    }
    this.alarm('ApiFails', api.metricServerErrors(), 0, {
      text: alarmText('The real-time API answers with errors of its own.', 'api-fails', runbookUrl),
      periods: 1,
    });
  }

  private alarm(
    id: string,
    metric: cloudwatch.Metric,
    threshold: number,
    { text, periods }: { readonly text: string; readonly periods: number },
  ): void {
    new cloudwatch.Alarm(this, id, {
      metric,
      threshold,
      alarmDescription: text,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.alarmTopic));
  }
}
