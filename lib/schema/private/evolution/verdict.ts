/** A column that has another name than before: the same id, the same parent. */
export interface Rename {
  /** Path before, e.g. `address.zip`. */
  readonly from: string;
  /** Path after, e.g. `address.postcode`. */
  readonly to: string;
}

/** What a person has said may happen, because no rule can know that it was meant. */
export interface Permissions {
  /** Paths of the columns that may go, with all that is nested in them. */
  readonly drops: readonly string[];
  readonly renames: readonly Rename[];
}

/** No drop and no rename is permitted. */
export const NO_PERMISSIONS: Permissions = { drops: [], renames: [] };

/** What a rule says of one change. */
export interface Verdict {
  /** Name of the rule, e.g. `widen-type`; docs/schema-evolution.md lists them. */
  readonly rule: string;
  /** Path of the column, name of the partition field or property, or `format-version`, `location` and the like. */
  readonly subject: string;
  readonly legal: boolean;
  /** What changes and, where that is not legal, why: the rest of a sentence that begins with the table's name. */
  readonly message: string;
  /** What to do instead; empty for a legal change. */
  readonly remedy: string;
}

export function legal(rule: string, subject: string, message: string): Verdict {
  return { rule, subject, legal: true, message, remedy: '' };
}

export function illegal(rule: string, subject: string, message: string, remedy: string): Verdict {
  return { rule, subject, legal: false, message, remedy };
}
