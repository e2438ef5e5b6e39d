import { version } from '../../../../package.json';
import type { Review } from '../review';
import { KIND_TITLES } from '../risk';

/** A review as SARIF 2.1.0, which code scanning shows: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
export function renderSarif({ risks }: Review): string {
  const rules = [...new Map(risks.map((risk) => [risk.rule, risk])).values()];
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'data-patterns review',
              version,
              informationUri: 'https://github.com/cdk-data-patterns/cdk-data-patterns/blob/main/docs/review.md',
              rules: rules.map(({ rule, kind }) => ({
                id: rule,
                shortDescription: { text: KIND_TITLES[kind] },
              })),
            },
          },
          results: risks.map(({ id, rule, needsApproval, path, says, stack, approval }) => ({
            ruleId: rule,
            level: needsApproval ? 'error' : 'note',
            message: { text: `${path}: ${says}` },
            // What is reviewed is synthesized: the template is the only file that there is.
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: `cdk.out/${stack}.template.json` } },
                logicalLocations: [{ fullyQualifiedName: path }],
              },
            ],
            partialFingerprints: { risk: id },
            ...(approval === undefined
              ? {}
              : {
                  suppressions: [{ kind: 'external', justification: `${approval.reason} (until ${approval.expires})` }],
                }),
          })),
        },
      ],
    },
    null,
    2,
  );
}
