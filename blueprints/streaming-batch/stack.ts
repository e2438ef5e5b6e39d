import { Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { PathReconciliation, type PathReconciliationProps, StreamRules } from '../../lib/hybrid';
import { createLakehouseWarehouse, type LakehouseWarehouse } from '../lakehouse-warehouse/stack';
import type { StreamingSettings } from '../streaming/settings';
import { createTradingStream } from '../streaming/trading-stream';
import type { BlueprintPart } from '../trading/hybrid-file';
import { addOutputs } from '../trading/outputs';

/** Properties of the stream with a batch path; `directory` has the ledgers, `rules/` and `sql/`. */
export interface TradingStreamingBatchStackProps extends StackProps, LakehouseWarehouse {
  readonly directory: string;
  readonly streaming: BlueprintPart<StreamingSettings>;
  readonly reconciliation: Pick<PathReconciliationProps, 'maxDifferingPercent' | 'repair'> & {
    readonly schedule: string;
  };
}

/** Trades in seconds by Flink and in depth by Spark, from one log; the two paths are compared window by window. */
export class TradingStreamingBatchStack extends Stack {
  constructor(scope: Construct, id: string, props: TradingStreamingBatchStackProps) {
    const { directory, streaming, lakehouse, warehouse, sync, reconciliation, ...stackProps } = props;
    const { name, profile: profileName } = streaming.settings;
    const profile = DeploymentProfile.fromName(profileName);
    const description = `Trading '${name}' in real time and in batch: a stream, a lakehouse and a warehouse behind one log`;
    super(scope, id, { description, terminationProtection: !profile.destroyable, ...stackProps });
    const key = new DataKey(this, 'Key', { profile, description: `Data of '${name}'` });
    const ground = { key, profile, ledgers: directory };
    const hot = createTradingStream(this, { ...streaming, ...ground, lake: false });
    const batch = createLakehouseWarehouse(this, { lakehouse, warehouse, sync, ...ground, log: hot.log });
    const comparison = new PathReconciliation(this, 'Reconciliation', {
      ...ground,
      ...hot.windows,
      ...batch.history,
      ...reconciliation,
      alarmTopic: hot.alarmTopic,
      windowsFile: `${directory}/sql/windows.sql`,
      schedule: ScheduleExpression.expression(reconciliation.schedule),
    });
    const rules = new StreamRules(this, 'Rules', {
      ...ground,
      ...hot.addAlerts(),
      operators: hot.alarmTopic,
      folder: `${directory}/rules`,
      history: { ...batch.history, file: `${directory}/sql/history.sql` },
    });
    addOutputs(this, {
      ...batch.outputs,
      ...hot.outputs,
      ReconciliationName: comparison.functionName,
      AlertsTopicName: rules.alertTopicName,
      RulesApplicationName: rules.application.applicationName,
      AlertsArn: rules.notifications.topicArn,
    });
  }
}
