import * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import type { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import type { LakeAdministration } from '../lake-administration';
import type { ILakeGround } from '../lake-ground';

/** The role with which Lake Formation hands out access to files, and the bucket for which it does. */
export function registerLocation(
  scope: Construct,
  lake: Construct & ILakeGround,
  administration?: LakeAdministration,
): lakeformation.CfnResource {
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const role = new iam.Role(scope, 'LocationRole', {
    description: `Lake Formation reaches the files of ${lake.node.path}`,
    assumedBy: new iam.ServicePrincipal('lakeformation.amazonaws.com'),
  });
  acknowledgeInlinePolicy(role);
  const { bucket } = lake.bucket;
  const objects = bucket.arnForObjects('*');
  acknowledgeWildcards(role, [objects], 'Lake Formation hands out access to any file of the lake.');
  // https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html (2026-11-24)
  const grants = [
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      resourceArns: [objects],
    }),
    iam.Grant.addToPrincipal({ grantee: role, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] }),
    lake.key.key.grant(role, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'),
  ];
  // eslint-disable-next-line awscdk/require-passing-this -- likewise
  const location = new lakeformation.CfnResource(scope, 'Location', {
    resourceArn: bucket.bucketArn,
    roleArn: role.roleArn,
    useServiceLinkedRole: false,
    hybridAccessEnabled: false,
  });
  grants.forEach((grant) => grant.applyBefore(location));
  if (administration) location.node.addDependency(administration);
  return location;
}
