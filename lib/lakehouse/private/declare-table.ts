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
  const declaring: unknown = table.node.tryGetContext(DECLARE_SCHEMAS_CONTEXT);
  // Context given on the command line is text.
  if (declaring !== true && declaring !== 'true') return ledger.resolve(declaration);
  table.node.addMetadata(TABLE_METADATA, declaredTable(declaration, ledger.path));
  return SchemaLedger.provisional(declaration);
}
