import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';
import { EventTopic, type IEventBackbone } from '../streaming';
import type { DataDomain } from './data-domain';
import { agreementOn, apiRoleArn, consumerGroup, requireSide } from './private/agreement';
import type { SubscriptionRequest } from './subscription-request';

/** Properties of a `Subscription`. */
export interface SubscriptionProps {
  /** The domain that asks. */
  readonly domain: DataDomain;

  /** What it asks for. */
  readonly request: SubscriptionRequest;

  /**
   * The owner's brokers as they are reached from here: `EventBackbone.fromMskCluster` with the owner's cluster, and a
   * network and security groups of this account. Its ARN has an id in it that nobody knows beforehand.
   *
   * @default - none; a request for a stream is refused
   */
  readonly ownersBackbone?: IEventBackbone;
}

/**
 * The consumer's side of a subscription: a link to the owner's database in this account's catalog, and what IAM has to
 * allow the role that reads, which is `DataDomain.reader`. What it then sees is decided by the owner's
 * `SubscriptionApproval` alone; taken back there, nothing is left to read here.
 *
 * It refers to nothing of the owner's stack, so that either side deploys first.
 */
export class Subscription extends Construct {
  /** The role that reads. */
  public readonly reader: iam.IRole;

  /** The tables, as a query in this account calls them: `trading.fct_trades`. */
  public readonly tableNames: string[];

  /** The owner's topics, where streams are asked for. */
  public readonly topics: EventTopic[];

  /** The role in the owner's account that the reader takes on to ask the APIs, where they are asked for. */
  public readonly apiRoleArn?: string;

  constructor(scope: Construct, id: string, props: SubscriptionProps) {
    super(scope, id);
    const { domain, request } = props;
    requireSide(domain, request.consumer, 'the request comes from');
    const { interfaces } = agreementOn(request);
    const { stated } = request.contract;
    this.reader = domain.reader(request.product);
    this.tableNames = interfaces.includes('table')
      ? stated.tables.map(({ databaseName, tableName }) => `${databaseName}.${tableName}`)
      : [];
    if (interfaces.includes('table')) this.linkTables(props);
    this.topics = interfaces.includes('stream') ? this.connectTopics(request, props.ownersBackbone) : [];
    if (interfaces.includes('api')) this.apiRoleArn = this.allowApis(props);
  }

  private linkTables({ domain, request }: SubscriptionProps): void {
    const { owner, contract } = request;
    const { partition, region, account } = Stack.of(this);
    domain._link(owner, this.reader);
    acknowledgeWildcards(this.reader, ['*'], 'GetDataAccess knows no resources in IAM; Lake Formation judges it.');
    const grant = (actions: string[], ...resourceArns: string[]) =>
      iam.Grant.addToPrincipal({ grantee: this.reader, actions, resourceArns });
    grant(['lakeformation:GetDataAccess'], '*');
    const arn = (of: string, path: string) => `arn:${partition}:glue:${region}:${of}:${path}`;
    // Glue asks for an action on a table on its database and its catalog as well, and the link stands in this account.
    // https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-about.html (2026-11-28)
    grant(
      ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      arn(account, 'catalog'),
      arn(account, `database/${owner.domainName}`),
      arn(owner.account, 'catalog'),
      arn(owner.account, `database/${owner.domainName}`),
      ...contract.stated.tables.map(({ tableName }) => arn(owner.account, `table/${owner.domainName}/${tableName}`)),
    );
  }

  private connectTopics(request: SubscriptionRequest, backbone?: IEventBackbone): EventTopic[] {
    const { contract, owner } = request;
    if (backbone?.clusterArn === undefined || backbone.network === undefined) {
      throw new Error(
        `${this.node.path}: asks for the stream of ${contract.name}, but does not know the brokers of '${owner.domainName}'; ` +
          'give it ownersBackbone, made by EventBackbone.fromMskCluster.',
      );
    }
    const { network, connections, clusterArn } = backbone;
    new msk.CfnVpcConnection(this, 'VpcConnection', {
      authentication: 'SASL_IAM',
      targetClusterArn: clusterArn,
      vpcId: network.vpc.vpcId,
      clientSubnets: network.subnets.map(({ subnetId }) => subnetId),
      securityGroups: connections.securityGroups.map(({ securityGroupId }) => securityGroupId),
    });
    return contract.stated.streams.map(({ topicName }) => {
      const topic = new EventTopic(this, `Topic-${topicName}`, { backbone, topicName });
      topic.grantConsume(this.reader, consumerGroup(request));
      return topic;
    });
  }

  /** An HTTP API knows callers of its own account alone, so that the reader takes on a role there. */
  private allowApis({ request }: SubscriptionProps): string {
    const roleArn = apiRoleArn(request, Stack.of(this).partition);
    iam.Grant.addToPrincipal({ grantee: this.reader, actions: ['sts:AssumeRole'], resourceArns: [roleArn] });
    return roleArn;
  }
}
