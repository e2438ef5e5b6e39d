import { either, NO_VALUE, PARAMETER, type RuleCases, subject } from './case';

const grant = subject('AWS::LakeFormation::PrincipalPermissions');
const legacy = subject('AWS::LakeFormation::Permissions');
const filter = subject('AWS::LakeFormation::DataCellsFilter');
const location = subject('AWS::LakeFormation::Resource');
const settings = subject('AWS::LakeFormation::DataLakeSettings');
const database = subject('AWS::Glue::Database');
const bucket = subject('AWS::S3Tables::TableBucket');
const bucketPolicy = subject('AWS::S3Tables::TableBucketPolicy');
const tablePolicy = subject('AWS::S3Tables::TablePolicy');
const s3Table = subject('AWS::S3Tables::Table');

const ANALYST = 'arn:aws:iam::111122223333:role/analyst';
const to = (DataLakePrincipalIdentifier: unknown, more: object = {}) => ({
  Principal: { DataLakePrincipalIdentifier },
  Permissions: ['SELECT'],
  PermissionsWithGrantOption: [],
  Resource: { Table: { DatabaseName: 'gold', Name: 'trades' } },
  ...more,
});
const filtered = to(ANALYST, {
  Resource: { DataCellsFilter: { DatabaseName: 'gold', TableName: 'trades', Name: 'own' } },
});
const beside = (Properties: object) =>
  ({ Beside: { Type: 'AWS::LakeFormation::PrincipalPermissions', Properties } }) as never;
const FORMATION = { Location: { Type: 'AWS::LakeFormation::Resource' } };
const tables = (CreateTableDefaultPermissions?: unknown) => ({ DatabaseInput: { CreateTableDefaultPermissions } });
const OPEN = [{ Permissions: ['ALL'], Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' } }];
const defaults = (databases: unknown, ofTables: unknown) =>
  settings({ CreateDatabaseDefaultPermissions: databases, CreateTableDefaultPermissions: ofTables });
const OWN_ROLE = { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, UseServiceLinkedRole: false };

const KEY = { 'Fn::GetAtt': ['Key', 'Arn'] };
const encrypted = (KMSKeyArn: unknown, SSEAlgorithm: unknown = 'aws:kms') => ({
  EncryptionConfiguration: { SSEAlgorithm, KMSKeyArn },
});
const key = (Service: string, Action: string[], Effect = 'Allow') => ({
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: { KeyPolicy: { Statement: [{ Effect, Principal: { Service }, Action, Resource: '*' }] } },
  },
});
const MAINTENANCE = 'maintenance.s3tables.amazonaws.com';
const allowing = (Principal: unknown, more: object = {}) => ({
  ResourcePolicy: {
    Statement: [{ Effect: 'Allow', Principal, Action: ['s3tables:GetTable'], Resource: '*', ...more }],
  },
});
const snapshots = (SnapshotManagement: unknown) => s3Table({ SnapshotManagement });

export const LAKE: Readonly<Record<string, RuleCases>> = {
  LakeFormationIamAllowedPrincipals: {
    compliant: [
      grant(to(ANALYST)),
      grant(to({ 'Fn::GetAtt': ['Role', 'Arn'] })),
      grant(to({ 'Fn::Sub': 'arn:${AWS::Partition}:iam::111122223333:role/deployer' })),
      grant(to({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:role/reader']] })),
      legacy({ DataLakePrincipal: { DataLakePrincipalIdentifier: ANALYST } }),
    ],
    broken: [
      grant(to('IAM_ALLOWED_PRINCIPALS')),
      legacy({ DataLakePrincipal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' } }),
    ],
    unresolved: [grant(to(PARAMETER))],
  },
  LakeFormationSuper: {
    compliant: [grant(to(ANALYST))],
    broken: [grant(to(ANALYST, { Permissions: ['ALL'] })), grant(to(ANALYST, { PermissionsWithGrantOption: ['ALL'] }))],
    unresolved: [grant(to(ANALYST, { Permissions: PARAMETER }))],
  },
  LakeFormationFilterBypass: {
    compliant: [
      grant(filtered),
      grant(filtered, beside(to('arn:aws:iam::111122223333:role/other'))),
      grant(filtered, beside(to(ANALYST, { Permissions: ['DESCRIBE'] }))),
      grant(filtered, beside(to(ANALYST, { Resource: { Table: { DatabaseName: 'gold', Name: 'other' } } }))),
    ],
    broken: [
      grant(filtered, beside(to(ANALYST))),
      grant(filtered, beside(to(ANALYST, { Resource: { Table: { DatabaseName: 'gold', TableWildcard: {} } } }))),
    ],
    unresolved: [grant({ ...filtered, Principal: { DataLakePrincipalIdentifier: either(ANALYST, PARAMETER) } })],
    notApplicable: [grant(to(ANALYST))],
  },
  LakeFormationDatabaseDefaults: {
    compliant: [database(tables([]), FORMATION)],
    broken: [database(tables(), FORMATION), database(tables(OPEN), FORMATION), database(tables(NO_VALUE), FORMATION)],
    unresolved: [database(tables(PARAMETER), FORMATION)],
    notApplicable: [
      database(tables()),
      database({ DatabaseInput: { TargetDatabase: { DatabaseName: 'gold' } } }, FORMATION),
    ],
  },
  LakeFormationSettingsDefaults: {
    compliant: [defaults([], [])],
    broken: [settings({}), defaults([], OPEN), defaults(OPEN, []), defaults(undefined, [])],
    unresolved: [defaults([], PARAMETER)],
  },
  LakeFormationSettingsAppend: {
    compliant: [settings({ MutationType: 'APPEND' })],
    broken: [settings({}), settings({ MutationType: 'REPLACE' })],
    unresolved: [settings({ MutationType: PARAMETER })],
  },
  LakeFormationLocation: {
    compliant: [location(OWN_ROLE), location({ ...OWN_ROLE, HybridAccessEnabled: false })],
    broken: [
      location({ UseServiceLinkedRole: true }),
      location({ ...OWN_ROLE, UseServiceLinkedRole: true }),
      location({ ...OWN_ROLE, HybridAccessEnabled: true }),
    ],
    unresolved: [location({ ...OWN_ROLE, HybridAccessEnabled: PARAMETER })],
  },
  LakeFormationDataFilter: {
    compliant: [
      filter({ RowFilter: { FilterExpression: "venue = 'X'" } }),
      filter({ RowFilter: { AllRowsWildcard: {} }, ColumnNames: ['symbol'] }),
      filter({ ColumnWildcard: { ExcludedColumnNames: ['trader_id'] } }),
      filter({ RowFilter: { FilterExpression: PARAMETER } }),
    ],
    broken: [
      filter({}),
      filter({ RowFilter: { AllRowsWildcard: {} }, ColumnWildcard: {} }),
      filter({ RowFilter: { AllRowsWildcard: {} }, ColumnWildcard: { ExcludedColumnNames: [] } }),
    ],
    unresolved: [filter({ ColumnNames: either(['symbol'], NO_VALUE) })],
  },
  S3TablesEncryption: {
    compliant: [bucket(encrypted(KEY))],
    broken: [bucket({}), bucket(encrypted(undefined, 'AES256')), bucket(encrypted(undefined))],
    unresolved: [bucket(encrypted(KEY, PARAMETER))],
  },
  S3TablesMaintenanceKey: {
    compliant: [
      bucket(encrypted(KEY), key(MAINTENANCE, ['kms:Decrypt', 'kms:GenerateDataKey'])),
      bucket(encrypted(KEY), key(MAINTENANCE, ['kms:Decrypt', 'kms:GenerateDataKey*'])),
    ],
    broken: [
      bucket(encrypted(KEY), key(MAINTENANCE, ['kms:Decrypt'])),
      bucket(encrypted(KEY), key('logs.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'])),
      bucket(encrypted(KEY), key(MAINTENANCE, ['kms:Decrypt', 'kms:GenerateDataKey'], 'Deny')),
    ],
    unresolved: [bucket(encrypted('arn:aws:kms:eu-central-1:111122223333:key/1'))],
    notApplicable: [bucket({})],
  },
  S3TablesPolicyPublic: {
    compliant: [
      bucketPolicy(allowing({ AWS: ANALYST })),
      tablePolicy(allowing('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })),
    ],
    broken: [
      bucketPolicy(allowing('*')),
      tablePolicy(allowing({ AWS: '*' })),
      tablePolicy(allowing({ AWS: [ANALYST, '*'] })),
    ],
    unresolved: [bucketPolicy({ ResourcePolicy: PARAMETER })],
    notApplicable: [bucketPolicy(allowing('*', { Effect: 'Deny' }))],
  },
  S3TablesPolicyActions: {
    compliant: [bucketPolicy(allowing({ AWS: ANALYST }))],
    broken: [
      bucketPolicy(allowing({ AWS: ANALYST }, { Action: 's3tables:*' })),
      tablePolicy(allowing({ AWS: ANALYST }, { Action: ['s3tables:GetTable', '*'] })),
    ],
    unresolved: [tablePolicy({ ResourcePolicy: PARAMETER })],
    notApplicable: [bucketPolicy(allowing('*', { Effect: 'Deny', Action: '*' }))],
  },
  S3TablesSnapshots: {
    compliant: [snapshots({ Status: 'enabled', MaxSnapshotAgeHours: 24, MinSnapshotsToKeep: 1 })],
    broken: [
      snapshots({ Status: 'enabled', MaxSnapshotAgeHours: 23, MinSnapshotsToKeep: 1 }),
      snapshots({ Status: 'enabled', MaxSnapshotAgeHours: 24 }),
    ],
    unresolved: [snapshots({ Status: 'enabled', MaxSnapshotAgeHours: PARAMETER, MinSnapshotsToKeep: 1 })],
    notApplicable: [s3Table({}), snapshots({ Status: 'disabled' })],
  },
};
