import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import type { Stack } from './assembly';
import { pathOf } from './consumers';
import type { Resource } from './template';

/** What a deployment does to a resource. */
export type Effect =
  'create' | 'in place' | 'interruption' | 'may replace' | 'replace' | 'delete' | 'leave behind' | 'none';

/** One resource that differs. */
export interface Change {
  readonly stack: string;
  readonly logicalId: string;
  /** Path of the construct, e.g. `TradingLakehouseStack/Lake/Silver`; the logical id where the template has none. */
  readonly path: string;
  readonly type: string;
  readonly effect: Effect;
  readonly before?: Resource;
  readonly after?: Resource;
  /** Names of properties that differ. */
  readonly properties: readonly string[];
  /** Of those, the ones for which CloudFormation replaces the resource, always or under conditions. */
  readonly replacedFor: readonly string[];
}

const EFFECTS: Readonly<Record<ResourceImpact, Effect>> = {
  [ResourceImpact.NO_CHANGE]: 'none',
  [ResourceImpact.WILL_CREATE]: 'create',
  [ResourceImpact.WILL_IMPORT]: 'create',
  [ResourceImpact.WILL_UPDATE]: 'in place',
  [ResourceImpact.MAY_REPLACE]: 'may replace',
  [ResourceImpact.WILL_REPLACE]: 'replace',
  [ResourceImpact.WILL_DESTROY]: 'delete',
  [ResourceImpact.WILL_ORPHAN]: 'leave behind',
};

/**
 * Properties whose change stops or restarts what runs, although nothing is replaced. CloudFormation’s schemas do not
 * tell that; each is from the service’s own documentation of updates, not verified on AWS.
 */
const INTERRUPTING: Readonly<Record<string, readonly string[]>> = {
  'AWS::MSK::Cluster': ['InstanceType', 'KafkaVersion', 'ConfigurationInfo', 'BrokerNodeGroupInfo', 'EncryptionInfo'],
  'AWS::KinesisAnalyticsV2::Application': ['ApplicationConfiguration', 'RuntimeEnvironment'],
  'AWS::RDS::DBInstance': ['DBInstanceClass', 'EngineVersion'],
  'AWS::RDS::DBCluster': ['EngineVersion'],
  'AWS::Redshift::Cluster': ['NodeType', 'NumberOfNodes'],
  'AWS::ElastiCache::ReplicationGroup': ['CacheNodeType', 'EngineVersion'],
  'AWS::ECS::Service': ['TaskDefinition', 'NetworkConfiguration'],
  'AWS::OpenSearchService::Domain': ['ClusterConfig', 'EngineVersion'],
};

/** Everything that a deployment of `after` over `before` changes, in the order of stacks and logical ids. */
export function changesOf(before: readonly Stack[], after: readonly Stack[]): Change[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [old, now] = [before, after].map((stacks) => stacks.find((stack) => stack.name === name)?.template ?? {});
    // It adjusts the templates that it is given.
    const { changes } = fullDiff(structuredClone(old), structuredClone(now)).resources;
    return Object.keys(changes)
      .sort()
      .map((logicalId): Change => {
        const difference = changes[logicalId];
        const [was, is] = [old.Resources?.[logicalId], now.Resources?.[logicalId]];
        const properties = Object.entries(difference.propertyUpdates)
          .filter(([, { isDifferent }]) => isDifferent)
          .map(([property, { changeImpact }]) => ({ property, changeImpact }));
        const type = is?.Type ?? was?.Type ?? '';
        const replaced = was !== undefined && is !== undefined && was.Type !== is.Type;
        return {
          stack: name,
          logicalId,
          path: pathOf(is ?? was, `${name}/${logicalId}`),
          type,
          effect: replaced ? 'replace' : effectOf(type, EFFECTS[difference.changeImpact], properties),
          before: was,
          after: is,
          properties: properties.map(({ property }) => property),
          replacedFor: properties
            .filter(
              ({ changeImpact }) =>
                changeImpact === ResourceImpact.WILL_REPLACE || changeImpact === ResourceImpact.MAY_REPLACE,
            )
            .map(({ property }) => property),
        };
      });
  });
}

function effectOf(type: string, effect: Effect, properties: readonly { property: string }[]): Effect {
  // Of types without a schema, such as those of custom resources, it says that nothing happens: their provider is called.
  if (effect === 'none' && properties.length > 0) return 'in place';
  const interrupts = properties.some(({ property }) => INTERRUPTING[type]?.includes(property));
  return effect === 'in place' && interrupts ? 'interruption' : effect;
}
