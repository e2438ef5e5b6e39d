import { Lazy } from 'aws-cdk-lib';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { type EventTopic, type IEventBackbone, TopicManagement } from '../../streaming';
import { KafkaArns } from '../../streaming/private/kafka-arns';

interface TopicSharesProps {
  readonly domainName: string;
  readonly backbone?: IEventBackbone;
}

/** What one role of another account may read. */
export interface TopicShare {
  /** ARN of the account's root. */
  readonly accountArn: string;
  readonly readerArn: string;
  readonly consumerGroup: string;
  readonly topics: readonly EventTopic[];
}

/**
 * The one policy that a cluster has: which roles of other accounts may connect to it privately, and what they may read.
 *
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cluster-owner-action-policy.html (2026-11-28)
 */
export class TopicShares extends Construct {
  private readonly shares: TopicShare[] = [];
  private readonly props: TopicSharesProps;

  constructor(scope: Construct, id: string, props: TopicSharesProps) {
    super(scope, id);
    this.props = props;
  }

  /**
   * Lets a role of another account read topics, as a member of one consumer group.
   *
   * @throws when the cluster cannot be shared
   */
  public add(product: string, share: TopicShare): void {
    const clusterArn = this.sharedCluster(product);
    if (this.shares.length === 0) this.createPolicy(clusterArn);
    this.shares.push(share);
  }

  private sharedCluster(product: string): string {
    const { domainName, backbone } = this.props;
    const refuse = (why: string, remedy: string) =>
      new Error(`${product}: the streams of domain '${domainName}' cannot be shared, because ${why}; ${remedy}.`);
    // https://docs.aws.amazon.com/msk/latest/developerguide/aws-access-mult-vpc.html (2026-11-28): provisioned clusters.
    if (backbone?.topicManagement === TopicManagement.CUSTOM_RESOURCE) {
      throw refuse(
        'MSK Serverless has no private connectivity to other accounts',
        'give it EventBackbone.provisioned with multiVpc, or share a table',
      );
    }
    if (backbone?.clusterArn === undefined) {
      throw refuse(
        'its brokers are no MSK cluster',
        'give it EventBackbone.provisioned with multiVpc, or share a table',
      );
    }
    if (!backbone.multiVpc) {
      throw refuse('its cluster has no connectivity to other VPCs', 'give EventBackbone.provisioned multiVpc');
    }
    return backbone.clusterArn;
  }

  private createPolicy(clusterArn: string): void {
    new msk.CfnClusterPolicy(this, 'Policy', {
      clusterArn,
      policy: Lazy.any({ produce: () => this.policy(new KafkaArns(clusterArn)) }),
    });
  }

  private policy(arns: KafkaArns): object {
    return {
      Version: '2012-10-17',
      Statement: this.shares.flatMap((share) => this.statements(arns, share)),
    };
  }

  /** The account is the principal and the role a condition, so that the policy stands before the role is there. */
  private statements(arns: KafkaArns, { accountArn, readerArn, consumerGroup, topics }: TopicShare): object[] {
    const statement = (actions: string[], resources: string[]) => ({
      Effect: 'Allow',
      Principal: { AWS: accountArn },
      Action: actions,
      Resource: resources,
      Condition: { ArnEquals: { 'aws:PrincipalArn': readerArn } },
    });
    return [
      statement(['kafka-cluster:Connect'], [arns.cluster]),
      statement(
        ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
        topics.map(({ topicName }) => arns.topic(topicName)),
      ),
      statement(['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], [arns.group(consumerGroup)]),
      {
        // Whoever deploys the consumer's side makes the connection.
        Effect: 'Allow',
        Principal: { AWS: accountArn },
        Action: [
          'kafka:CreateVpcConnection',
          'kafka:DescribeCluster',
          'kafka:DescribeClusterV2',
          'kafka:GetBootstrapBrokers',
        ],
        Resource: [arns.cluster],
      },
    ];
  }
}
