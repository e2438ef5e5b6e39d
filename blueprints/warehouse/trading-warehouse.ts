import { Fn, type Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as path from 'node:path';
import { type DataKey, DataNetwork, type DeploymentProfile } from '../../lib/foundation';
import type { IWarehouse } from '../../lib/ports';
import { BiService, BiSource, Dashboards, DbtProject, ExternalWarehouse, Orchestration } from '../../lib/warehouse';
import { type ScheduledSync, TaskPlatform, Warehouse, WarehouseSize } from '../../lib/warehouse';
import { recordUsage } from '../trading/usage';
import type { WarehouseSettings } from './settings';
import { WarehouseSources } from './warehouse-sources';

/** Properties of `createTradingWarehouse`. */
export interface TradingWarehouseProps {
  /** What blueprint.yaml says. */
  readonly settings: WarehouseSettings;

  /** The folder with `dbt/` and `dashboards/`. */
  readonly directory: string;

  /** The key of everything that is stored. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;

  /**
   * What is synced besides the sources of blueprint.yaml.
   *
   * @default - nothing
   */
  readonly further?: FurtherSync;
}

/** A sync that needs the warehouse that it is made for. */
export interface FurtherSync {
  /** Schemas that it fills. */
  readonly schemas: readonly string[];
  readonly create: (ground: WarehouseGround) => ScheduledSync;
  /**
   * When the models are built without any sync before them.
   *
   * @default - only after a sync
   */
  readonly buildSchedule?: ScheduleExpression;
}

/** What a sync stands on. */
export interface WarehouseGround {
  readonly warehouse: IWarehouse;
  readonly platform: TaskPlatform;
  readonly alarmTopic: ITopic;
}

/** What the models of the blueprint are written into; docs/warehouse.md tells who reads which. */
const SCHEMAS = { internal: ['staging'], published: ['marts', 'metrics'] };

/** Name of namespace and workgroup. */
export function warehouseName(settings: WarehouseSettings): string {
  return settings.warehouse.name.toLowerCase().replaceAll('_', '-');
}

/**
 * Makes the warehouse in a stack. Its constructs stand in the stack itself: under one of their own, what is deployed would
 * have other ids.
 *
 * @returns outputs of the stack, by their names
 */
export function createTradingWarehouse(stack: Stack, props: TradingWarehouseProps): Readonly<Record<string, string>> {
  const { settings, directory, key, profile, further } = props;
  recordUsage(stack, settings.usage);
  const network = new DataNetwork(stack, 'Network', {
    key,
    profile,
    // Redshift wants three zones, and sources are outside.
    availabilityZones: [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs())),
    natGateways: profile.destroyable ? 1 : 3,
  });
  const warehouse = createWarehouse(stack, network, props);
  const platform = new TaskPlatform(stack, 'Tasks', {
    network,
    key,
    profile,
    engine: warehouse.engine,
    airbyteConnectors: WarehouseSources.airbyteConnectors(settings),
  });
  const sources = new WarehouseSources(stack, 'Sources', { settings, platform, warehouse });
  const dbt = new DbtProject(stack, 'Models', {
    platform,
    warehouse,
    project: path.join(directory, 'dbt'),
    models: settings.models.length > 0 ? [...settings.models] : undefined,
    slim: settings.transformation.slim,
  });
  const { alarmTopic } = dbt;
  if (settings.alarms.email) alarmTopic.addSubscription(new EmailSubscription(settings.alarms.email));
  const { dashboards, outputs } = createDashboards(stack, props, platform, warehouse);
  const pipeline = new Orchestration(stack, 'Pipeline', {
    syncs: [
      ...sources.syncs.map(({ sync, schedule }) => ({
        sync,
        schedule: schedule === undefined ? undefined : ScheduleExpression.expression(schedule),
      })),
      ...(further ? [further.create({ warehouse, platform, alarmTopic })] : []),
    ],
    buildSchedule: further?.buildSchedule,
    dbt,
    dashboards,
    key,
    profile,
  });
  return {
    ...outputs,
    PipelineArn: pipeline.stateMachine.stateMachineArn,
    ClusterName: platform.clusterName,
    ...(warehouse instanceof Warehouse
      ? { WorkgroupName: warehouse.workgroupName, NamespaceName: warehouse.namespaceName }
      : {}),
    WarehouseDatabase: warehouse.databaseName,
    WarehouseHost: warehouse.clientEnvironment.WAREHOUSE_HOST,
    TransformTaskArn: dbt.taskDefinitionArn,
    ArtifactsBucketName: platform.bucket.bucket.bucketName,
    DocsBucketName: dbt.docsBucket.bucketName,
    DocsUrl: dbt.docsUrl,
    AlarmTopicArn: alarmTopic.topicArn,
    ...sources.outputs,
  };
}

/** The warehouse that blueprint.yaml names: one of the stack's own, or one that somebody else runs. */
function createWarehouse(
  stack: Stack,
  network: DataNetwork,
  { settings, key, profile, further }: TradingWarehouseProps,
): Warehouse | ExternalWarehouse {
  const { name, engine, size, dailyRpuHours, restoreFromSnapshotArn } = settings.warehouse;
  if (engine !== 'redshift') return findWarehouse(stack, settings);
  return new Warehouse(stack, 'Warehouse', {
    network,
    key,
    profile,
    databaseName: name.toLowerCase(),
    warehouseName: warehouseName(settings),
    size: WarehouseSize.fromName(size),
    dailyUsageLimit: dailyRpuHours || undefined,
    restoreFromSnapshotArn: restoreFromSnapshotArn || undefined,
    schemas: { raw: [...settings.sources.map(({ dataset }) => dataset), ...(further?.schemas ?? [])], ...SCHEMAS },
  });
}

function findWarehouse(stack: Stack, { warehouse }: WarehouseSettings): ExternalWarehouse {
  const { name, engine, connection } = warehouse;
  const { secretArn = '', account = '', virtualWarehouse = '', location = '', host = '', httpPath = '' } = connection;
  const secret = Secret.fromSecretCompleteArn(stack, 'WarehouseLogin', secretArn);
  if (engine === 'snowflake') {
    return ExternalWarehouse.snowflake(stack, 'Warehouse', { databaseName: name, secret, account, virtualWarehouse });
  }
  if (engine === 'bigquery') {
    const databaseName = connection.project ?? '';
    return ExternalWarehouse.bigQuery(stack, 'Warehouse', { databaseName, secret, location });
  }
  return ExternalWarehouse.databricks(stack, 'Warehouse', { databaseName: name.toLowerCase(), secret, host, httpPath });
}

/** Metabase with the dashboards that blueprint.yaml names, and a reader for it or for another tool. */
function createDashboards(
  stack: Stack,
  { settings, directory }: TradingWarehouseProps,
  platform: TaskPlatform,
  warehouse: Warehouse | ExternalWarehouse,
): { dashboards?: Dashboards; outputs: Record<string, string> } {
  // Who reads another warehouse is decided there.
  if (!(warehouse instanceof Warehouse)) return { outputs: {} };
  const reader = warehouse.addReader('bi_reader');
  const outputs = { ReaderSecretArn: reader.secretArn };
  if (settings.bi.service === 'none') return { outputs };
  const service = new BiService(stack, 'Metabase', {
    platform,
    source: BiSource.warehouse(warehouse, reader),
    certificateArn: settings.bi.certificateArn || undefined,
    domainName: settings.bi.domainName || undefined,
  });
  const dashboards = new Dashboards(stack, 'Dashboards', {
    platform,
    service,
    folder: path.join(directory, 'dashboards'),
    titles: [...settings.dashboards],
  });
  return {
    dashboards,
    outputs: {
      ...outputs,
      MetabaseUrl: service.url,
      MetabaseLoadBalancer: service.loadBalancerDnsName,
      DashboardsTaskArn: dashboards.taskDefinitionArn,
    },
  };
}
