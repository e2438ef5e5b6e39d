import { Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { PathReconciliation, SilverSync, StreamRules } from '../../lib/hybrid';
import type { LakehouseSettings } from '../lakehouse/settings';
import { createTradingLakehouse } from '../lakehouse/trading-lakehouse';
import type { StreamingSettings } from '../streaming/settings';
import { createTradingStream } from '../streaming/trading-stream';
import { addOutputs } from '../trading/outputs';
import type { WarehouseSettings } from '../warehouse/settings';
import { createTradingWarehouse } from '../warehouse/trading-warehouse';

/** Properties of the stream with a batch path. */
export interface TradingStreamingBatchStackProps extends StackProps {
  /** The folder with the ledgers, `rules/` and `sql/`; each part has one of its own. */
  readonly directory: string;
  readonly stream: { readonly settings: StreamingSettings; readonly directory: string };
  readonly lakehouse: { readonly settings: LakehouseSettings; readonly directory: string };
  readonly warehouse: { readonly settings: WarehouseSettings; readonly directory: string };
  readonly sync: { readonly schedule: string };
  readonly reconciliation: {
    readonly schedule: string;
    readonly maxDifferingPercent: number;
    readonly repair: boolean;
  };
}

/** Trades in seconds by Flink and in depth by Spark, from one log; the two paths are compared window by window. */
export class TradingStreamingBatchStack extends Stack {
  constructor(scope: Construct, id: string, props: TradingStreamingBatchStackProps) {
    const { directory: ledgers, stream, lakehouse, warehouse, sync, reconciliation, ...stackProps } = props;
    const { name, profile: profileName, serving } = stream.settings;
    const profile = DeploymentProfile.fromName(profileName);
    const description = `Trading '${name}' in real time and in batch: a stream, a lakehouse and a warehouse behind one log`;
    super(scope, id, { description, terminationProtection: !profile.destroyable, ...stackProps });
    const key = new DataKey(this, 'Key', { profile, description: `Data of '${name}'` });
    const ground = { key, profile, ledgers };
    const hot = createTradingStream(this, { ...stream, ...ground, lake: false });
    const ids = { pipeline: 'LakePipeline', sources: 'LakeSources' };
    const lake = createTradingLakehouse(this, { ...lakehouse, ...ground, log: hot.log, ids });
    const schedule = ScheduleExpression.expression(sync.schedule);
    const outputs = createTradingWarehouse(this, {
      ...warehouse,
      ...ground,
      further: {
        schemas: ['lake'],
        create: (place) => ({
          sync: new SilverSync(this, 'SilverSync', { ...place, table: lake.silver, key: ['trade_id'] }),
          schedule,
        }),
      },
    });
    const tables = { bronze: lake.bronze, silver: lake.silver };
    const comparison = new PathReconciliation(this, 'Reconciliation', {
      ...{ ...ground, ...reconciliation, store: hot.store, grace: hot.grace, alarmTopic: hot.alarmTopic },
      ...{ queries: lake.queries, tables, windowsFile: `${ledgers}/sql/windows.sql` },
      ...{ servedGeneration: serving.generation, windowsKept: serving.windowsKept },
      schedule: ScheduleExpression.expression(reconciliation.schedule),
    });
    const rules = new StreamRules(this, 'Rules', {
      ...{ ...ground, ...hot.addAlerts(), operators: hot.alarmTopic },
      folder: `${ledgers}/rules`,
      history: { queries: lake.queries, tables, file: `${ledgers}/sql/history.sql` },
    });
    const names = { ReconciliationName: comparison.functionName, AlertsTopicName: rules.alertTopicName };
    const own = {
      ...names,
      RulesApplicationName: rules.application.applicationName,
      AlertsArn: rules.notifications.topicArn,
    };
    addOutputs(this, {
      ...lake.outputs,
      QueryWorkgroupName: lake.outputs.WorkgroupName,
      ...outputs,
      ...hot.outputs,
      ...own,
    });
  }
}
