import type { Stack } from 'aws-cdk-lib';

/** Where a template tells how much a stack is used, for `data-patterns review`. */
export const USAGE_METADATA = 'cdk-data-patterns:usage';

/** Figures of a month's use by their names; which ones there are is in each blueprint.schema.json. */
export type UsageSettings = Readonly<Record<string, number>>;

/** Writes the use of a stack into its template. CloudFormation ignores it. */
export function recordUsage(stack: Stack, usage: UsageSettings | undefined): void {
  if (usage !== undefined) stack.templateOptions.metadata = { [USAGE_METADATA]: usage };
}
