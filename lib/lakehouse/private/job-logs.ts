import { ArnFormat, Fn, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { acknowledgeWildcards } from '../../foundation/private/acknowledge';

export interface JobLogsProps {
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
  readonly retention?: logs.RetentionDays;
}

/**
 * The log groups of one Glue job: encrypted, with a retention time, and nobody else's. By default all jobs of an account
 * share two groups that never expire.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html (2026-11-23): from Glue 5.0 on,
 * `--custom-logGroup-prefix P` sends what goes to `/aws-glue/jobs/output` to `P/output`, and likewise `error`
 */
export class JobLogs extends Construct {
  /** For `--custom-logGroup-prefix`. */
  public readonly prefix: string;

  constructor(scope: Construct, id: string, props: JobLogsProps) {
    super(scope, id);
    // The last part of the stack's id is new with every stack, so that log groups which outlived a stack of the same
    // name are not in the way.
    const stackId = Fn.select(2, Fn.split('/', Stack.of(this).stackId));
    this.prefix = Fn.join('/', ['/aws-glue/jobs', Names.uniqueResourceName(scope, { maxLength: 128 }), stackId]);
    props.key.allowLogGroups();
    for (const stream of ['output', 'error']) {
      new logs.LogGroup(this, stream === 'output' ? 'Output' : 'Error', {
        logGroupName: `${this.prefix}/${stream}`,
        encryptionKey: props.key.key,
        retention: props.retention ?? props.profile.logRetention,
        removalPolicy: props.profile.removalPolicy,
      });
    }
  }

  /**
   * Lets a job write its logs. With a wildcard, because Glue adds role and security configuration to the name of a group
   * that it encrypts by itself.
   *
   * @see https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html (2026-11-23), where `logs:AssociateKmsKey` is
   * asked for
   */
  public grantWrite(grantee: iam.IGrantable): iam.Grant {
    const groups = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${this.prefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    acknowledgeWildcards(grantee, [groups], 'Glue makes up the names of the log streams, and of groups it encrypts.');
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
      resourceArns: [groups],
    });
  }
}
