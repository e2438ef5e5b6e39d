import type { Construct } from 'constructs';
import { SchemaLedger, type IcebergTableShape, type TableDeclaration } from '../../schema';
import { DECLARE_SCHEMAS_CONTEXT, TABLE_METADATA, declaredTable } from '../../schema/private/declaration';

/**
 * The shape of a table with its ids: from the ledger, or, while `data-patterns schema lock|check` runs the app,
 * provisional ones, with the declaration written into the cloud assembly.
 *
 * @throws LedgerError when code and ledger disagree
 */
export function declareTable(table: Construct, ledger: SchemaLedger, declaration: TableDeclaration): IcebergTableShape {
  if (!isDeclaring(table)) return ledger.resolve(declaration);
  table.node.addMetadata(TABLE_METADATA, declaredTable(declaration, ledger.path));
  return SchemaLedger.provisional(declaration);
}

/** Whether `data-patterns schema lock|check` runs the app. */
export function isDeclaring(construct: Construct): boolean {
  const declaring: unknown = construct.node.tryGetContext(DECLARE_SCHEMAS_CONTEXT);
  // Context given on the command line is text.
  return declaring === true || declaring === 'true';
}
