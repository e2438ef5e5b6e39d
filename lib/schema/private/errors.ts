/** A record, table or transform that cannot be: the message names it, says what is wrong and what to do. */
export class SchemaError extends Error {
  public override readonly name = 'SchemaError';
}

/** Code and ledger disagree, or the ledger file is not one: the message names file, table, column and remedy. */
export class LedgerError extends Error {
  public override readonly name = 'LedgerError';
}
