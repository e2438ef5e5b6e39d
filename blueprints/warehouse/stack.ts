import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import * as path from 'node:path';
import { DataKey, DataNetwork, DeploymentProfile } from '../../lib/foundation';
import { WarehouseEngine } from '../../lib/ports';
import {
  BiService,
  BiSource,
  Dashboards,
  DbtProject,
  Orchestration,
  TaskPlatform,
  Warehouse,
} from '../../lib/warehouse';
import { WarehouseSize } from '../../lib/warehouse';
import { recordUsage } from '../trading/usage';
import type { WarehouseSettings } from './settings';
import { WarehouseSources } from './warehouse-sources';

/** Properties of the trading warehouse. */
export interface TradingWarehouseStackProps extends StackProps {
  /** What blueprint.yaml says. */
  readonly settings: WarehouseSettings;

  /** The folder with `dbt/` and `dashboards/`. */
  readonly directory: string;
}

/** What the models of the blueprint are written into; docs/warehouse.md tells who reads which. */
const SCHEMAS = { internal: ['staging'], published: ['marts', 'metrics'] };

/**
 * From an exchange's API, a customer database and a billing service to three dashboards: synced raw into a warehouse,
 * transformed there by dbt, shown by Metabase.
 */
export class TradingWarehouseStack extends Stack {
  constructor(scope: Construct, id: string, props: TradingWarehouseStackProps) {
    const { settings, directory, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    const databaseName = settings.warehouse.name.toLowerCase();
    const warehouseName = databaseName.replaceAll('_', '-');
    super(scope, id, {
      description: `Trading warehouse '${settings.warehouse.name}': sources, dbt and dashboards`,
      tags: { warehouse: warehouseName },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    recordUsage(this, settings.usage);
    const key = new DataKey(this, 'Key', {
      profile,
      description: `Data of the warehouse '${settings.warehouse.name}'`,
    });
    const network = new DataNetwork(this, 'Network', {
      key,
      profile,
      // Redshift wants three zones, and sources are outside.
      availabilityZones: [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs())),
      natGateways: profile.destroyable ? 1 : 3,
    });
    const warehouse = new Warehouse(this, 'Warehouse', {
      network,
      key,
      profile,
      databaseName,
      warehouseName,
      size: WarehouseSize.fromName(settings.warehouse.size),
      dailyUsageLimit: settings.warehouse.dailyRpuHours || undefined,
      restoreFromSnapshotArn: settings.warehouse.restoreFromSnapshotArn || undefined,
      schemas: { raw: settings.sources.map(({ dataset }) => dataset), ...SCHEMAS },
    });
    const platform = new TaskPlatform(this, 'Tasks', { network, key, profile, engine: WarehouseEngine.REDSHIFT });
    const sources = new WarehouseSources(this, 'Sources', { settings, platform, warehouse });
    const dbt = new DbtProject(this, 'Models', {
      platform,
      warehouse,
      project: path.join(directory, 'dbt'),
      models: settings.models.length > 0 ? [...settings.models] : undefined,
      slim: settings.transformation.slim,
    });
    if (settings.alarms.email) dbt.alarmTopic.addSubscription(new EmailSubscription(settings.alarms.email));
    const dashboards = this.dashboards(props, platform, warehouse);
    const pipeline = new Orchestration(this, 'Pipeline', {
      syncs: sources.syncs.map(({ sync, schedule }) => ({
        sync,
        schedule: schedule === undefined ? undefined : ScheduleExpression.expression(schedule),
      })),
      dbt,
      dashboards,
      key,
      profile,
    });

    this.output('PipelineArn', pipeline.stateMachine.stateMachineArn);
    this.output('ClusterName', platform.clusterName);
    this.output('WorkgroupName', warehouse.workgroupName);
    this.output('NamespaceName', warehouse.namespaceName);
    this.output('WarehouseDatabase', databaseName);
    this.output('WarehouseHost', warehouse.host);
    this.output('TransformTaskArn', dbt.taskDefinitionArn);
    this.output('ArtifactsBucketName', platform.bucket.bucket.bucketName);
    this.output('DocsBucketName', dbt.docsBucket.bucketName);
    this.output('DocsUrl', dbt.docsUrl);
    this.output('AlarmTopicArn', dbt.alarmTopic.topicArn);
    for (const [name, value] of Object.entries(sources.outputs)) this.output(name, value);
  }

  /** Metabase with the dashboards that blueprint.yaml names. */
  private dashboards(
    { settings, directory }: TradingWarehouseStackProps,
    platform: TaskPlatform,
    warehouse: Warehouse,
  ): Dashboards | undefined {
    const reader = warehouse.addReader('bi_reader');
    this.output('ReaderSecretArn', reader.secretArn);
    if (settings.bi.service === 'none') return undefined;
    const service = new BiService(this, 'Metabase', {
      platform,
      source: BiSource.warehouse(warehouse, reader),
      certificateArn: settings.bi.certificateArn || undefined,
      domainName: settings.bi.domainName || undefined,
    });
    this.output('MetabaseUrl', service.url);
    this.output('MetabaseLoadBalancer', service.loadBalancerDnsName);
    const dashboards = new Dashboards(this, 'Dashboards', {
      platform,
      service,
      folder: path.join(directory, 'dashboards'),
      titles: [...settings.dashboards],
    });
    this.output('DashboardsTaskArn', dashboards.taskDefinitionArn);
    return dashboards;
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}
