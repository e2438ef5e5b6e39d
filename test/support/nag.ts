import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';

/** What the packs of cdk-nag find in a synthesized app that nothing beside the resource accepts. */
export function nagFindings(app: App): string[] {
  return [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((each) => `${ruleName}: ${each.constructPath}`),
    );
}
