import { resolve } from 'path';
import type { TableDeclaration } from '../table-declaration';
import { SchemaError } from './errors';
import { TableOutline, checkOutline, outlineColumns } from './outline';
import type { DeclaredTopic } from './topic-compatibility';
import type { FieldNode } from './type-node';

/** CDK context key that puts an app in lock mode: tables get provisional ids and declare themselves. */
export const DECLARE_SCHEMAS_CONTEXT = 'cdk-data-patterns:declare-schemas';

/** Type of the construct metadata that carries a declaration to `data-patterns schema`. */
export const TABLE_METADATA = 'cdk-data-patterns:table';

/** Type of the construct metadata that carries a topic's schema to `data-patterns schema`. */
export const TOPIC_METADATA = 'cdk-data-patterns:topic';

/** Type of the construct metadata that tells `data-patterns schema` which tables are one data product. */
export const PRODUCT_METADATA = 'cdk-data-patterns:product';

/** A data product on its way through the cloud assembly. */
export interface DeclaredProduct {
  /** Absolute path of the ledger of its tables. */
  readonly ledger: string;
  /** Its tables' names in the ledger; all stand in one stack. */
  readonly tables: string[];
  /** About how many resources of CloudFormation it brings into its stack. */
  readonly resources: number;
}

/** A topic's schema on its way through the cloud assembly. */
export interface DeclaredTopicSchema extends DeclaredTopic {
  /** Absolute path of the ledger of topics. */
  readonly ledger: string;
  /** Name of the schema. */
  readonly name: string;
}

/** A declaration on its way through the cloud assembly. */
export interface DeclaredTable {
  /** Absolute path of the ledger file. */
  readonly ledger: string;
  readonly table: TableOutline;
}

/**
 * What a table construct leaves as metadata of type `TABLE_METADATA` in lock mode.
 *
 * @param ledgerFile path of the ledger that the construct was given
 */
export function declaredTable(table: TableDeclaration, ledgerFile: string): DeclaredTable {
  return { ledger: resolve(ledgerFile), table: outlineOf(table) };
}

/** Checks a declaration (name, key, partitions, write order) and flattens it. */
export function outlineOf(table: TableDeclaration): TableOutline {
  checkTableName(table.name);
  const { schema, partitionedBy = [], sortedBy = [] } = table;
  const outline: TableOutline = {
    name: table.name,
    formatVersion: table.formatVersion ?? 2,
    columns: outlineColumns(schema._fields),
    partitions: partitionedBy.map(({ fieldName, transform, column }) => ({
      name: fieldName,
      transform,
      source: column,
    })),
    identifierFields: identifierFields(schema._fields, schema.key),
  };
  checkOutline(
    outline,
    sortedBy.map(({ column }) => column),
  );
  return outline;
}

/** Whether metadata is a declaration of this release's form. */
export function isDeclaredTable(data: unknown): data is DeclaredTable {
  const { ledger, table } = (data ?? {}) as Partial<DeclaredTable>;
  return (
    typeof ledger === 'string' &&
    typeof table === 'object' &&
    typeof table.name === 'string' &&
    Array.isArray(table.columns) &&
    Array.isArray(table.partitions) &&
    Array.isArray(table.identifierFields)
  );
}

/** Throws unless the name can be a ledger key: `layer.table`, lower case. */
export function checkTableName(name: string): void {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) {
    throw new SchemaError(
      `Table ${JSON.stringify(name)}: a name in the ledger is 'layer.table' in lower-case letters, digits, '_' and '-', such as 'silver.trades'; rename it.`,
    );
  }
}

/** Iceberg takes only required columns as identifiers; a nullable business key is the writer's affair. */
function identifierFields(fields: readonly FieldNode[], key: readonly string[]): string[] {
  const required = new Set(fields.filter((field) => field.required).map((field) => field.name));
  return key.every((name) => required.has(name)) ? [...key] : [];
}
