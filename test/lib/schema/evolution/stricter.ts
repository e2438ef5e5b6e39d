/**
 * Rules that refuse what Iceberg's Java library would let through, and why they do. A rule that is not named here may
 * refuse nothing that Iceberg allows; one that is named must be needed (proof.e2e.test.ts).
 */
export const STRICTER: Readonly<Record<string, string>> = {
  'drop-column':
    'Iceberg drops whatever it is asked to; a template that lacks a column may be a slip, so a person says so.',
  'rename-column':
    'Iceberg renames whatever it is asked to; ids alone do not tell a rename from a mix-up, so a person says so.',
  'drop-identifier-field':
    'Iceberg lets a key be changed and its column dropped at once; writers that merge by the key need a deployment between the two.',
  'format-version':
    'Iceberg can go from 2 to 3; Athena cannot read 3, CloudFormation cannot do it in place, and there is no way back.',
  'name-mapping':
    'Iceberg sets it like any other property; only tables with files from before Iceberg, which have no ids in them, are read by it.',
  'restore-partition-field':
    'Iceberg knows a partition field of the past again by any name that it ever had and gives it its id; under a new name it gives a second id to one meaning. The rules and the ledger go by the meaning.',
  'reuse-partition-name':
    'Iceberg gives the name of a removed partition field again when it is asked twice, and Spark then fails on metadata tables and on changes of rows.',
  location:
    'Iceberg lets the location change and leaves the old files where they are, where whoever tidies up destroys the table.',
  'reuse-column-id':
    'Set as a whole, a retired column comes back with its old rows; the API always gives a new id, and so does the ledger.',
  'redundant-partition':
    'Iceberg refuses to create a table that is partitioned by two times of one column, but not to make one of it.',
  'partition-name':
    'Iceberg opens a table whose column is called as a partition field that is computed from it, but refuses to create one.',
  'drop-partition-source':
    'Iceberg lets the source of a partition field of the past go, and then fails to delete and merge rows of the files laid out by it.',
};

/** What DuckDB 1.5.5 cannot read although Iceberg allows it; Spark reads all of it right. */
export const DUCKDB_LIMITS: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^rejected: .*'key' of MAP did not map to a value/,
    reason: 'A field of a map was added, dropped or widened: DuckDB finds no old value for it.',
  },
];
