import { ArnFormat, Fn, Names, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey, type IDataNetwork } from '../foundation';
import type { IHotStore } from '../ports';

/** Properties of a `HotStore`. */
export interface HotStoreProps {
  /** Where clients reach the store: subnets in two or three zones. */
  readonly network: IDataNetwork;

  /** The key that what is stored is encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the cache, unique in account and region: lower-case letters, digits and hyphens, at most 40.
   *
   * @default - derived from the path of the construct
   */
  readonly storeName?: string;

  /**
   * Most GB that are stored, 1 to 5000: a bound on what it can cost.
   *
   * @default - 1 in a sandbox, 10 in production
   */
  readonly maximumDataGb?: number;

  /**
   * Most ElastiCache processing units a second, 1000 to 15,000,000: another bound on what it can cost.
   *
   * @default - 5,000 in a sandbox, 100,000 in production
   */
  readonly maximumUnitsPerSecond?: number;
}

const PORT = 6379;
const ENGINE = 'valkey';
const LONGEST_NAME = 40;

// A client of a cluster asks for its state and nodes; HELLO, AUTH and PING are in @connection.
const CONNECT = '+@connection +info +cluster|info +cluster|slots +cluster|shards +cluster|nodes';
const READS = `on ~* -@all +@read ${CONNECT}`;
const WRITES = `on ~* -@all +@read +@write +@scripting ${CONNECT}`;

/**
 * ElastiCache Serverless for Valkey: cluster mode, TLS always, encrypted with the given key, in private subnets, and two
 * users whose passwords are IAM's: one reads, one writes too. There is no default user.
 *
 * What it holds can be computed anew from the log, so no snapshot is taken, and none is left behind.
 */
export class HotStore extends Construct implements IHotStore {
  readonly storeName: string;
  readonly endpoint: string;
  readonly readerName: string;
  readonly writerName: string;
  readonly network: IDataNetwork;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: HotStoreProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.storeName = props.storeName ?? this.uniqueName('');
    this.validate(props);
    this.network = props.network;
    this.readerName = this.uniqueName('reader');
    this.writerName = this.uniqueName('writer');
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.network.vpc,
      description: 'Hot store',
      allowAllOutbound: false,
    });
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(PORT) });

    const users = [
      this.createUser('Reader', this.readerName, READS),
      this.createUser('Writer', this.writerName, WRITES),
    ];
    const group = new elasticache.CfnUserGroup(this, 'Users', {
      engine: ENGINE,
      userGroupId: this.uniqueName('users'),
      userIds: users.map((user) => user.ref),
    });
    const cache = new elasticache.CfnServerlessCache(this, 'Resource', {
      serverlessCacheName: this.storeName,
      description: this.node.path,
      engine: ENGINE,
      majorEngineVersion: '8',
      kmsKeyId: props.key.key.keyArn,
      subnetIds: props.network.subnets.map((subnet) => subnet.subnetId),
      securityGroupIds: [securityGroup.securityGroupId],
      userGroupId: group.ref,
      cacheUsageLimits: {
        dataStorage: { unit: 'GB', maximum: props.maximumDataGb ?? (profile.destroyable ? 1 : 10) },
        ecpuPerSecond: { maximum: props.maximumUnitsPerSecond ?? (profile.destroyable ? 5_000 : 100_000) },
      },
    });
    this.endpoint = Fn.join(':', [cache.attrEndpointAddress, cache.attrEndpointPort]);
  }

  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantConnect(grantee, this.readerName);
  }

  grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grantConnect(grantee, this.writerName);
  }

  // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
  private grantConnect(grantee: iam.IGrantable, user: string): iam.Grant {
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({
        service: 'elasticache',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['elasticache:Connect'],
      resourceArns: [arn('serverlesscache', this.storeName), arn('user', user)],
    });
  }

  /** IAM demands that a user's id and name are the same. */
  private createUser(id: string, name: string, accessString: string): elasticache.CfnUser {
    return new elasticache.CfnUser(this, id, {
      engine: ENGINE,
      userId: name,
      userName: name,
      authenticationMode: { Type: 'iam' },
      accessString,
    });
  }

  private uniqueName(purpose: string): string {
    const suffix = purpose === '' ? '' : `-${purpose}`;
    const name = Names.uniqueResourceName(this, {
      maxLength: LONGEST_NAME - suffix.length,
      separator: '-',
      allowedSpecialCharacters: '-',
    });
    return `${name}${suffix}`.toLowerCase();
  }

  private validate({ storeName, network, maximumDataGb, maximumUnitsPerSecond }: HotStoreProps): void {
    const where = this.node.path;
    if (storeName !== undefined && !/^[a-z]([a-z0-9]|-(?!-|$)){0,39}$/.test(storeName)) {
      throw new Error(
        `${where}: storeName '${storeName}' is not one of ElastiCache's; use lower-case letters, digits and single ` +
          'hyphens, a letter first, at most 40.',
      );
    }
    if (network.subnets.length < 2 || network.subnets.length > 3) {
      throw new Error(
        `${where}: ElastiCache Serverless needs subnets in two or three zones, the network has ${network.subnets.length}.`,
      );
    }
    this.requireWithin('maximumDataGb', maximumDataGb, 1, 5000);
    this.requireWithin('maximumUnitsPerSecond', maximumUnitsPerSecond, 1000, 15_000_000);
  }

  private requireWithin(property: string, value: number | undefined, least: number, most: number): void {
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > most)) {
      throw new Error(`${this.node.path}: ${property} is ${value}; use a whole number from ${least} to ${most}.`);
    }
  }
}
