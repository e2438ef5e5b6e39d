import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkTableName } from '../../../lib/schema/private/declaration';
import { LedgerError, SchemaError } from '../../../lib/schema/private/errors';
import { adoptTable } from '../../../lib/schema/private/ledger-adopt';
import type { LedgerContent, LedgerTable } from '../../../lib/schema/private/ledger-entry';
import { displayPath, readLedgerFile } from '../../../lib/schema/private/ledger-file';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { UserError } from '../../cli-errors';
import { TableMetadata, readGlueTable, readMetadata } from './metadata-source';
import { writeFilesAtomically } from './write';

export interface AdoptOptions {
  /** The ledger file. */
  readonly ledger: string;
  /** A metadata file, on the disk or on S3. */
  readonly metadata?: string;
  /** A Glue table as `database.table`. */
  readonly glue?: string;
  readonly catalogId?: string;
}

/** What was written about a table. */
export interface Adoption {
  readonly file: string;
  readonly table: string;
  /** The metadata file that was read. */
  readonly metadata: string;
  readonly columns: number;
  readonly partitions: number;
  readonly retiredColumns: number;
  readonly retiredPartitions: number;
  /** Whether the ledger had to change. */
  readonly written: boolean;
}

/**
 * Writes a table that exists already into the ledger, under a name of its own.
 *
 * @throws UserError when the metadata or the ledger cannot be used; nothing is written then
 */
export async function adopt(table: string, options: AdoptOptions): Promise<Adoption> {
  const file = resolve(options.ledger);
  const content = usable(() => {
    checkTableName(table);
    return readLedgerFile(file)?.content ?? new Map();
  });
  const { location, state } = await metadataOf(table, options);
  const known = content.get(table);
  const entry = usable(() => adoptTable(state, known), `${location}: `);
  const written = !isDeepStrictEqual(known, entry);
  if (written) {
    writeFilesAtomically([{ file, content: render(content, table, entry) }]);
  }
  return {
    file: displayPath(file),
    table,
    metadata: location,
    columns: entry.columns.length,
    partitions: entry.partitions.length,
    retiredColumns: entry.retiredColumns.length,
    retiredPartitions: entry.retiredPartitions.length,
    written,
  };
}

/** What a person is told of an adoption. */
export function adoptionLines({ written, ...adoption }: Adoption): string[] {
  const { file, table, metadata, columns, partitions, retiredColumns, retiredPartitions } = adoption;
  const retired = `${retiredColumns} retired column(s), ${retiredPartitions} retired partition field(s)`;
  return [
    `${file}: ${table}: ${written ? 'adopted' : 'current with'} ${metadata}: ${columns} column(s), ${partitions} partition field(s), ${retired}`,
    ...(written ? [`${file}: written; declare the table in code and run 'npx data-patterns schema check'.`] : []),
  ];
}

async function metadataOf(table: string, { metadata, glue = table, catalogId }: AdoptOptions): Promise<TableMetadata> {
  if (metadata !== undefined) {
    return readMetadata(metadata);
  }
  const [, database, name] = /^([^.]+)\.([^.]+)$/.exec(glue) ?? [];
  if (database === undefined || name === undefined) {
    throw new UserError(`--glue ${glue}: is not DATABASE.TABLE; name the table as the Glue catalog does.`);
  }
  return readGlueTable({ catalogId, database, table: name });
}

function render(content: LedgerContent, table: string, entry: LedgerTable): string {
  return renderLedger(new Map(content).set(table, entry));
}

/** What the library refuses is an input error here. */
function usable<T>(work: () => T, prefix = ''): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SchemaError || error instanceof LedgerError ? new UserError(prefix + error.message) : error;
  }
}
