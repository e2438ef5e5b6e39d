import type { Resource } from '../../../../../bin/commands/review/template';
import { between, changed, removed, type ReviewCase } from './case';
import { permission } from '../lake-formation';

const DATABASE = { Ref: 'Database' };
const FINANCE = 'arn:aws:iam::444444444444:role/data-mesh-finance.pnl.v1';

const table = (name: string) => ({
  Type: 'AWS::Glue::Table',
  Properties: {
    CatalogId: '222222222222',
    DatabaseName: DATABASE,
    Name: name,
    TableInput: { Name: name, StorageDescriptor: { Columns: [{ Name: 'id', Type: 'int' }] } },
  },
});
const tagged = (name: string, ...values: string[]) => ({
  Type: 'AWS::LakeFormation::TagAssociation',
  Properties: {
    Resource: { Table: { DatabaseName: DATABASE, Name: name } },
    LFTags: [{ TagKey: 'product', TagValues: values }],
  },
});
const byTag = (...values: string[]) => ({
  LFTagPolicy: { ResourceType: 'TABLE', Expression: [{ TagKey: 'product', TagValues: values }] },
});

/** A product of a domain, which another domain has subscribed to by its tag. */
const PRODUCT = {
  Database: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'risk' } } },
  Exposures: table('exposures'),
  Secrets: table('secrets'),
  Tag: tagged('exposures', 'risk.exposures.v1'),
};
const SUBSCRIPTION = { Finance: permission(FINANCE, byTag('risk.exposures.v1'), 'SELECT', 'DESCRIBE') };

type Resources = Readonly<Record<string, object>>;
const mesh = (title: string, before: Resources, after: Resources, approve: readonly string[]): ReviewCase => {
  const [base, head] = [before, after].map((more) => ({ ...PRODUCT, ...more }) as unknown as Record<string, Resource>);
  return between(title, base, head, approve);
};

const filter = (more: object) => ({
  Name: 'no-crypto',
  DatabaseName: DATABASE,
  TableName: 'exposures',
  TableCatalogId: '222222222222',
  ...more,
});
const cells = (title: string, before: object, after: object, approve: readonly string[]) =>
  changed(title, 'AWS::LakeFormation::DataCellsFilter', filter(before), filter(after), approve);
const ROWS = { RowFilter: { FilterExpression: "sector <> 'crypto'" } };
const ALL_ROWS = { RowFilter: { AllRowsWildcard: {} } };

const settings = (CreateTableDefaultPermissions: object[]) => ({ Admins: [], CreateTableDefaultPermissions });
const EVERYBODY = {
  Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' },
  Permissions: ['ALL'],
};

/** What Lake Formation lets whom read: of a mesh, whose consumers are in other accounts, and of any governed lake. */
export const GOVERNANCE_CASES: readonly ReviewCase[] = [
  mesh('mesh: another domain subscribes', {}, SUBSCRIPTION, ['access-widened']),
  mesh('mesh: a consumer loses its subscription', SUBSCRIPTION, {}, ['access-withdrawn']),
  mesh(
    'mesh: a table is tagged as a product that others have subscribed to',
    SUBSCRIPTION,
    { ...SUBSCRIPTION, Leak: tagged('secrets', 'risk.exposures.v1') },
    ['access-widened'],
  ),
  mesh(
    'mesh: a table loses the tag by which others read it',
    SUBSCRIPTION,
    { ...SUBSCRIPTION, Tag: tagged('exposures', 'risk.exposures.v2') },
    ['access-withdrawn'],
  ),
  mesh(
    'mesh: a subscription moves from the tag to the table itself: its right is written in other words',
    SUBSCRIPTION,
    { Finance: permission(FINANCE, { Table: { DatabaseName: DATABASE, Name: 'exposures' } }, 'SELECT', 'DESCRIBE') },
    ['access-widened'],
  ),
  mesh(
    'mesh: a new product is tagged and has its first subscriber in the next change',
    SUBSCRIPTION,
    { ...SUBSCRIPTION, Limits: table('limits'), LimitsTag: tagged('limits', 'risk.limits.v1') },
    [],
  ),
  mesh(
    'mesh: a table gets a second tag that nobody has asked for',
    SUBSCRIPTION,
    { ...SUBSCRIPTION, Class: tagged('exposures', 'internal') },
    [],
  ),
  removed(
    'mesh: a table of a domain is given up, with its rows',
    { Type: 'AWS::Glue::Table', DeletionPolicy: 'Delete', Properties: table('exposures').Properties },
    ['stateful-deleted'],
  ),
  cells(
    'a filter lets one more column through',
    { ...ROWS, ColumnNames: ['date'] },
    { ...ROWS, ColumnNames: ['date', 'trader'] },
    ['access-widened'],
  ),
  cells('a filter hides no column any more', { ...ROWS, ColumnNames: ['date'] }, { ...ROWS, ColumnWildcard: {} }, [
    'access-widened',
  ]),
  cells(
    'a filter no longer hides a column that it hid',
    { ...ROWS, ColumnWildcard: { ExcludedColumnNames: ['trader', 'account'] } },
    { ...ROWS, ColumnWildcard: { ExcludedColumnNames: ['trader'] } },
    ['refusal-removed'],
  ),
  cells('a filter lets all rows through', { ...ROWS, ColumnNames: ['date'] }, { ...ALL_ROWS, ColumnNames: ['date'] }, [
    'access-widened',
  ]),
  cells(
    'a filter lets other rows through',
    { ...ROWS, ColumnNames: ['date'] },
    { RowFilter: { FilterExpression: "sector = 'crypto'" }, ColumnNames: ['date'] },
    ['access-widened'],
  ),
  cells(
    'a filter hides more',
    { ...ALL_ROWS, ColumnNames: ['date', 'trader'] },
    { ...ROWS, ColumnNames: ['date'] },
    [],
  ),
  changed(
    'new tables are open to everybody whom IAM lets',
    'AWS::LakeFormation::DataLakeSettings',
    settings([]),
    settings([EVERYBODY]),
    ['access-widened'],
  ),
  changed('new tables are closed', 'AWS::LakeFormation::DataLakeSettings', settings([EVERYBODY]), settings([]), []),
  changed(
    'new tables of a database are open to everybody whom IAM lets',
    'AWS::Glue::Database',
    { CatalogId: '1', DatabaseInput: { Name: 'risk', CreateTableDefaultPermissions: [] } },
    { CatalogId: '1', DatabaseInput: { Name: 'risk', CreateTableDefaultPermissions: [EVERYBODY] } },
    ['access-widened'],
  ),
  changed(
    'policies of IAM count beside Lake Formation',
    'AWS::LakeFormation::Resource',
    { ResourceArn: 'arn:aws:s3:::lake', UseServiceLinkedRole: false },
    { ResourceArn: 'arn:aws:s3:::lake', UseServiceLinkedRole: false, HybridAccessEnabled: true },
    ['protection-removed'],
  ),
];
