import { all, at, given, isFalse, isTrue, literal, type Outcome, type Rule } from '../rule';
import { isIntrinsic, list, type Properties } from '../template';

const WORKGROUP = ['AWS::RedshiftServerless::Workgroup'];
const NAMESPACE = ['AWS::RedshiftServerless::Namespace'];
const GUIDE = 'https://docs.aws.amazon.com/redshift/latest/mgmt/';
const AUDIT_LOGS = ['userlog', 'connectionlog', 'useractivitylog'];

/** Rules for Amazon Redshift Serverless. */
export const REDSHIFT_SERVERLESS: readonly Rule[] = [
  {
    id: 'RedshiftServerlessPrivate',
    types: WORKGROUP,
    text: 'The Redshift Serverless workgroup does not say that it is closed to the internet.',
    remedy: 'Set PubliclyAccessible to false.',
    source: `${GUIDE}managing-clusters-vpc.html (2026-11-24)`,
    judge: ({ properties }) => literal(at(properties, 'PubliclyAccessible'), isFalse),
  },
  {
    id: 'RedshiftServerlessEnhancedRouting',
    types: WORKGROUP,
    text: 'COPY and UNLOAD of the Redshift Serverless workgroup go past the VPC, its endpoints and its flow logs.',
    remedy: 'Set EnhancedVpcRouting to true.',
    source: `${GUIDE}enhanced-vpc-routing.html (named by networking-tasks.html, 2026-11-24)`,
    judge: ({ properties }) => literal(at(properties, 'EnhancedVpcRouting'), isTrue),
  },
  {
    id: 'RedshiftServerlessNetwork',
    types: WORKGROUP,
    text: 'The Redshift Serverless workgroup is left to the default VPC or has fewer than the three subnets it needs.',
    remedy: 'Name three subnets in three zones in SubnetIds, and security groups in SecurityGroupIds.',
    source: `${GUIDE}serverless-usage-considerations.html (2026-11-24)`,
    judge: ({ properties }) =>
      all([
        literal(at(properties, 'SubnetIds'), (subnets) => list(subnets).length >= 3),
        given(at(properties, 'SecurityGroupIds')),
      ]),
  },
  {
    id: 'RedshiftServerlessTls',
    types: WORKGROUP,
    text: 'The Redshift Serverless workgroup takes connections without TLS.',
    remedy: "Add the ConfigParameter require_ssl with the value 'true'.",
    source: `${GUIDE}connecting-ssl-support.html (not read)`,
    judge: ({ properties }) => parameter(properties, 'require_ssl'),
  },
  {
    id: 'RedshiftServerlessActivityLog',
    types: WORKGROUP,
    text: 'The Redshift Serverless workgroup does not log what users ask it, so that the user activity log stays empty.',
    remedy: "Add the ConfigParameter enable_user_activity_logging with the value 'true'.",
    source: `${GUIDE}db-auditing.html (2026-11-24; of provisioned clusters)`,
    judge: ({ properties }) => parameter(properties, 'enable_user_activity_logging'),
  },
  {
    id: 'RedshiftServerlessEncryption',
    types: NAMESPACE,
    text: 'The Redshift Serverless namespace is encrypted with a key that is not the account’s own.',
    remedy: 'Set KmsKeyId to a customer-managed key.',
    source: `${GUIDE}serverless-workgroups-and-namespaces-rotate-kms-key.html (not read)`,
    judge: ({ properties }) => given(at(properties, 'KmsKeyId')),
  },
  {
    id: 'RedshiftServerlessAuditLogs',
    types: NAMESPACE,
    text: 'The Redshift Serverless namespace does not export all of its audit logs.',
    remedy: `Set LogExports to ${AUDIT_LOGS.join(', ')}.`,
    source: `${GUIDE}db-auditing.html (2026-11-24)`,
    judge: ({ properties }) =>
      literal(at(properties, 'LogExports'), (logs) => AUDIT_LOGS.every((each) => list(logs).includes(each))),
  },
  {
    id: 'RedshiftServerlessAdminPassword',
    types: NAMESPACE,
    text: 'The administrator’s password of the Redshift Serverless namespace stands in the template or has to be kept by hand.',
    remedy:
      'Set ManageAdminPassword to true and AdminPasswordSecretKmsKeyId to a customer-managed key; leave AdminUserPassword out.',
    source: `${GUIDE}redshift-secrets-manager-integration.html (not read)`,
    judge: ({ properties }) =>
      all([
        literal(at(properties, 'ManageAdminPassword'), isTrue),
        given(at(properties, 'AdminPasswordSecretKmsKeyId')),
        given(at(properties, 'AdminUserPassword')) === 'non-compliant' ? 'compliant' : 'non-compliant',
      ]),
  },
];

function parameter(properties: Properties, key: string): Outcome {
  const parameters = at(properties, 'ConfigParameters');
  if (isIntrinsic(parameters)) return 'unresolved';
  const found = list(parameters).find((each) => at(each, 'ParameterKey') === key);
  return literal(at(found, 'ParameterValue'), isTrue);
}
