import { all, any, at, given, isTrue, literal, type Outcome, type Rule } from '../rule';
import { isIntrinsic, isRecord, list, type NamedResource, type Properties, type TemplateModel } from '../template';

const GRANTS = ['AWS::LakeFormation::PrincipalPermissions', 'AWS::LakeFormation::Permissions'];
const FILTER = ['AWS::LakeFormation::DataCellsFilter'];
const SETTINGS = ['AWS::LakeFormation::DataLakeSettings'];
const GUIDE = 'https://docs.aws.amazon.com/lake-formation/latest/dg/';
const EVERYONE = 'IAM_ALLOWED_PRINCIPALS';

/** Rules for AWS Lake Formation. */
export const LAKE_FORMATION: readonly Rule[] = [
  {
    id: 'LakeFormationIamAllowedPrincipals',
    types: GRANTS,
    text: 'A grant to IAMAllowedPrincipals voids every grant and filter of Lake Formation on the same resource.',
    remedy: 'Grant to the roles that need it.',
    source: `${GUIDE}change-settings.html (2026-11-24)`,
    judge: ({ properties }) =>
      isArn(principalOf(properties))
        ? 'compliant'
        : literal(principalOf(properties), (principal) => principal !== EVERYONE),
  },
  {
    id: 'LakeFormationSuper',
    types: GRANTS,
    text: 'The grant is of everything that Lake Formation can grant (ALL).',
    remedy: 'List the permissions that the principal needs.',
    source: `${GUIDE}lf-permissions-reference.html (not read)`,
    judge: ({ properties }) =>
      all(
        ['Permissions', 'PermissionsWithGrantOption'].map((name) =>
          literal(at(properties, name), (permissions) => !list(permissions).includes('ALL')),
        ),
      ),
  },
  {
    id: 'LakeFormationFilterBypass',
    types: GRANTS,
    text: 'A principal that reads a table through a data filter may also read the whole table: grants add up, so the filter hides nothing.',
    remedy: 'Take SELECT on the table from the principal, or the grant on the filter.',
    source: `${GUIDE}data-filters-about.html (not read)`,
    judge: bypass,
  },
  {
    id: 'LakeFormationDatabaseDefaults',
    types: ['AWS::Glue::Database'],
    text: 'Tables that are created in the database get a grant to IAMAllowedPrincipals by default.',
    remedy: 'Set CreateTableDefaultPermissions of the DatabaseInput to an empty list.',
    source: `${GUIDE}change-settings.html (2026-11-24)`,
    judge: ({ properties }, model) =>
      // A link has no tables of its own.
      usesLakeFormation(model) && at(properties, 'DatabaseInput', 'TargetDatabase') === undefined
        ? literal(at(properties, 'DatabaseInput', 'CreateTableDefaultPermissions'), isEmpty)
        : 'not-applicable',
  },
  {
    id: 'LakeFormationSettingsDefaults',
    types: SETTINGS,
    text: 'The account’s settings give IAMAllowedPrincipals everything on new databases and tables.',
    remedy: 'Set CreateDatabaseDefaultPermissions and CreateTableDefaultPermissions to empty lists.',
    source: `${GUIDE}change-settings.html (2026-11-24)`,
    judge: ({ properties }) =>
      all(
        ['CreateDatabaseDefaultPermissions', 'CreateTableDefaultPermissions'].map((name) =>
          literal(at(properties, name), isEmpty),
        ),
      ),
  },
  {
    id: 'LakeFormationSettingsAppend',
    types: SETTINGS,
    text: 'The settings, which are the whole account’s, replace the administrators and lists of others.',
    remedy: 'Set MutationType to APPEND.',
    source:
      'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-datalakesettings.html (not read)',
    judge: ({ properties }) => literal(at(properties, 'MutationType'), (mutation) => mutation === 'APPEND'),
  },
  {
    id: 'LakeFormationLocation',
    types: ['AWS::LakeFormation::Resource'],
    text: 'The location is opened by the service-linked role, or in hybrid mode, in which IAM permissions go past Lake Formation.',
    remedy: 'Set RoleArn to a role of its own, and neither UseServiceLinkedRole nor HybridAccessEnabled to true.',
    source: `${GUIDE}registration-role.html (not read) and ${GUIDE}hybrid-access-mode.html (not read)`,
    judge: ({ properties }) =>
      all([
        given(at(properties, 'RoleArn')),
        literal(at(properties, 'UseServiceLinkedRole'), (value) => !isTrue(value)),
        literal(at(properties, 'HybridAccessEnabled'), (value) => !isTrue(value)),
      ]),
  },
  {
    id: 'LakeFormationDataFilter',
    types: FILTER,
    text: 'The data filter hides neither a row nor a column.',
    remedy:
      'Give it a RowFilter.FilterExpression, ColumnNames or excluded columns; without need of one grant on the table.',
    source: `${GUIDE}data-filters-about.html (not read)`,
    judge: ({ properties }) => {
      const expression = at(properties, 'RowFilter', 'FilterExpression');
      const columns = at(properties, 'ColumnNames');
      const excluded = at(properties, 'ColumnWildcard', 'ExcludedColumnNames');
      return any([expression, columns, excluded].map(given));
    },
  },
];

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function usesLakeFormation(model: TemplateModel): boolean {
  return model.resources.some(({ type }) => type.startsWith('AWS::LakeFormation::'));
}

function principalOf(properties: Properties): unknown {
  const principal = at(properties, 'Principal') ?? at(properties, 'DataLakePrincipal');
  return at(principal, 'DataLakePrincipalIdentifier');
}

/** Database and table that a grant of SELECT reads, by name; a table of undefined stands for all of the database. */
interface Reading {
  readonly database: string;
  readonly table?: string;
}

function bypass({ id, properties }: NamedResource, model: TemplateModel): Outcome {
  const filter = at(properties, 'Resource', 'DataCellsFilter');
  if (!isRecord(filter)) return 'not-applicable';
  const principal = principalOf(properties);
  if (isIntrinsic(principal) && 'Fn::If' in principal) return 'unresolved';
  const database = model.nameOf(filter.DatabaseName);
  const table = model.nameOf(filter.TableName);
  const around = model
    .ofType(...GRANTS)
    .filter((grant) => grant.id !== id && model.nameOf(principalOf(grant.properties)) === model.nameOf(principal))
    .flatMap((grant) => wholeTable(grant.properties, model));
  const bypassed = around.some((each) => each.database === database && (each.table ?? table) === table);
  return bypassed ? 'non-compliant' : 'compliant';
}

/** Whether a value becomes an ARN, whatever its parts become. */
function isArn(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { 'Fn::GetAtt': attribute, 'Fn::Sub': text, 'Fn::Join': joined } = value;
  const [, parts] = list(joined);
  const begin = typeof text === 'string' ? text : list(parts)[0];
  return list(attribute)[1] === 'Arn' || (typeof begin === 'string' && begin.startsWith('arn:'));
}

function wholeTable(properties: Properties, model: TemplateModel): Reading[] {
  const permissions = list(at(properties, 'Permissions'));
  if (!permissions.includes('SELECT') && !permissions.includes('ALL')) return [];
  const table = at(properties, 'Resource', 'Table') ?? at(properties, 'Resource', 'TableResource');
  if (!isRecord(table)) return [];
  const database = model.nameOf(table.DatabaseName);
  return [table.TableWildcard === undefined ? { database, table: model.nameOf(table.Name) } : { database }];
}
