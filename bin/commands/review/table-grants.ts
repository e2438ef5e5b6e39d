import type { Stack } from './assembly';
import { at, isGroup, type Json, listOf, type Properties, type Resource, textOf } from './template';

/** What Lake Formation lets a principal do with a table of the same stack. */
export interface TableGrant {
  /** Logical id. */
  readonly table: string;
  /** As `textOf` writes it: `${RoleId.Arn}` of a role of the stack, an ARN, an account. */
  readonly principal: string;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Logical id of the permission. */
  readonly declaredBy: string;
}

/** Account and name of a role, as `textOf` writes its ARN. */
export const ROLE_ARN = /:iam::(\d{12}|\$\{AWS::AccountId\}):role\/(?:.*\/)?([^/]+)$/;

/** A principal as people call it: a role of an account, or an account. */
export function principalName(principal: string): string {
  const [, account, role] = ROLE_ARN.exec(principal) ?? [];
  if (role !== undefined) return `${role} of ${account}`;
  return /^\d{12}$/.test(principal) ? `account ${principal}` : principal;
}

/** Whom permissions are of, as people call them, by the logical id of the table. */
export function principalsByTable(grants: readonly TableGrant[]): [table: string, principals: string[]][] {
  const found = new Map<string, Set<string>>();
  for (const { table, principal } of grants) {
    const principals = found.get(table) ?? new Set();
    found.set(table, principals.add(principalName(principal)));
  }
  return [...found].map(([table, principals]) => [table, [...principals]]);
}

type Resources = Readonly<Record<string, Resource>>;
type Tags = readonly { readonly key: string; readonly values: readonly string[] }[];

interface CatalogTable {
  readonly id: string;
  readonly database: string;
  readonly name: string;
  /** Its own, and those that it has of its database. */
  readonly tags: Tags;
}

/** Every permission of Lake Formation on tables that the stack makes, whether it names them, their tags or a filter. */
export function tableGrantsOf({ template: { Resources: resources = {} } }: Stack): TableGrant[] {
  const permissions = ofType(resources, 'AWS::LakeFormation::PrincipalPermissions');
  if (permissions.length === 0) return [];
  const tables = tablesIn(resources);
  return permissions.flatMap(([declaredBy, { Properties: properties = {} }]) => {
    const granted = listOf(properties.Permissions).map(textOf);
    const [reads, writes] = ['SELECT', 'INSERT'].map((each) => granted.includes(each) || granted.includes('ALL'));
    if (!reads && !writes) return [];
    const principal = textOf(at(properties, 'Principal.DataLakePrincipalIdentifier'));
    return tables
      .filter((table) => isMeant(properties.Resource, table, resources))
      .map(({ id }) => ({ table: id, principal, reads, writes, declaredBy }));
  });
}

function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}

function tablesIn(resources: Resources): CatalogTable[] {
  const associations = ofType(resources, 'AWS::LakeFormation::TagAssociation').map(([, { Properties = {} }]) => ({
    on: Properties.Resource,
    tags: tagsIn(Properties.LFTags),
  }));
  return ofType(resources, 'AWS::Glue::Table').map(([id, { Properties = {} }]) => {
    const database = databaseName(Properties.DatabaseName, resources);
    const name = textOf(Properties.Name ?? at(Properties, 'TableInput.Name'));
    const tags = associations
      .filter(({ on }) => isNamed(on, { database, name }, resources))
      .flatMap((association) => association.tags);
    return { id, database, name, tags };
  });
}

function tagsIn(list: Json | undefined): Tags {
  return listOf(list)
    .filter(isGroup)
    .map(({ TagKey, TagValues }) => ({ key: textOf(TagKey), values: listOf(TagValues).map(textOf) }));
}

/** A database by its name in the catalog, where the stack makes it; else as it is referred to. */
function databaseName(value: Json | undefined, resources: Resources): string {
  const text = textOf(value);
  const made = resources[/^\$\{(\w+)\}$/.exec(text)?.[1] ?? ''];
  return textOf(at(made?.Properties, 'DatabaseInput.Name')) || text;
}

function isMeant(resource: Json | undefined, table: CatalogTable, resources: Resources): boolean {
  if (isNamed(resource, table, resources)) return true;
  const wanted = tagsIn(at(resource as Properties, 'LFTagPolicy.Expression'));
  return (
    wanted.length > 0 &&
    wanted.every(({ key, values }) =>
      table.tags.some((tag) => tag.key === key && tag.values.some((value) => values.includes(value))),
    )
  );
}

/** Whether a resource of Lake Formation is the table, columns or rows of it, all tables of its database, or that. */
function isNamed(
  resource: Json | undefined,
  { database, name }: Pick<CatalogTable, 'database' | 'name'>,
  resources: Resources,
): boolean {
  if (!isGroup(resource)) return false;
  const [kind, value] = Object.entries(resource)[0] ?? [];
  if (!isGroup(value)) return false;
  switch (kind) {
    case 'Table':
    case 'TableWithColumns':
    case 'DataCellsFilter': {
      const named = textOf(value.TableName ?? value.Name);
      const isHere = databaseName(value.DatabaseName, resources) === database;
      return isHere && (named === name || (named === '' && value.TableWildcard !== undefined));
    }
    case 'Database':
      return databaseName(value.Name, resources) === database;
    default:
      return false;
  }
}
