import { LedgerError } from './private/errors';
import { shapeOf } from './private/iceberg';
import { outlineOf } from './private/declaration';
import type { LedgerContent } from './private/ledger-entry';
import { displayPath, readLedgerFile } from './private/ledger-file';
import { findingsOf, lockTable, sentenceOf } from './private/ledger-lock';
import { IcebergTableShape, TableDeclaration } from './table-declaration';

/**
 * The committed record of every column id and partition-field id that was ever given, as a lock file is for packages.
 *
 * Iceberg's data files know columns by id alone: an id that changes hands shows old data under a new name. So ids are
 * assigned once, by `data-patterns schema lock`, and synth only reads them.
 */
export class SchemaLedger {
  /**
   * The ledger in a file, which is read when the first table asks for its ids.
   *
   * @param path of `schemas.lock.json`, relative to the working folder; the CDK CLI runs an app in the folder of its
   * `cdk.json`. Prefer that to `__dirname`, which is another folder once the app is bundled.
   */
  public static fromFile(path: string): SchemaLedger {
    return new SchemaLedger(path);
  }

  /**
   * A table's shape with ids counted afresh, as if it had never been locked. For a run that only gathers
   * declarations; never deploy it.
   */
  public static provisional(table: TableDeclaration): IcebergTableShape {
    return shapeOf(table, lockTable(outlineOf(table)).entry);
  }

  private content?: LedgerContent;

  private constructor(
    /** Path of the ledger file. */
    public readonly path: string,
  ) {}

  /**
   * A table's shape with the ids of the ledger.
   *
   * Throws an error that names file, table, column and remedy when there is no ledger, it cannot be read, or it does
   * not agree with the declaration; and one that names the column when partitions or sort order do not fit it.
   */
  public resolve(table: TableDeclaration): IcebergTableShape {
    const outline = outlineOf(table);
    const known = this.read().get(table.name);
    const result = known && lockTable(outline, known);
    const [finding] = findingsOf(table.name, result);
    if (finding !== undefined || result === undefined) {
      throw new LedgerError(`${displayPath(this.path)}: ${finding && sentenceOf(table.name, finding)}`);
    }
    return shapeOf(table, result.entry);
  }

  /**
   * Which nested stack of its domain a product stands in, from 1 on; 0 where it stands in none.
   *
   * @param tableNames of the product
   * @internal
   */
  public _stackOf(tableNames: readonly string[]): number {
    return tableNames.map((name) => this.read().get(name)?.stack).find((stack) => stack !== undefined) ?? 0;
  }

  private read(): LedgerContent {
    this.content ??= readLedgerFile(this.path)?.content;
    if (this.content === undefined) {
      throw new LedgerError(
        `${displayPath(this.path)}: there is no such schema ledger; run 'npx data-patterns schema lock' and commit the file.`,
      );
    }
    return this.content;
  }
}
