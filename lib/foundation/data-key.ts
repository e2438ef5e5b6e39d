import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, IConstruct } from 'constructs';
import { DeploymentProfile } from './deployment-profile';

/** A customer-managed key that data is encrypted with. */
export interface IDataKey extends IConstruct {
  /** The KMS key. */
  readonly key: kms.IKey;

  /**
   * Lets CloudWatch Logs encrypt log groups of this account and region with the key. Calling it again changes nothing.
   * The policy of an adopted key cannot be changed from here: its owner has to allow this.
   */
  allowLogGroups(): void;
}

/** Properties of a `DataKey`. */
export interface DataKeyProps {
  /**
   * What the deployment is for. A sandbox deletes the key with its stack (after the seven days that KMS demands at
   * least), production keeps it.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * What the key protects, as the KMS console shows it.
   *
   * @default - the path of the construct
   */
  readonly description?: string;

  /**
   * Alias of the key, unique in account and region. `alias/` in front may be left out.
   *
   * @default - none
   */
  readonly alias?: string;
}

// What an administrator of a key does, as the default policy of the KMS console lists it, without wildcards and
// without CreateGrant, which would let an administrator hand himself the use of the key.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListAliases',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

const USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/**
 * A customer-managed KMS key, rotated every year.
 *
 * Its policy delegates administration and use to the IAM policies of its own account, action by action; whoever uses
 * the key needs a grant besides (`key.grantEncryptDecrypt`, or the `grantX` methods of what is encrypted with it).
 */
export class DataKey extends Construct implements IDataKey {
  /** Adopts a key that exists already. */
  static fromKey(scope: Construct, id: string, key: kms.IKey): IDataKey {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new AdoptedKey(scope, id, { key });
  }

  readonly key: kms.IKey;
  private logGroupsAllowed = false;

  constructor(scope: Construct, id: string, props?: DataKeyProps) {
    super(scope, id);
    const profile = props?.profile ?? DeploymentProfile.PRODUCTION;
    this.key = new kms.Key(this, 'Resource', {
      description: props?.description ?? this.node.path,
      alias: props?.alias,
      enableKeyRotation: true,
      removalPolicy: profile.removalPolicy,
      pendingWindow: Duration.days(profile.destroyable ? 7 : 30),
      policy: accountPolicy(),
    });
  }

  allowLogGroups(): void {
    if (this.logGroupsAllowed) return;
    this.logGroupsAllowed = true;
    this.key.addToResourcePolicy(logGroupStatement(Stack.of(this)));
  }
}

interface AdoptedKeyProps {
  readonly key: kms.IKey;
}

class AdoptedKey extends Construct implements IDataKey {
  readonly key: kms.IKey;
  private logGroupsAllowed = false;

  constructor(scope: Construct, id: string, props: AdoptedKeyProps) {
    super(scope, id);
    this.key = props.key;
  }

  allowLogGroups(): void {
    if (this.logGroupsAllowed) return;
    this.logGroupsAllowed = true;
    // Reaches the policy when the key is defined in the same app; a key imported by ARN ignores it.
    this.key.addToResourcePolicy(logGroupStatement(Stack.of(this.key)));
  }
}

function accountPolicy(): iam.PolicyDocument {
  const account = new iam.AccountRootPrincipal();
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'AdministrationThroughIam',
        principals: [account],
        actions: ADMINISTRATION,
        resources: ['*'],
      }),
      new iam.PolicyStatement({ sid: 'UseThroughIam', principals: [account], actions: USE, resources: ['*'] }),
      new iam.PolicyStatement({
        sid: 'GrantsForAwsServicesThroughIam',
        principals: [account],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    ],
  });
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
function logGroupStatement(stack: Stack): iam.PolicyStatement {
  const logGroups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new iam.PolicyStatement({
    sid: 'LogGroups',
    principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: USE,
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
  });
}
