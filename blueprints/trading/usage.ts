import type { Stack } from 'aws-cdk-lib';

/** Where a template tells how much a stack is used, for `data-patterns review`. */
export const USAGE_METADATA = 'cdk-data-patterns:usage';

/** Figures of a month's use by their names; which ones there are is in each blueprint.schema.json. */
export type UsageSettings = Readonly<Record<string, number>>;

/** Writes the use of a stack, or of a part of it, into its template. CloudFormation ignores it. */
export function recordUsage(stack: Stack, usage: UsageSettings | undefined): void {
  if (usage === undefined) return;
  const metadata: Record<string, unknown> = stack.templateOptions.metadata ?? {};
  stack.templateOptions.metadata = {
    ...metadata,
    [USAGE_METADATA]: { ...(metadata[USAGE_METADATA] as object), ...usage },
  };
}
