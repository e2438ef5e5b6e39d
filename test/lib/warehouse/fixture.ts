import type { Stack } from 'aws-cdk-lib';
import { Fn } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { join } from 'node:path';
import { DataKey, DataNetwork, DeploymentProfile, type IDataKey, type IDataNetwork } from '../../../lib/foundation';
import { AppFlowConnector, IngestionSync, TaskPlatform, Warehouse, type WarehouseProps } from '../../../lib/warehouse';

/** The folder of a blueprint with a dbt project and dashboards that exist. */
export const BLUEPRINT = join(__dirname, '..', '..', '..', 'blueprints', 'warehouse');

/** What every construct of the warehouse stands on. */
export interface Ground {
  readonly key: IDataKey;
  readonly network: IDataNetwork;
  readonly profile: DeploymentProfile;
}

export function newGround(stack: Stack, suffix = '', profile = DeploymentProfile.SANDBOX): Ground {
  const key = new DataKey(stack, `Key${suffix}`, { profile });
  const network = new DataNetwork(stack, `Network${suffix}`, {
    key,
    profile,
    availabilityZones: [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs())),
    natGateways: 1,
  });
  return { key, network, profile };
}

export function newWarehouse(
  stack: Stack,
  ground: Ground,
  props: Partial<WarehouseProps> = {},
  id = 'Warehouse',
): Warehouse {
  const schemas = { raw: ['raw_api'], internal: ['staging'], published: ['marts'] };
  return new Warehouse(stack, id, { ...ground, databaseName: 'analytics', schemas, ...props });
}

export function newPlatform(stack: Stack, ground: Ground, id = 'Tasks'): TaskPlatform {
  return new TaskPlatform(stack, id, ground);
}

/** A sync of each engine that no blueprint reaches: those that run by themselves. */
export function newSelfRunningSyncs(
  stack: Stack,
  { key }: Ground,
  platform: TaskPlatform,
  warehouse: Warehouse,
  suffix = '',
): IngestionSync[] {
  return [
    IngestionSync.airbyte(stack, `Airbyte${suffix}`, {
      warehouse,
      key,
      sourceName: 'stripe',
      workspaceId: '0da998a2-0d7b-49c7-bb6e-9f7eb9cc68a0',
      secret: Secret.fromSecretNameV2(stack, `AirbyteLogin${suffix}`, 'airbyte'),
      source: { sourceType: 'stripe', client_secret: '{secret:token}' },
      destination: { destinationType: 'redshift' },
      streams: [{ name: 'invoices', cursorField: 'created', primaryKey: ['id'] }],
      cron: '0 0/15 * * * ?',
    }),
    IngestionSync.appFlow(stack, `AppFlow${suffix}`, {
      platform,
      warehouse,
      sourceName: 'sales',
      connector: AppFlowConnector.SALESFORCE,
      connectorProfileName: 'salesforce-of-sales',
      object: 'Account',
      fields: ['Id', 'LastModifiedDate'],
      changedField: 'LastModifiedDate',
    }),
    IngestionSync.zeroEtl(stack, `ZeroEtl${suffix}`, {
      warehouse,
      sourceName: 'shop',
      sourceArn: Fn.sub('arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:cluster:shop'),
      dataFilter: 'include: shop.*',
    }),
  ];
}
