import type { Stack } from 'aws-cdk-lib';
import { Fn } from 'aws-cdk-lib';
import { join } from 'node:path';
import { DataKey, DataNetwork, DeploymentProfile, type IDataKey, type IDataNetwork } from '../../../lib/foundation';
import { TaskPlatform, Warehouse, type WarehouseProps } from '../../../lib/warehouse';

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
