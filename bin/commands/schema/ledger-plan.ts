import type { Finding } from '../../../lib/schema/private/ledger-lock';

/** What was found, or done, about one table or the schema of one topic. */
export interface TablePlan {
  /** Name of the table or schema. */
  readonly table: string;
  /** Columns that got an id, partition fields as `partition <name>`, versions of a topic's schema. */
  readonly added: string[];
  /** Columns whose ids were retired, and partition fields as `partition <name>`. */
  readonly retired: string[];
  /** What else changes in the ledger, and may: renames, wider types and the like. */
  readonly changed: string[];
  /** Each way in which code and ledger disagree and, for lock, must not. */
  readonly problems: Finding[];
}

/** What was found, or is to be written, about one ledger file. */
export interface LedgerPlan {
  /** Absolute path. */
  readonly file: string;
  readonly holds: 'table' | 'topic';
  /** In the order of their names. */
  readonly tables: TablePlan[];
  /** What is in the file and the app no longer declares; it stays. */
  readonly undeclared: string[];
  /** The file's new content where it changes. */
  readonly content?: string;
}
