import { Fn, Token } from 'aws-cdk-lib';

/**
 * The ARNs that IAM permissions of an MSK cluster are granted on, made from the ARN of the cluster, which may be a
 * token: `arn:P:kafka:R:A:cluster/NAME/UUID` gives `arn:P:kafka:R:A:topic/NAME/UUID/TOPIC`.
 */
export class KafkaArns {
  private readonly service: string;
  private readonly clusterId: string;

  constructor(readonly cluster: string) {
    if (!Token.isUnresolved(cluster) && !/^arn:[^:]+:kafka:[^:]+:[^:]+:cluster\/[^/]+\/[^/]+$/.test(cluster)) {
      throw new Error(
        `'${cluster}' is not the ARN of an MSK cluster, as arn:aws:kafka:us-east-1:111122223333:cluster/NAME/UUID is.`,
      );
    }
    const [service, clusterId] = Fn.split(':cluster/', cluster, 2);
    this.service = service;
    this.clusterId = clusterId;
  }

  topic(name: string): string {
    return this.arn('topic', name);
  }

  group(name: string): string {
    return this.arn('group', name);
  }

  transactionalId(name: string): string {
    return this.arn('transactional-id', name);
  }

  private arn(type: string, name: string): string {
    return Fn.join('', [this.service, `:${type}/`, this.clusterId, '/', name]);
  }
}
