import { all, at, atLeast, given, literal, type Outcome, type Rule } from '../rule';
import { isIntrinsic, list, type TemplateModel, textOf } from '../template';

const BUCKET = ['AWS::S3Tables::TableBucket'];
const POLICIES = ['AWS::S3Tables::TableBucketPolicy', 'AWS::S3Tables::TablePolicy'];
const GUIDE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/';
const MAINTENANCE = 'maintenance.s3tables.amazonaws.com';

/** Rules for Amazon S3 Tables. */
export const S3_TABLES: readonly Rule[] = [
  {
    id: 'S3TablesEncryption',
    types: BUCKET,
    text: 'The table bucket is encrypted with a key that is not the account’s own.',
    remedy: 'Set EncryptionConfiguration to aws:kms and the KMSKeyArn of a customer-managed key.',
    source: `${GUIDE}tables-require-kms.html (2026-11-24)`,
    judge: ({ properties }) =>
      all([
        literal(at(properties, 'EncryptionConfiguration', 'SSEAlgorithm'), (algorithm) => algorithm === 'aws:kms'),
        given(at(properties, 'EncryptionConfiguration', 'KMSKeyArn')),
      ]),
  },
  {
    id: 'S3TablesMaintenanceKey',
    types: BUCKET,
    text: 'The key of the table bucket does not let S3 Tables compact and clean up what it encrypts.',
    remedy: `Allow ${MAINTENANCE} kms:GenerateDataKey and kms:Decrypt in the policy of the key.`,
    source: `${GUIDE}s3-tables-kms-permissions.html (2026-11-24)`,
    judge: ({ properties }, model) => maintainable(at(properties, 'EncryptionConfiguration', 'KMSKeyArn'), model),
  },
  {
    id: 'S3TablesPolicyPublic',
    types: POLICIES,
    text: 'The policy admits everyone without a condition.',
    remedy: 'Name the principals, or hold them to an account or organization by a condition.',
    source: `${GUIDE}s3-tables-resource-based-policies.html (2026-11-24)`,
    judge: ({ properties }) =>
      statements(properties.ResourcePolicy, (statement) => {
        const principals = list(at(statement, 'Principal', 'AWS') ?? at(statement, 'Principal'));
        return at(statement, 'Condition') !== undefined || !principals.map(textOf).includes('*');
      }),
  },
  {
    id: 'S3TablesPolicyActions',
    types: POLICIES,
    text: 'The policy allows everything that S3 Tables can do.',
    remedy: 'List the actions that the principal needs.',
    source: `${GUIDE}s3-tables-resource-based-policies.html (2026-11-24)`,
    judge: ({ properties }) =>
      statements(properties.ResourcePolicy, (statement) =>
        list(at(statement, 'Action')).every((action) => !['*', 's3tables:*'].includes(textOf(action))),
      ),
  },
  {
    id: 'S3TablesSnapshots',
    types: ['AWS::S3Tables::Table'],
    text: 'Snapshots of the table are deleted within a day, maybe before those who read it incrementally have read them.',
    remedy: 'Set SnapshotManagement.MaxSnapshotAgeHours to 24 at least and MinSnapshotsToKeep to 1 at least.',
    source: `${GUIDE}s3-tables-maintenance.html (not read; the bound is this library’s)`,
    judge: ({ properties }) => {
      const management = at(properties, 'SnapshotManagement');
      if (management === undefined || at(management, 'Status') === 'disabled') return 'not-applicable';
      return all([
        atLeast(at(management, 'MaxSnapshotAgeHours'), 24),
        atLeast(at(management, 'MinSnapshotsToKeep'), 1),
      ]);
    },
  },
];

function maintainable(arn: unknown, model: TemplateModel): Outcome {
  if (arn === undefined) return 'not-applicable';
  const key = model.resourceOf(arn);
  if (!key) return 'unresolved';
  const admits = list(at(key.properties, 'KeyPolicy', 'Statement')).some(
    (statement) =>
      at(statement, 'Effect') === 'Allow' &&
      list(at(statement, 'Principal', 'Service'))
        .map(textOf)
        .includes(MAINTENANCE) &&
      ['kms:Decrypt', 'kms:GenerateDataKey'].every((action) =>
        list(at(statement, 'Action')).some((each) => covers(each, action)),
      ),
  );
  return admits ? 'compliant' : 'non-compliant';
}

function covers(granted: unknown, action: string): boolean {
  const text = textOf(granted);
  return text === action || (text.endsWith('*') && action.startsWith(text.slice(0, -1)));
}

/** Every statement that allows something is as it should be. */
function statements(policy: unknown, accepts: (statement: unknown) => boolean): Outcome {
  const document = at(policy);
  if (isIntrinsic(document) || typeof document === 'string') return 'unresolved';
  const allowed = list(at(document, 'Statement')).filter((each) => at(each, 'Effect') === 'Allow');
  return all(allowed.map((each) => (accepts(each) ? 'compliant' : 'non-compliant')));
}
