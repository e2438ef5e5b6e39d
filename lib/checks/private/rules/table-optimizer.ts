import { all, at, atLeast, given, type Outcome, type Rule } from '../rule';
import { list, type TemplateModel } from '../template';

const TYPES = ['AWS::Glue::TableOptimizer'];
const GUIDE = 'https://docs.aws.amazon.com/glue/latest/dg/';

/** Rules for the table optimizers of the Glue Data Catalog. */
export const TABLE_OPTIMIZER: readonly Rule[] = [
  {
    id: 'TableOptimizerRole',
    types: TYPES,
    text: 'The table optimizer has no role, or one that Glue may not assume.',
    remedy: 'Set RoleArn to a role that trusts glue.amazonaws.com.',
    source: `${GUIDE}optimization-prerequisites.html (not read)`,
    judge: ({ properties }, model) => {
      const role = at(properties, 'TableOptimizerConfiguration', 'RoleArn');
      return all([given(role), role === undefined ? 'not-applicable' : trustsGlue(role, model)]);
    },
  },
  {
    id: 'TableOptimizerRetention',
    types: TYPES,
    text: 'The optimizer does not say that it keeps snapshots for five days and one at least, so that readers may lose what they have not read.',
    remedy: 'Set SnapshotRetentionPeriodInDays to 5 at least and NumberOfSnapshotsToRetain to 1 at least.',
    source: `${GUIDE}enable-snapshot-retention.html (2026-11-24: one snapshot for five days is the default)`,
    judge: ({ properties }) =>
      optimizes(properties.Type, 'retention', () => {
        const path = ['TableOptimizerConfiguration', 'RetentionConfiguration', 'IcebergConfiguration'];
        return all([
          atLeast(at(properties, ...path, 'SnapshotRetentionPeriodInDays'), 5),
          atLeast(at(properties, ...path, 'NumberOfSnapshotsToRetain'), 1),
        ]);
      }),
  },
  {
    id: 'TableOptimizerOrphanFiles',
    types: TYPES,
    text: 'The optimizer does not say that it spares files of the last three days, among which may be those of a commit that is under way.',
    remedy: 'Set OrphanFileRetentionPeriodInDays to 3 at least.',
    source: `${GUIDE}orphan-file-deletion.html (not read; three days is the default that Iceberg's remove_orphan_files has)`,
    judge: ({ properties }) =>
      optimizes(properties.Type, 'orphan_file_deletion', () => {
        const path = ['TableOptimizerConfiguration', 'OrphanFileDeletionConfiguration', 'IcebergConfiguration'];
        return atLeast(at(properties, ...path, 'OrphanFileRetentionPeriodInDays'), 3);
      }),
  },
];

function optimizes(type: unknown, kind: string, judge: () => Outcome): Outcome {
  if (typeof type !== 'string') return 'unresolved';
  return type === kind ? judge() : 'not-applicable';
}

function trustsGlue(arn: unknown, model: TemplateModel): Outcome {
  const role = model.resourceOf(arn);
  if (!role) return 'unresolved';
  const trusted = list(at(role.properties, 'AssumeRolePolicyDocument', 'Statement')).flatMap((statement) =>
    list(at(statement, 'Principal', 'Service')),
  );
  return trusted.includes('glue.amazonaws.com') ? 'compliant' : 'non-compliant';
}
