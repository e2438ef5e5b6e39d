import type { IConstruct } from 'constructs';
import type { ILakeTable } from '../../ports';

const inTableBuckets = new WeakSet<ILakeTable>();

/** Remembers that a table stands in S3 Tables, and so in no database of the Glue Data Catalog. */
export function rememberInTableBucket(table: ILakeTable): void {
  inTableBuckets.add(table);
}

/**
 * Refuses tables of S3 Tables where a table is meant by its name in the Glue Data Catalog.
 *
 * @throws when one of the tables stands in S3 Tables
 */
export function requireGlueTables(user: IConstruct, ...tables: ILakeTable[]): void {
  const other = tables.find((table) => inTableBuckets.has(table));
  if (other === undefined) return;
  throw new Error(
    `${user.node.path}: table ${other.node.path} stands in S3 Tables, which this construct does not reach; give an ` +
      "IcebergTable, or read and write the table in a SparkJob with its bucket's sparkConf.",
  );
}
