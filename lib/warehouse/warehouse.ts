import { Duration, Lazy, Names, Resource, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as redshift from 'aws-cdk-lib/aws-redshiftserverless';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IDependable } from 'constructs';
import { DeploymentProfile, type IDataKey, type IDataNetwork } from '../foundation';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { StartSchedule } from '../foundation/private/start-schedule';
import { type IWarehouse, WarehouseEngine } from '../ports';
import { LOADER, READER, TRANSFORMER, type SchemaAccess, WarehouseAccess } from './private/warehouse-access';
import { limitUsage } from './private/usage-limit';
import { WarehouseSize } from './warehouse-size';

/** What Redshift does when a usage limit is reached. */
export enum UsageLimitBreach {
  /** A line in a system table. */
  LOG = 'log',
  /** A line and a metric, for an alarm. */
  EMIT_METRIC = 'emit-metric',
  /** No more queries until the next day, week or month begins. */
  DEACTIVATE = 'deactivate',
}

/** The schemas of a warehouse, by who fills them. */
export interface WarehouseSchemas {
  /** Raw data, as loaders bring it; transformers read it. */
  readonly raw: string[];

  /**
   * What transformers make on the way; nobody else reads it.
   *
   * @default - none
   */
  readonly internal?: string[];

  /**
   * What transformers publish; readers read it.
   *
   * @default - none
   */
  readonly published?: string[];
}

/** Properties of a `Warehouse`. */
export interface WarehouseProps {
  /** Where it stands: three subnets in three zones at least. */
  readonly network: IDataNetwork;

  /** The key that data, the administrator's password and logs are encrypted with. */
  readonly key: IDataKey;

  /** Name of the database. Redshift folds it to lower case. */
  readonly databaseName: string;

  /** The schemas, which exist before anybody loads anything. */
  readonly schemas: WarehouseSchemas;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of namespace and workgroup, unique in account and region: 3 to 64 lower-case letters, digits and hyphens.
   *
   * @default - made of stack and construct
   */
  readonly warehouseName?: string;

  /**
   * How large it is while it works; it costs nothing while it does not.
   *
   * @default - XSMALL in a sandbox, MEDIUM in production
   */
  readonly size?: WarehouseSize;

  /**
   * The capacity, in RPUs, that it never grows beyond.
   *
   * @default - twice the base capacity in a sandbox, eight times in production, at most 512
   */
  readonly maxCapacity?: number;

  /**
   * RPU-hours a day after which `usageLimitBreach` happens.
   *
   * @default - the base capacity for 4 hours in a sandbox, for 24 hours in production
   */
  readonly dailyUsageLimit?: number;

  /**
   * What happens at the limit.
   *
   * @default UsageLimitBreach.DEACTIVATE in a sandbox, UsageLimitBreach.EMIT_METRIC in production
   */
  readonly usageLimitBreach?: UsageLimitBreach;

  /**
   * How long the snapshot of every day is kept; `Duration.days(0)` for none. Besides, Redshift keeps a recovery point of
   * every half hour for a day.
   *
   * @default - none in a sandbox, Duration.days(30) in production
   */
  readonly snapshotRetention?: Duration;

  /**
   * ARN of a snapshot whose data the warehouse starts with. Another ARN replaces the data with that of the other
   * snapshot; without one the data stays.
   *
   * @default - an empty database
   */
  readonly restoreFromSnapshotArn?: string;

  /**
   * Port that clients connect to: 5431 to 5455, or 8191 to 8215.
   *
   * @default 5439
   */
  readonly port?: number;
}

const LEAST_ZONES = 3;
const GREATEST_CAPACITY = 512;
const DATABASE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const WAREHOUSE_NAME = /^[a-z0-9-]{3,64}$/;

/**
 * An Amazon Redshift Serverless warehouse: private, encrypted with a customer-managed key, its traffic kept inside the
 * network, everything logged, its bill bounded. Nobody knows a password: the administrator's is managed by Redshift,
 * tasks log in with the role that they run under.
 *
 * Three roles of its own divide the work: `loader` fills the raw schemas, `transformer` reads them and owns what it makes
 * of them, `reader` sees what is published. `grantLoad`, `grantTransform` and `grantRead` make a role of IAM a member.
 */
export class Warehouse extends Resource implements IWarehouse {
  readonly engine = WarehouseEngine.REDSHIFT;
  readonly databaseName: string;
  readonly port: number;
  readonly clientEnvironment: { [name: string]: string };
  readonly network?: IDataNetwork;
  readonly connections: ec2.Connections;

  /** Name of the workgroup, which answers. */
  readonly workgroupName: string;

  /** ARN of the workgroup. */
  readonly workgroupArn: string;

  /** Name of the namespace, which keeps the data. */
  readonly namespaceName: string;

  /** ARN of the namespace. */
  readonly namespaceArn: string;

  /** Host name of the endpoint, known inside of the network. */
  readonly host: string;

  /** The role under which `COPY` reads files and `UNLOAD` writes them. */
  readonly copyRole?: iam.IRole;

  private readonly namespace: redshift.CfnNamespace;
  private readonly integrationSources: string[] = [];
  private readonly access: WarehouseAccess;
  private readonly key: IDataKey;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const size = props.size ?? (profile.destroyable ? WarehouseSize.XSMALL : WarehouseSize.MEDIUM);
    // Lower case would break a token's own name.
    this.databaseName = Token.isUnresolved(props.databaseName) ? props.databaseName : props.databaseName.toLowerCase();
    this.port = props.port ?? 5439;
    this.network = props.network;
    this.key = props.key;
    const name = props.warehouseName ?? this.derivedName();
    this.validate(props, name, size);

    this.connections = new ec2.Connections({
      securityGroups: [this.securityGroup(props.network)],
      defaultPort: ec2.Port.tcp(this.port),
    });
    const copyRole = this.createCopyRole();
    this.copyRole = copyRole;
    const namespace = this.createNamespace(name, copyRole, props.key, profile);
    const workgroup = this.createWorkgroup(name, namespace, size, profile, props);
    this.namespace = namespace;
    this.namespaceName = namespace.ref;
    this.namespaceArn = namespace.attrNamespaceNamespaceArn;
    this.workgroupName = workgroup.ref;
    this.workgroupArn = workgroup.attrWorkgroupWorkgroupArn;
    this.host = workgroup.attrWorkgroupEndpointAddress;
    this.clientEnvironment = {
      WAREHOUSE_ENGINE: this.engine,
      WAREHOUSE_HOST: this.host,
      WAREHOUSE_PORT: String(this.port),
      WAREHOUSE_DATABASE: this.databaseName,
      WAREHOUSE_WORKGROUP: this.workgroupName,
    };
    limitUsage(this, {
      workgroupArn: this.workgroupArn,
      rpuHoursPerDay: props.dailyUsageLimit ?? size.baseCapacity * (profile.destroyable ? 4 : 24),
      breachAction:
        props.usageLimitBreach ?? (profile.destroyable ? UsageLimitBreach.DEACTIVATE : UsageLimitBreach.EMIT_METRIC),
      key: props.key,
      profile,
    });
    const retention = props.snapshotRetention ?? Duration.days(profile.destroyable ? 0 : 30);
    if (retention.toDays() > 0) this.takeSnapshots(retention);
    this.access = new WarehouseAccess(this, 'Access', {
      workgroupName: this.workgroupName,
      workgroupArn: this.workgroupArn,
      namespaceName: this.namespaceName,
      namespaceArn: this.namespaceArn,
      databaseName: this.databaseName,
      key: props.key,
      profile,
      schemas: schemaAccess(props.schemas),
    });
  }

  grantLoad(role: iam.IRole): iam.Grant {
    return this.grantLogin(role, LOADER);
  }

  grantTransform(role: iam.IRole): iam.Grant {
    return this.grantLogin(role, TRANSFORMER);
  }

  grantRead(role: iam.IRole): iam.Grant {
    return this.grantLogin(role, READER);
  }

  /**
   * A reader with a password, for tools that know no roles of IAM. The secret holds `username` and `password`, which
   * nobody has seen.
   *
   * @param id id of the secret and name of the user: lower-case letters, digits and underscores
   */
  addReader(id: string): secretsmanager.ISecret {
    const secret = new secretsmanager.Secret(this, id, {
      description: `The login ${id} of the warehouse ${this.node.path}`,
      encryptionKey: this.key.key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: id }),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
      },
    });
    acknowledge(
      secret,
      ['AwsSolutions-SMG4', 'NIST.800.53.R5-SecretsManagerRotationEnabled', 'CKV2_AWS_57'],
      'Redshift Serverless has no rotation for users besides its administrator; a new secret makes a new password.',
    );
    this.access.addUser(secret, id, READER);
    return secret;
  }

  /**
   * A schema that shows the tables of a lake's database as they are, without a copy of their rows; who transforms reads
   * it. Grant `copyRole` the tables besides.
   *
   * @param schemaName name of the schema, none of `schemas`: it must not exist as a schema with tables
   * @param catalogDatabase name of the database in the Glue catalog of this account
   */
  addExternalSchema(schemaName: string, catalogDatabase: string): IDependable {
    return this.access.addExternalSchema(schemaName, catalogDatabase, this.copyRole as iam.IRole);
  }

  private grantLogin(role: iam.IRole, member: string): iam.Grant {
    const login = this.access.addRole(role, member);
    const grant = iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['redshift-serverless:GetCredentials'],
      resourceArns: [this.workgroupArn],
    });
    grant.applyBefore(login);
    return grant;
  }

  private derivedName(): string {
    return Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }).toLowerCase();
  }

  private validate(props: WarehouseProps, name: string, size: WarehouseSize): void {
    const zones = props.network.subnets.length;
    if (zones < LEAST_ZONES) {
      throw new Error(
        `${this.node.path}: the network has ${zones} subnets; Redshift Serverless with enhanced VPC routing wants three ` +
          "in three zones. Name three with 'availabilityZones' of the network.",
      );
    }
    if (!Token.isUnresolved(this.databaseName) && !DATABASE_NAME.test(this.databaseName)) {
      throw new Error(
        `${this.node.path}: databaseName '${props.databaseName}' is no name of a database; use letters, digits and ` +
          'underscores, a letter first.',
      );
    }
    if (!Token.isUnresolved(name) && !WAREHOUSE_NAME.test(name)) {
      throw new Error(
        `${this.node.path}: warehouseName '${name}' is no name of a workgroup; use 3 to 64 lower-case letters, digits ` +
          'and hyphens.',
      );
    }
    const { maxCapacity = GREATEST_CAPACITY, dailyUsageLimit = 1, port = 5439 } = props;
    if (!Token.isUnresolved(maxCapacity) && maxCapacity < size.baseCapacity) {
      throw new Error(
        `${this.node.path}: maxCapacity is ${maxCapacity} RPUs, less than the ${size.baseCapacity} of ${size.name}; ` +
          'raise it or choose a smaller size.',
      );
    }
    if (!Token.isUnresolved(dailyUsageLimit) && !(Number.isInteger(dailyUsageLimit) && dailyUsageLimit > 0)) {
      throw new Error(`${this.node.path}: dailyUsageLimit is ${dailyUsageLimit}; give whole RPU-hours, 1 at least.`);
    }
    if (!Token.isUnresolved(port) && !((port >= 5431 && port <= 5455) || (port >= 8191 && port <= 8215))) {
      throw new Error(`${this.node.path}: port is ${port}; Redshift Serverless takes 5431 to 5455 and 8191 to 8215.`);
    }
    const { raw, internal = [], published = [] } = props.schemas;
    const schemas = [...raw, ...internal, ...published];
    const twice = schemas.find((schema, index) => schemas.indexOf(schema) !== index);
    if (twice !== undefined) {
      throw new Error(`${this.node.path}: schema '${twice}' is named twice; one role fills a schema.`);
    }
  }

  /**
   * Lets a database be replicated into the namespace, by the integration that this account makes. What is replicated keeps
   * the case of its names, and the workgroup has to tell them apart.
   *
   * @internal
   * @see https://docs.aws.amazon.com/redshift/latest/mgmt/zero-etl-using.setting-up.html (not read)
   */
  _allowIntegration(sourceArn: string): Construct {
    this.integrationSources.push(sourceArn);
    return this.namespace;
  }

  /** Undefined while nothing is replicated. */
  private integrationPolicy(): object | undefined {
    if (this.integrationSources.length === 0) return undefined;
    const { partition, account } = Stack.of(this);
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'redshift.amazonaws.com' },
          Action: 'redshift:AuthorizeInboundIntegration',
          Condition: { ArnEquals: { 'aws:SourceArn': this.integrationSources } },
        },
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:${partition}:iam::${account}:root` },
          Action: 'redshift:CreateInboundIntegration',
        },
      ],
    };
  }

  private securityGroup(network: IDataNetwork): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'A Redshift Serverless workgroup of cdk-data-patterns',
      allowAllOutbound: false,
    });
    // COPY and UNLOAD go through the network, to the gateway endpoint of S3.
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to S3');
    return group;
  }

  private createCopyRole(): iam.Role {
    const sources = { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } };
    const role = new iam.Role(this, 'CopyRole', {
      description: 'Reads and writes files for COPY and UNLOAD',
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal('redshift-serverless.amazonaws.com', sources),
        new iam.ServicePrincipal('redshift.amazonaws.com', sources),
      ),
    });
    acknowledgeInlinePolicy(role);
    return role;
  }

  private createNamespace(
    name: string,
    copyRole: iam.Role,
    key: IDataKey,
    profile: DeploymentProfile,
  ): redshift.CfnNamespace {
    const namespace = new redshift.CfnNamespace(this, 'Resource', {
      namespaceName: name,
      dbName: this.databaseName,
      adminUsername: 'administrator',
      manageAdminPassword: true,
      adminPasswordSecretKmsKeyId: key.key.keyId,
      kmsKeyId: key.key.keyArn,
      logExports: ['userlog', 'connectionlog', 'useractivitylog'],
      defaultIamRoleArn: copyRole.roleArn,
      iamRoles: [copyRole.roleArn],
      namespaceResourcePolicy: Lazy.any({ produce: () => this.integrationPolicy() }),
    });
    namespace.applyRemovalPolicy(profile.removalPolicy);
    return namespace;
  }

  private createWorkgroup(
    name: string,
    namespace: redshift.CfnNamespace,
    size: WarehouseSize,
    profile: DeploymentProfile,
    props: WarehouseProps,
  ): redshift.CfnWorkgroup {
    const factor = profile.destroyable ? 2 : 8;
    const workgroup = new redshift.CfnWorkgroup(this, 'Workgroup', {
      workgroupName: name,
      namespaceName: namespace.ref,
      baseCapacity: size.baseCapacity,
      maxCapacity: props.maxCapacity ?? Math.min(GREATEST_CAPACITY, size.baseCapacity * factor),
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      port: this.port,
      subnetIds: props.network.subnets.map((subnet) => subnet.subnetId),
      securityGroupIds: this.connections.securityGroups.map((group) => group.securityGroupId),
      configParameters: Lazy.any({
        produce: () => [
          { parameterKey: 'enable_user_activity_logging', parameterValue: 'true' },
          { parameterKey: 'require_ssl', parameterValue: 'true' },
          ...(this.integrationSources.length > 0
            ? [{ parameterKey: 'enable_case_sensitive_identifier', parameterValue: 'true' }]
            : []),
        ],
      }),
      snapshotArn: props.restoreFromSnapshotArn,
    });
    workgroup.applyRemovalPolicy(profile.removalPolicy);
    return workgroup;
  }

  private takeSnapshots(retention: Duration): void {
    const snapshots = Stack.of(this).formatArn({
      service: 'redshift-serverless',
      resource: 'snapshot',
      resourceName: '*',
    });
    new StartSchedule(this, 'Snapshots', {
      description: `A snapshot of ${this.node.path} every day`,
      expression: 'cron(30 3 * * ? *)',
      targetArn: `arn:${Stack.of(this).partition}:scheduler:::aws-sdk:redshiftserverless:createSnapshot`,
      input: JSON.stringify({
        NamespaceName: this.namespaceName,
        SnapshotName: 'daily-<aws.scheduler.execution-id>',
        RetentionPeriod: retention.toDays(),
      }),
      grantStart: (grantee) => {
        acknowledgeWildcards(grantee, [snapshots], 'Redshift makes up the id of a snapshot.');
        return iam.Grant.addToPrincipal({
          grantee,
          actions: ['redshift-serverless:CreateSnapshot'],
          resourceArns: [this.namespaceArn, snapshots],
        });
      },
    });
  }
}

/** Raw schemas have a twin in which dlt prepares what it merges. */
function schemaAccess({ raw, internal = [], published = [] }: WarehouseSchemas): SchemaAccess[] {
  return [
    ...raw.map((Name) => ({ Name, Writer: LOADER, Readers: [TRANSFORMER] })),
    ...raw.map((name) => ({ Name: `${name}_staging`, Writer: LOADER, Readers: [] })),
    ...internal.map((Name) => ({ Name, Writer: TRANSFORMER, Readers: [] })),
    ...published.map((Name) => ({ Name, Writer: TRANSFORMER, Readers: [READER] })),
  ];
}
