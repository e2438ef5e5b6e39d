import { readFileSync } from 'node:fs';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../../ports';

/**
 * A query from a file, without its comments: `${name}` stands for a table, in SQL of Athena.
 *
 * @throws when the file cannot be read, or names a table that is not given
 */
export function sqlOf(scope: Construct, file: string, tables: { readonly [name: string]: ILakeTable }): string {
  const text = readSql(scope, file).replace(/--[^\n]*\n/g, '\n');
  const named = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const table = tables[name];
    if (!table) {
      throw new Error(
        `${scope.node.path}: ${file} reads \${${name}}; name it in tables: ${Object.keys(tables).join(', ')}.`,
      );
    }
    return `"${table.databaseName}"."${table.tableName}"`;
  });
  return named.replace(/\s+/g, ' ').trim();
}

/** @throws when there is no such file */
export function readSql(scope: Construct, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${scope.node.path}: ${file} cannot be read; name an SQL file.`);
  }
}
