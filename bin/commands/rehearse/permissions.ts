import type { Journal } from './journal';
import type { ReportedGrant, ReportedPermissions } from './report/model';

/** Grants that only AWS makes use of, by their action, and what it does with them. */
const ONLY_ON_AWS: readonly (readonly [action: RegExp, reason: string])[] = [
  [/^kafka-cluster:/, 'IAM of Kafka is not in play here.'],
  [/^(logs|xray):|^cloudwatch:PutMetricData$/, 'AWS writes logs, metrics and traces with it.'],
  [/^ec2:|^glue:GetConnection$/, 'AWS puts workers into the network with it.'],
  [/^kms:Encrypt$/, 'Glue encrypts its logs and bookmarks with it.'],
  [/^s3:(AbortMultipartUpload|DeleteObject)$/, 'A writer that fails cleans up with it, Iceberg deletes old metadata.'],
  [/^glue:Get(Database|Tables|Partitions)$|^s3:ListBucket$/, 'Athena plans queries with it; Spark does not.'],
  [
    /^s3:((Get|Put)BucketPolicy|GetBucketTagging|ListBucketVersions|DeleteObjectVersion)$/,
    'Emptying a bucket needs it.',
  ],
  [/^glue:(BatchStopJobRun|GetJobRuns)$/, 'Step Functions stops a job that nobody waits for any more with it.'],
];

/** What the roles of a stack are granted, and what of it the rehearsal used; roles by their logical id. */
export function permissionsOf(journal: Journal, stack: string): ReportedPermissions[] {
  const policies = journal.policies();
  const used = new Set(journal.grantsUsed().map(({ role, action, resource }) => key(role, action, resource)));
  return journal
    .resources(stack)
    .filter(({ type }) => type === 'AWS::IAM::Role')
    .map(({ logicalId, physicalId: role = '' }) => {
      const grants = policies.filter(({ roles }) => roles.includes(role)).flatMap(({ allowed }) => allowed);
      const unused = distinct(grants.filter(([action, resource]) => !used.has(key(role, action, resource))));
      const denied = journal
        .denials()
        .filter(({ principal }) => principal.includes(`:assumed-role/${role}/`))
        .map(({ action, resource }) => ({ action, resource }));
      const granted = distinct(grants).length;
      return { role: logicalId, granted, used: granted - unused.length, unused: unused.map(explained), denied };
    })
    .filter(({ granted, denied }) => granted > 0 || denied.length > 0)
    .sort((a, b) => a.role.localeCompare(b.role, 'en'));
}

type Grant = readonly [action: string, resource: string];

function explained([action, resource]: Grant): ReportedGrant {
  const [, reason] = ONLY_ON_AWS.find(([pattern]) => pattern.test(action)) ?? [];
  return reason === undefined ? { action, resource } : { action, resource, reason };
}

function distinct(grants: readonly Grant[]): Grant[] {
  return [...new Map(grants.map((grant) => [key('', ...grant), grant])).values()];
}

function key(role: string, action: string, resource: string): string {
  return [role, action, resource].join(' ');
}
