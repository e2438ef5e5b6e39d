import { createHash } from 'crypto';
import { LedgerColumn, LedgerContent, LedgerPartition, LedgerTable } from './ledger-entry';

/** Version of the file's layout: the only one that is read, for one without digests would let an edit by hand through. */
export const LEDGER_VERSION = 2;

/** Renders a ledger: tables sorted, columns by id, one a line, the same bytes for the same content. */
export function renderLedger(content: LedgerContent): string {
  const tables = [...content.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(renderTable);
  const body = tables.length === 0 ? '{}' : `{\n${tables.join(',\n')}\n  }`;
  return `{\n  "version": ${LEDGER_VERSION},\n  "tables": ${body}\n}\n`;
}

/** A digest of an entry, by which an edit by hand and a merge of two entries are noticed. */
export function integrityOf(name: string, table: LedgerTable): string {
  return digest(name, membersOf(table));
}

function renderTable([name, table]: [string, LedgerTable]): string {
  const members = membersOf(table);
  const all = [`"integrity": "${digest(name, members)}"`, ...members];
  return `    ${JSON.stringify(name)}: {\n      ${all.join(',\n      ')}\n    }`;
}

function digest(name: string, members: readonly string[]): string {
  // Against mistakes, not against malice: sixteen digits are enough, and a line stays short.
  return createHash('sha256')
    .update([name, ...members].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

function membersOf(table: LedgerTable): string[] {
  return [
    ...(table.stack === undefined ? [] : [`"stack": ${table.stack}`]),
    `"formatVersion": ${table.formatVersion}`,
    `"lastColumnId": ${table.lastColumnId}`,
    `"lastPartitionId": ${table.lastPartitionId}`,
    `"identifierFields": [${table.identifierFields.join(', ')}]`,
    `"columns": ${renderLines(table.columns.map(columnLine))}`,
    `"partitions": ${renderLines(table.partitions.map(partitionLine))}`,
    `"retiredColumns": ${renderLines(table.retiredColumns.map(columnLine))}`,
    `"retiredPartitions": ${renderLines(table.retiredPartitions.map(partitionLine))}`,
  ];
}

function columnLine({ id, path, type, required }: LedgerColumn): string {
  const optional = `{ "id": ${id}, "path": ${JSON.stringify(path)}, "type": ${JSON.stringify(type)}`;
  return required ? `${optional}, "required": true }` : `${optional} }`;
}

function partitionLine({ id, name, transform, source }: LedgerPartition): string {
  return `{ "id": ${id}, "name": ${JSON.stringify(name)}, "transform": ${JSON.stringify(transform)}, "source": ${source} }`;
}

function renderLines(lines: readonly string[]): string {
  return lines.length === 0 ? '[]' : `[\n        ${lines.join(',\n        ')}\n      ]`;
}
