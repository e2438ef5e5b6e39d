import { resolve } from 'path';
import type { TableDeclaration } from '../table-declaration';
import { TableOutline, outlineOf } from './outline';

/** CDK context key that puts an app in lock mode: tables get provisional ids and declare themselves. */
export const DECLARE_SCHEMAS_CONTEXT = 'cdk-data-patterns:declare-schemas';

/** Type of the construct metadata that carries a declaration to `data-patterns schema`. */
export const TABLE_METADATA = 'cdk-data-patterns:table';

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

/** Whether metadata is a declaration of this release's form. */
export function isDeclaredTable(data: unknown): data is DeclaredTable {
  const { ledger, table } = (data ?? {}) as Partial<DeclaredTable>;
  return (
    typeof ledger === 'string' &&
    typeof table === 'object' &&
    typeof table.name === 'string' &&
    Array.isArray(table.columns) &&
    Array.isArray(table.partitions)
  );
}
