import type { ContractTerms } from '../contract-terms';

/**
 * The contract's tests as rules of Glue Data Quality, in DQDL, with those that the platform adds to every product.
 *
 * The test on freshness is not among them: DQDL's DataFreshness judges every row, in hours or days, and the contract
 * means when rows arrived last, which the product's objectives measure.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-DataFreshness.html (2026-11-28)
 */
export function qualityRules({ tests }: ContractTerms, goldenRules: readonly string[]): string[] {
  return [
    ...tests.unique.map((columns) =>
      columns.length === 1 ? `IsUnique ${quoted(columns[0])}` : `IsPrimaryKey ${columns.map(quoted).join(' ')}`,
    ),
    ...tests.notNull.map((column) => `IsComplete ${quoted(column)}`),
    ...goldenRules,
  ];
}

/** A DQDL document. */
export function ruleset(rules: readonly string[]): string {
  return `Rules = [\n${rules.map((rule) => `    ${rule}`).join(',\n')}\n]`;
}

function quoted(name: string): string {
  return `"${name}"`;
}
