import { PARAMETER, type RuleCases, subject } from './case';

const glueTable = subject('AWS::Glue::Table');
const optimizer = subject('AWS::Glue::TableOptimizer');

const FIELDS = [
  { Id: 1, Name: 'id', Type: 'string', Required: true },
  { Id: 2, Name: 'price', Type: 'decimal(18, 8)', Required: false },
  {
    Id: 3,
    Name: 'tags',
    Type: '{"type":"list","element-id":4,"element":"string","element-required":false}',
    Required: false,
  },
];

interface Changes {
  readonly TableInput?: unknown;
  readonly Version?: unknown;
  readonly Type?: unknown;
  readonly Fields?: readonly object[];
  readonly Partitions?: readonly object[];
}

const table = (changes: Changes = {}) => {
  const { TableInput, Version, Type, Fields, Partitions } = {
    Version: '2',
    Type: 'struct',
    Fields: FIELDS,
    ...changes,
  };
  const IcebergTableInput = {
    Location: 's3://lake/gold/trades',
    Schema: { Type, Fields },
    ...(Partitions ? { PartitionSpec: { Fields: Partitions } } : {}),
  };
  return glueTable({
    TableInput,
    OpenTableFormatInput: { IcebergInput: { MetadataOperation: 'CREATE', Version, IcebergTableInput } },
  });
};
const typed = (Type: string) => table({ Fields: [{ Id: 1, Name: 'x', Type, Required: false }] });
const HIVE = glueTable({ TableInput: { Name: 'csv', StorageDescriptor: { Columns: [] } } });
const partition = (FieldId: unknown, SourceId: unknown = 1) => ({
  Name: 'p',
  Transform: 'identity',
  FieldId,
  SourceId,
});

const role = (Service: string) => ({
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service } }] } },
  },
});
const ROLE = { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } };
const retention = (IcebergConfiguration: object) =>
  optimizer({ Type: 'retention', TableOptimizerConfiguration: { RetentionConfiguration: { IcebergConfiguration } } });
const orphans = (IcebergConfiguration: object) =>
  optimizer({
    Type: 'orphan_file_deletion',
    TableOptimizerConfiguration: { OrphanFileDeletionConfiguration: { IcebergConfiguration } },
  });

export const TABLES: Readonly<Record<string, RuleCases>> = {
  IcebergTableInput: {
    compliant: [table()],
    broken: [table({ TableInput: { Name: 'trades' } }), table({ TableInput: PARAMETER })],
    unresolved: [],
    notApplicable: [HIVE],
  },
  IcebergSchema: {
    compliant: [table()],
    broken: [
      table({ Type: undefined }),
      table({ Fields: [] }),
      glueTable({ OpenTableFormatInput: { IcebergInput: { MetadataOperation: 'CREATE' } } }),
    ],
    unresolved: [table({ Type: PARAMETER })],
    notApplicable: [HIVE],
  },
  IcebergColumnIds: {
    compliant: [
      table(),
      typed(
        '{"type":"map","key-id":2,"key":"string","value-id":3,"value":{"type":"struct","fields":[{"id":4,"type":"long"}]}}',
      ),
    ],
    broken: [
      table({ Fields: [{ Name: 'x', Type: 'string', Required: false }] }),
      table({ Fields: [FIELDS[0], { ...FIELDS[1], Id: 1 }] }),
      table({ Fields: [{ ...FIELDS[0], Id: 0 }] }),
      table({ Fields: [FIELDS[0], { ...FIELDS[2], Id: 4 }] }),
      typed('{"type":"list","element":"string"}'),
      typed('{"type":"map","key-id":2,"key":"string","value":"string"}'),
      typed('{"type":"list'),
    ],
    unresolved: [table({ Fields: [{ ...FIELDS[0], Id: PARAMETER }] })],
    notApplicable: [HIVE],
  },
  IcebergPartitionIds: {
    compliant: [table({ Partitions: [partition(1000), partition(1001, 4)] })],
    broken: [
      table({ Partitions: [partition(undefined)] }),
      table({ Partitions: [partition(999)] }),
      table({ Partitions: [partition(1000), partition(1000, 2)] }),
      table({ Partitions: [partition(1000, 9)] }),
    ],
    unresolved: [table({ Partitions: [partition(PARAMETER)] })],
    notApplicable: [HIVE, table()],
  },
  IcebergFormatVersion: {
    compliant: [table(), table({ Version: 2 })],
    broken: [table({ Version: undefined }), table({ Version: '1' }), table({ Version: '3' })],
    unresolved: [table({ Version: PARAMETER })],
    notApplicable: [HIVE],
  },
  IcebergDecimal: {
    compliant: [table(), typed('{"type":"list","element-id":2,"element":"decimal(38, 0)"}')],
    broken: [
      typed('decimal(18,8)'),
      typed('decimal(18,  8)'),
      typed('{"type":"list","element-id":2,"element":"decimal(18,8)"}'),
    ],
    unresolved: [],
    notApplicable: [HIVE, typed('string')],
  },
  TableOptimizerRole: {
    compliant: [optimizer({ Type: 'compaction', TableOptimizerConfiguration: ROLE }, role('glue.amazonaws.com'))],
    broken: [
      optimizer({ Type: 'compaction' }),
      optimizer({ Type: 'compaction', TableOptimizerConfiguration: ROLE }, role('lambda.amazonaws.com')),
    ],
    unresolved: [optimizer({ TableOptimizerConfiguration: { RoleArn: 'arn:aws:iam::111122223333:role/x' } })],
  },
  TableOptimizerRetention: {
    compliant: [retention({ SnapshotRetentionPeriodInDays: 5, NumberOfSnapshotsToRetain: 1 })],
    broken: [
      retention({}),
      retention({ SnapshotRetentionPeriodInDays: 4, NumberOfSnapshotsToRetain: 1 }),
      retention({ SnapshotRetentionPeriodInDays: 5, NumberOfSnapshotsToRetain: 0 }),
    ],
    unresolved: [retention({ SnapshotRetentionPeriodInDays: PARAMETER, NumberOfSnapshotsToRetain: 1 })],
    notApplicable: [optimizer({ Type: 'compaction' })],
  },
  TableOptimizerOrphanFiles: {
    compliant: [orphans({ OrphanFileRetentionPeriodInDays: 3 })],
    broken: [orphans({}), orphans({ OrphanFileRetentionPeriodInDays: 2 })],
    unresolved: [orphans({ OrphanFileRetentionPeriodInDays: PARAMETER }), optimizer({ Type: PARAMETER })],
    notApplicable: [optimizer({ Type: 'retention' })],
  },
};
