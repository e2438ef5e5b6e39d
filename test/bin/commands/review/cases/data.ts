import { between, changed, removed, type ReviewCase } from './case';

const configs = (settings: object) => Buffer.from(JSON.stringify(settings)).toString('base64');

const field = (Id: number, Name: string, Type = 'string', Required = false) => ({ Id, Name, Type, Required });
const PARTITION = { FieldId: 1000, Name: 'traded_at_day', SourceId: 3, Transform: 'day' };

/** An Iceberg table in the form that lives through updates. */
function iceberg(fields: object[], partitions: object[] = [], location = 's3://lake/silver/trades') {
  return {
    CatalogId: { Ref: 'AWS::AccountId' },
    DatabaseName: 'silver',
    Name: 'trades',
    OpenTableFormatInput: {
      IcebergInput: {
        MetadataOperation: 'CREATE',
        Version: '2',
        IcebergTableInput: {
          Location: location,
          Schema: { Type: 'struct', Fields: fields },
          PartitionSpec: { Fields: partitions },
        },
      },
    },
  };
}

const TRADES = [field(1, 'trade_id'), field(2, 'price', 'decimal(18, 8)'), field(3, 'traded_at', 'timestamptz')];
const table = (title: string, head: object[], approve: string[], partitions: object[] = [], before = TRADES) =>
  changed(title, 'AWS::Glue::Table', iceberg(before, partitions), iceberg(head, partitions), approve);

const topic = (settings: object, partitions = 6, replicas = 3) => ({
  ClusterArn: 'arn:aws:kafka:us-east-1:111122223333:cluster/c/1',
  TopicName: 'trades',
  PartitionCount: partitions,
  ReplicationFactor: replicas,
  Configs: configs(settings),
});

const lifecycle = (days?: number, status = 'Enabled') => ({
  LifecycleConfiguration: {
    Rules: [{ Id: 'r', Status: status, Prefix: 'raw/', ...(days ? { ExpirationInDays: days } : {}) }],
  },
});

/** What CloudFormation's reference calls "Update requires: Replacement" of each type, in resources of every pattern and of users' own. */
const RENAMED: readonly (readonly [type: string, property: string])[] = [
  ['AWS::S3Tables::TableBucket', 'TableBucketName'],
  ['AWS::S3Tables::Table', 'TableBucketARN'],
  ['AWS::Kinesis::Stream', 'Name'],
  ['AWS::Redshift::Cluster', 'ClusterIdentifier'],
  ['AWS::RDS::DBCluster', 'DBClusterIdentifier'],
  ['AWS::DynamoDB::GlobalTable', 'TableName'],
  ['AWS::ElastiCache::ReplicationGroup', 'ReplicationGroupId'],
  ['AWS::MemoryDB::Cluster', 'ClusterName'],
  ['AWS::EFS::FileSystem', 'PerformanceMode'],
  ['AWS::OpenSearchService::Domain', 'DomainName'],
  ['AWS::SQS::Queue', 'QueueName'],
  ['AWS::SecretsManager::Secret', 'Name'],
  ['AWS::ECR::Repository', 'RepositoryName'],
];

/** Data lost or unreadable: what each pattern keeps, replaced, deleted, shortened, evolved. */
export const DATA_CASES: readonly ReviewCase[] = [
  ...RENAMED.map(([type, property]) =>
    changed(`${type}: another ${property}`, type, { [property]: 'a' }, { [property]: 'b' }, ['stateful-replaced']),
  ),
  removed('streaming: a topic of a serverless cluster is given up', { Type: 'Custom::KafkaTopic' }, [
    'stateful-deleted',
  ]),
  changed('streaming: a schema of the registry is renamed', 'AWS::Glue::Schema', { Name: 'a' }, { Name: 'b' }, [
    'stateful-replaced',
    'interface-renamed',
  ]),
  removed('a user pool is given up', { Type: 'AWS::Cognito::UserPool' }, ['stateful-deleted']),
  // Replaced, by what each pattern keeps.
  changed('lakehouse: a bucket is renamed', 'AWS::S3::Bucket', { BucketName: 'lake-a' }, { BucketName: 'lake-b' }, [
    'stateful-replaced',
  ]),
  changed(
    'lakehouse: a database is renamed',
    'AWS::Glue::Database',
    { CatalogId: '1', DatabaseInput: { Name: 'a' } },
    { CatalogId: '1', DatabaseInput: { Name: 'b' } },
    ['stateful-replaced'],
  ),
  changed(
    'lakehouse: an Iceberg table moves to another database',
    'AWS::Glue::Table',
    iceberg(TRADES),
    { ...iceberg(TRADES), DatabaseName: 'gold' },
    ['stateful-replaced'],
  ),
  changed(
    'streaming: a cluster is renamed',
    'AWS::MSK::Cluster',
    { ClusterName: 'a', KafkaVersion: '3.9.x', NumberOfBrokerNodes: 2 },
    { ClusterName: 'b', KafkaVersion: '3.9.x', NumberOfBrokerNodes: 2 },
    ['stateful-replaced'],
  ),
  changed(
    'streaming: a serverless cluster is renamed',
    'AWS::MSK::ServerlessCluster',
    { ClusterName: 'a' },
    { ClusterName: 'b' },
    ['stateful-replaced'],
  ),
  changed('streaming: a topic is renamed', 'AWS::MSK::Topic', topic({}), { ...topic({}), TopicName: 'trades2' }, [
    'stateful-replaced',
  ]),
  changed(
    'streaming: a Flink application is renamed',
    'AWS::KinesisAnalyticsV2::Application',
    { ApplicationName: 'a', RuntimeEnvironment: 'FLINK-2_2', ServiceExecutionRole: 'r' },
    { ApplicationName: 'b', RuntimeEnvironment: 'FLINK-2_2', ServiceExecutionRole: 'r' },
    ['stateful-replaced'],
  ),
  changed(
    'streaming: a hot store is renamed',
    'AWS::ElastiCache::ServerlessCache',
    { ServerlessCacheName: 'a', Engine: 'valkey' },
    { ServerlessCacheName: 'b', Engine: 'valkey' },
    ['stateful-replaced'],
  ),
  changed(
    'warehouse: a namespace is renamed',
    'AWS::RedshiftServerless::Namespace',
    { NamespaceName: 'a' },
    { NamespaceName: 'b' },
    ['stateful-replaced'],
  ),
  changed(
    'warehouse: the BI service’s database is encrypted afterwards',
    'AWS::RDS::DBInstance',
    { StorageEncrypted: false },
    { StorageEncrypted: true },
    ['stateful-replaced'],
  ),
  changed(
    'mesh: a schema registry entry changes its compatibility place',
    'AWS::Glue::Registry',
    { Name: 'a' },
    { Name: 'b' },
    ['stateful-replaced'],
  ),
  changed(
    'serving: a table of keys gets another key',
    'AWS::DynamoDB::Table',
    { KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }] },
    { KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }] },
    ['stateful-replaced'],
  ),
  // Deleted, left behind, and no longer kept.
  removed('a bucket is deleted', { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Delete' }, ['stateful-deleted']),
  removed('a key is deleted', { Type: 'AWS::KMS::Key' }, ['stateful-deleted']),
  removed('a topic is deleted', { Type: 'AWS::MSK::Topic', Properties: topic({}) }, ['stateful-deleted']),
  removed('an Iceberg table is deleted', { Type: 'AWS::Glue::Table', Properties: iceberg(TRADES) }, [
    'stateful-deleted',
  ]),
  removed('a warehouse is left behind', { Type: 'AWS::RedshiftServerless::Namespace', DeletionPolicy: 'Retain' }, [
    'stateful-left-behind',
  ]),
  removed('logs are deleted: said, no approval', { Type: 'AWS::Logs::LogGroup' }, [], ['stateful-deleted']),
  between(
    'a construct is renamed and its logical id with it: one bucket goes, an empty one comes',
    { LakeA: { Type: 'AWS::S3::Bucket' } },
    { LakeB: { Type: 'AWS::S3::Bucket' } },
    ['stateful-deleted'],
  ),
  between(
    'a bucket is not kept any more when the stack goes',
    { Lake: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' } },
    { Lake: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Delete' } },
    ['retention-policy-removed'],
  ),
  // Retention.
  changed(
    'a topic keeps events for a day instead of a week',
    'AWS::MSK::Topic',
    topic({ 'retention.ms': '604800000' }),
    topic({ 'retention.ms': '86400000' }),
    ['retention-shortened'],
  ),
  changed('a topic that kept everything keeps a week', 'AWS::MSK::Topic', topic({ 'retention.ms': '-1' }), topic({}), [
    'retention-shortened',
  ]),
  changed('a topic gets a limit of bytes', 'AWS::MSK::Topic', topic({}), topic({ 'retention.bytes': '1000000' }), [
    'retention-shortened',
  ]),
  changed('objects that were kept for ever expire', 'AWS::S3::Bucket', {}, lifecycle(30), ['retention-shortened']),
  changed('objects expire sooner', 'AWS::S3::Bucket', lifecycle(365), lifecycle(30), ['retention-shortened']),
  changed(
    'versioning is suspended',
    'AWS::S3::Bucket',
    { VersioningConfiguration: { Status: 'Enabled' } },
    { VersioningConfiguration: { Status: 'Suspended' } },
    ['recovery-switched-off'],
  ),
  changed(
    'point-in-time recovery is off',
    'AWS::DynamoDB::Table',
    { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    {},
    ['recovery-switched-off'],
  ),
  changed(
    'backups are kept shorter',
    'AWS::RDS::DBCluster',
    { BackupRetentionPeriod: 14 },
    { BackupRetentionPeriod: 1 },
    ['retention-shortened'],
  ),
  changed(
    'a stream keeps records shorter',
    'AWS::Kinesis::Stream',
    { RetentionPeriodHours: 168 },
    { RetentionPeriodHours: 24 },
    ['retention-shortened'],
  ),
  changed(
    'snapshots of a table are expired sooner',
    'AWS::Glue::TableOptimizer',
    {
      TableOptimizerConfiguration: {
        RetentionConfiguration: { IcebergConfiguration: { SnapshotRetentionPeriodInDays: 14 } },
      },
    },
    {
      TableOptimizerConfiguration: {
        RetentionConfiguration: { IcebergConfiguration: { SnapshotRetentionPeriodInDays: 1 } },
      },
    },
    ['retention-shortened'],
  ),
  changed(
    'logs are kept shorter: said, no approval',
    'AWS::Logs::LogGroup',
    { RetentionInDays: 365 },
    { RetentionInDays: 30 },
    [],
    ['retention-shortened'],
  ),
  changed('a key is switched off', 'AWS::KMS::Key', { KeyPolicy: {} }, { KeyPolicy: {}, Enabled: false }, [
    'recovery-switched-off',
  ]),
  // Topics.
  changed('a topic loses partitions', 'AWS::MSK::Topic', topic({}, 6), topic({}, 3), ['partitions-reduced']),
  changed('a topic is compacted', 'AWS::MSK::Topic', topic({}), topic({ 'cleanup.policy': 'compact' }), [
    'cleanup-changed',
  ]),
  changed('a topic has fewer copies', 'AWS::MSK::Topic', topic({}, 6, 3), topic({}, 6, 1), [
    'copies-reduced',
    'stateful-replaced',
  ]),
  changed(
    'a topic of a serverless cluster loses partitions',
    'Custom::KafkaTopic',
    { TopicName: 'trades', Partitions: '6' },
    { TopicName: 'trades', Partitions: '3' },
    ['partitions-reduced'],
  ),
  changed(
    'a topic of a serverless cluster keeps events for a day instead of a week',
    'Custom::KafkaTopic',
    { TopicName: 'trades', Partitions: '6', Configs: { 'retention.ms': '604800000' } },
    { TopicName: 'trades', Partitions: '6', Configs: { 'retention.ms': '86400000' } },
    ['retention-shortened'],
  ),
  // Iceberg.
  table('a decimal loses scale', [TRADES[0], field(2, 'price', 'decimal(18, 2)'), TRADES[2]], ['iceberg-evolution']),
  table('a number becomes text', [TRADES[0], field(2, 'price', 'string'), TRADES[2]], ['iceberg-evolution']),
  table(
    'an optional column becomes required',
    [field(1, 'trade_id', 'string', true), TRADES[1], TRADES[2]],
    ['iceberg-evolution'],
  ),
  table('a required column is added', [...TRADES, field(4, 'venue', 'string', true)], ['iceberg-evolution']),
  table(
    'two columns have changed ids',
    [field(2, 'trade_id'), field(1, 'price', 'decimal(18, 8)'), TRADES[2]],
    ['column-renamed', 'iceberg-evolution'],
  ),
  table(
    'the column that partitions is dropped',
    [TRADES[0], TRADES[1]],
    ['column-dropped', 'iceberg-evolution'],
    [PARTITION],
  ),
  changed(
    'the field of a partition gets another meaning',
    'AWS::Glue::Table',
    iceberg(TRADES, [PARTITION]),
    iceberg(TRADES, [{ ...PARTITION, Transform: 'hour' }]),
    ['iceberg-evolution'],
  ),
  changed(
    'a table moves to another location',
    'AWS::Glue::Table',
    iceberg(TRADES),
    iceberg(TRADES, [], 's3://lake/elsewhere'),
    ['iceberg-evolution'],
  ),
];
