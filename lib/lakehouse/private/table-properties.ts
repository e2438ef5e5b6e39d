import type { RecordSchema } from '../../schema';

/** How rows of committed files are changed. */
export type ChangeMode = 'copy-on-write' | 'merge-on-read';

/** Written by Iceberg or decided by other props of the table; a second opinion breaks it. */
const RESERVED: Record<string, string> = {
  'format-version': 'use the prop formatVersion',
  location: 'use the props bucket and prefix',
  'write.data.path': 'the files stand under the location of the table, which is what the grants open',
  'write.metadata.path': 'the files stand under the location of the table, which is what the grants open',
  'write.object-storage.path': 'the files stand under the location of the table, which is what the grants open',
  'write.folder-storage.path': 'the files stand under the location of the table, which is what the grants open',
  table_type: 'the Glue Data Catalog sets it',
  metadata_location: 'the engines set it at every commit',
  previous_metadata_location: 'the engines set it at every commit',
};

/** Properties of every table of the lake, before the user's own. */
function defaults(changeMode: ChangeMode): Record<string, string> {
  return {
    'write.format.default': 'parquet',
    'write.parquet.compression-codec': 'zstd',
    'write.delete.mode': changeMode,
    'write.update.mode': changeMode,
    'write.merge.mode': changeMode,
    // Every commit writes a whole metadata file; without this they pile up, and the catalog's role lists them all.
    'write.metadata.delete-after-commit.enabled': 'true',
    'write.metadata.previous-versions-max': '100',
  };
}

/**
 * The table properties: defaults, metrics that are switched off, then the user's own.
 *
 * @param opaqueColumns columns without statistics: their bytes need not be UTF-8, and a cut one would be a false bound
 */
export function tableProperties(
  table: string,
  changeMode: ChangeMode,
  opaqueColumns: string[],
  own: { [name: string]: string },
): Record<string, string> {
  for (const name of Object.keys(own)) {
    const remedy = RESERVED[name];
    if (remedy) throw new Error(`${table}: property '${name}' cannot be set; ${remedy}.`);
  }
  const metrics = opaqueColumns.map((column) => [`write.metadata.metrics.column.${column}`, 'none']);
  const merged: Record<string, string> = { ...defaults(changeMode), ...Object.fromEntries(metrics), ...own };
  // Sorted, so that the order in which a user writes them changes no template.
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same for a table of S3 Tables, which removes old metadata files itself and lets nobody else remove a file. */
export function s3TableProperties(table: string, own: { [name: string]: string }): Record<string, string> {
  const all = Object.entries(tableProperties(table, 'copy-on-write', [], own));
  return Object.fromEntries(all.filter(([name]) => name in own || !name.startsWith('write.metadata.')));
}

/** Checks that the columns exist. */
export function checkColumns(table: string, prop: string, columns: string[], schema: RecordSchema): void {
  const known = schema.columns.map((column) => column.name);
  for (const column of columns) {
    if (!known.includes(column)) {
      throw new Error(`${table}: ${prop} names '${column}', which is no column; columns are ${known.join(', ')}.`);
    }
  }
}
