import { EMPTY_TABLE, type LedgerColumn, type LedgerTable } from '../../lib/schema/private/ledger-entry';
import { renderLedger } from '../../lib/schema/private/ledger-text';

/** Columns are optional, and nothing was retired, unless a test says so. */
interface Entry extends Partial<Omit<LedgerTable, 'columns' | 'retiredColumns'>> {
  readonly columns: readonly Column[];
  readonly retiredColumns?: readonly Column[];
}
type Column = Omit<LedgerColumn, 'required'> & Partial<LedgerColumn>;

/** The text of a ledger with ids that a test chose, sealed as `schema lock` seals it. */
export function ledgerText(tables: Readonly<Record<string, Entry>>): string {
  const column = (given: Column): LedgerColumn => ({ required: false, ...given });
  return renderLedger(
    new Map(
      Object.entries(tables).map(([name, { columns, retiredColumns = [], ...rest }]) => [
        name,
        { ...EMPTY_TABLE, ...rest, columns: columns.map(column), retiredColumns: retiredColumns.map(column) },
      ]),
    ),
  );
}
