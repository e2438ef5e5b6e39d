import type { Judgement } from './iceberg-judge';
import { Outcome, RealCase, kindsOf } from './real-tables';
import { DUCKDB_LIMITS, STRICTER } from './stricter';

/** What a run has found. */
export interface Findings {
  readonly random: {
    readonly seed: number;
    /** How rules and Iceberg stood to one another, and how often. */
    readonly tally: ReadonlyMap<string, number>;
    /** Who let the same changes through when they were written in code, and what Iceberg says of that. */
    readonly ways: ReadonlyMap<string, number>;
    /** Likewise for tables that a writer had changed since the last deployment. */
    readonly waysBesideWriters: ReadonlyMap<string, number>;
    /** How often each rule allowed or refused. */
    readonly kinds: ReadonlyMap<string, number>;
  };
  readonly cases: readonly RealCase[];
  readonly outcomes: readonly Outcome[];
  readonly judgements: readonly Judgement[];
}

/** docs/schema-evolution-proof.md. */
export function proofPage({ random, cases, outcomes, judgements }: Findings): string {
  const real = cases.map((each, index) => ({
    kinds: kindsOf(each.proposal),
    legal: each.proposal.legal,
    spark: outcomes[index]!.spark,
    duckdb: outcomes[index]!.duckdb,
    judgement: judgements[index]!,
  }));
  const rules = [...random.kinds.keys()].map((kind) => kind.split(' ')[0]!);
  const rows = [...new Set(rules)].sort().map((rule) => {
    const of = (verdict: string) => random.kinds.get(`${rule} ${verdict}`) ?? 0;
    const shown = real.filter(({ kinds }) => kinds.some((kind) => kind.startsWith(`${rule} `)));
    const right = shown.filter(({ legal, spark }) => legal && spark === 'right').length;
    const refused = shown.filter(({ legal }) => !legal);
    const by = (test: (each: (typeof real)[number]) => boolean) => refused.filter(test).length;
    const isByApi = ({ judgement }: (typeof real)[number]) =>
      judgement.refused !== undefined || judgement.inexpressible !== undefined;
    return [
      `\`${rule}\``,
      of('allowed'),
      of('refused'),
      shown.length,
      right,
      by(isByApi),
      by(({ spark }) => spark.startsWith('rejected')),
      by(({ spark }) => spark.startsWith('wrong')),
      by((each) => each.spark === 'right' && !isByApi(each)),
    ];
  });
  const legalOnes = real.filter(({ legal }) => legal);
  const inDuckDb = legalOnes.filter(({ duckdb }) => duckdb === 'right').length;
  return `# The proof of the evolution rules

Written by \`npm run bench -- evolution\`; do not edit. Random tables and changes (seed ${random.seed}) were judged by the rules of
\`lib/schema/private/evolution\` and by Iceberg 1.10.0: its Java library was asked for the change request by request (UpdateSchema,
UpdatePartitionSpec, ReplaceSortOrder, UpdateProperties), and to open the table with the change set as a whole, as CloudFormation sets it.

No change was left on which they disagree without a reason.

## ${total(random.tally)} changes of random tables, by the rules

| rules and Iceberg | changes |
|---|---|
${rowsOf(random.tally)}

## ${total(random.ways)} of them by way of code, ledger and guard

Written in code (\`RecordSchema\`, \`PartitionTransform\`), locked by the ledger, looked at by the guard, and what came out of that, with the ids that
the ledger gave, was put to Iceberg.

| refused by, and what Iceberg does | changes |
|---|---|
${rowsOf(random.ways)}

## ${total(random.waysBesideWriters)} on tables that a writer had changed since the last deployment

The code and the ledger do not know of it. What the guard lets through takes nothing away of what the writer did: that is computed from ids and names alone.

| refused by, and what Iceberg does | changes |
|---|---|
${rowsOf(random.waysBesideWriters)}

## By rule, and on ${cases.length} real tables

On real tables rows were written by Spark 3.5.6 in every state, the change was set in the metadata file whether legal or not, rows were written and deleted after it,
and all were read back and compared with what had been written. Of ${legalOnes.length} allowed changes Spark read ${legalOnes.filter(({ spark }) => spark === 'right').length} right, and DuckDB 1.5.5 ${inDuckDb}.
"Right today" is what only the reasons below explain.

| rule | random: allowed | random: refused | real tables | allowed, read right | refused by the API | forced: rejected | forced: read wrongly | forced: right today |
|---|---|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

## Where the rules are stricter than Iceberg's library

| rule | why |
|---|---|
${Object.entries(STRICTER)
  .map(([rule, reason]) => `| \`${rule}\` | ${reason} |`)
  .join('\n')}

## What was left out

Spark 3.5.6 with Iceberg 1.10.0 gets these wrong whether the table evolves or not:

- rows deleted by a boolean that lays out files: Spark makes \`b = false\` a \`NOT b\`, and Iceberg drops the files of rows without a value, too;
- a null struct in files laid out by the identity of one of its fields, which is read as a struct of nulls; partitions by a uuid.

## What DuckDB cannot read

${DUCKDB_LIMITS.map(({ reason }) => `- ${reason}`).join('\n')}
`;
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function rowsOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `| ${what} | ${count} |`)
    .join('\n');
}
