import type { Change } from '../changes';
import type { Risk } from '../risk';
import { at, isGroup, type Json, listOf, type Properties } from '../template';
import { MINOR } from '../stateful';
import type { Rule } from './rule';
import { riskOf } from './rule';

/** How long something is kept. */
interface Kept {
  /** What a message calls it. */
  readonly what: string;
  /** In `unit`; Infinity for ever. */
  readonly amount: number;
  readonly unit: string;
}

/** What a resource keeps, by a name that is the same before and after. */
type Reader = (properties: Properties | undefined) => Readonly<Record<string, Kept>>;

const numberAt =
  (path: string, what: string, unit: string, otherwise: number): Reader =>
  (properties) => {
    const value = at(properties, path);
    return { [path]: { what, unit, amount: value === undefined ? otherwise : Number(value) } };
  };

const READERS: Readonly<Record<string, Reader>> = {
  'AWS::Logs::LogGroup': numberAt('RetentionInDays', 'logs', 'days', Infinity),
  'AWS::Kinesis::Stream': numberAt('RetentionPeriodHours', 'records', 'hours', 24),
  'AWS::SQS::Queue': numberAt('MessageRetentionPeriod', 'messages', 'seconds', 345_600),
  'AWS::RDS::DBInstance': numberAt('BackupRetentionPeriod', 'backups', 'days', 1),
  'AWS::RDS::DBCluster': numberAt('BackupRetentionPeriod', 'backups', 'days', 1),
  'AWS::Redshift::Cluster': numberAt('AutomatedSnapshotRetentionPeriod', 'snapshots', 'days', 1),
  'AWS::ElastiCache::ServerlessCache': numberAt('SnapshotRetentionLimit', 'snapshots', 'days', 0),
  'AWS::ElastiCache::ReplicationGroup': numberAt('SnapshotRetentionLimit', 'snapshots', 'days', 0),
  'AWS::MSK::Topic': (properties) => topicRetention(kafkaConfigs(properties?.Configs)),
  'Custom::KafkaTopic': (properties) => topicRetention(kafkaConfigs(properties?.Configs ?? properties?.Config)),
  'AWS::S3::Bucket': lifecycle,
  'AWS::Glue::TableOptimizer': numberAt(
    'TableOptimizerConfiguration.RetentionConfiguration.IcebergConfiguration.SnapshotRetentionPeriodInDays',
    'snapshots',
    'days',
    Infinity,
  ),
};

/** Switches that keep what was overwritten or deleted. */
const SWITCHES: readonly (readonly [type: string, path: string, on: Json, what: string])[] = [
  ['AWS::S3::Bucket', 'VersioningConfiguration.Status', 'Enabled', 'versions of overwritten and deleted objects'],
  [
    'AWS::DynamoDB::Table',
    'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled',
    true,
    'the way back to any second of the last 35 days',
  ],
  ['AWS::DynamoDB::Table', 'DeletionProtectionEnabled', true, 'the protection from deletion'],
  ['AWS::RDS::DBInstance', 'DeletionProtection', true, 'the protection from deletion'],
  ['AWS::RDS::DBCluster', 'DeletionProtection', true, 'the protection from deletion'],
  ['AWS::KMS::Key', 'Enabled', true, 'the key: all that it encrypted becomes unreadable'],
];
const ON_BY_DEFAULT = new Set(['Enabled']);

/** Retention that becomes shorter. */
export const retentionRules: Rule = ({ changes }) =>
  changes
    .filter(({ before, after }) => before !== undefined && after !== undefined && before.Type === after.Type)
    .flatMap((change) => [...shortened(change), ...switchedOff(change)]);

function shortened(change: Change): Risk[] {
  const { type, before, after } = change;
  const read = READERS[type];
  if (read === undefined) return [];
  const [was, is] = [read(before?.Properties), read(after?.Properties)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((name) => {
    const { what, unit } = was[name] ?? is[name];
    const [old, now] = [was[name]?.amount ?? Infinity, is[name]?.amount ?? Infinity];
    if (!(now < old)) return [];
    const shown = (amount: number): string => (amount === Infinity ? 'for ever' : `${amount} ${unit}`);
    const says = `${type}: ${what} were kept ${shown(old)} and will be kept ${shown(now)}; what is older is gone with the deployment and cannot be brought back. Copy what is still needed first.`;
    return riskOf(change, 'retention-shortened', 'data', says, { part: name, needsApproval: !MINOR.has(type) });
  });
}

function switchedOff(change: Change): Risk[] {
  const { type, before, after } = change;
  return SWITCHES.filter(([of]) => of === type).flatMap(([, path, on, what]) => {
    const value = (properties: Properties | undefined): boolean => {
      const found = at(properties, path);
      return found === undefined ? ON_BY_DEFAULT.has(path) : found === on;
    };
    if (!value(before?.Properties) || value(after?.Properties)) return [];
    return riskOf(
      change,
      'recovery-switched-off',
      'data',
      `${type}: ${path} is switched off; you lose ${what}. Leave it on.`,
      {
        part: path,
      },
    );
  });
}

/** Settings of a topic: an object, or the base64 of one, as AWS::MSK::Topic has it. */
export function kafkaConfigs(value: Json | undefined): Properties {
  if (isGroup(value)) return value;
  if (typeof value !== 'string') return {};
  try {
    return JSON.parse(Buffer.from(value, 'base64').toString('utf8')) as Properties;
  } catch {
    return {};
  }
}

function topicRetention(configs: Properties): Record<string, Kept> {
  // Kafka's own defaults: a week, and no limit of bytes. https://kafka.apache.org/documentation/#topicconfigs
  const amount = (value: Json | undefined, otherwise: number): number => {
    const given = value === undefined ? otherwise : Number(value);
    return given < 0 ? Infinity : given;
  };
  const hours = amount(configs['retention.ms'], 604_800_000) / 3_600_000;
  return {
    'retention.ms': { what: 'events', unit: 'hours', amount: hours },
    'retention.bytes': { what: 'events', unit: 'bytes a partition', amount: amount(configs['retention.bytes'], -1) },
  };
}

/** Expirations, by what they apply to. */
function lifecycle(properties: Properties | undefined): Record<string, Kept> {
  const kept: Record<string, Kept> = {};
  const note = (name: string, what: string, days: Json | undefined): void => {
    if (days === undefined) return;
    const amount = Math.min(Number(days), kept[name]?.amount ?? Infinity);
    kept[name] = { what, unit: 'days', amount };
  };
  for (const rule of listOf(at(properties, 'LifecycleConfiguration.Rules'))) {
    if (!isGroup(rule) || rule.Status !== 'Enabled') continue;
    const prefix = String(rule.Prefix ?? '');
    const shown = prefix === '' ? 'all objects' : `objects below ${prefix}`;
    note(prefix || '*', shown, rule.ExpirationInDays);
    note(
      `${prefix || '*'}:old`,
      `old versions of ${shown}`,
      at(rule, 'NoncurrentVersionExpiration.NoncurrentDays') ?? rule.NoncurrentVersionExpirationInDays,
    );
  }
  return kept;
}
