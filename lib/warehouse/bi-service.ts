import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { containerEnvironment, fargateService, fargateTask, taskPrincipal } from '../foundation/private/fargate';
import { packageFile } from '../foundation/private/package-assets';
import type { BiSource } from './bi-source';
import { BiDatabase } from './private/bi-database';
import { BuiltImage } from './private/built-image';
import type { OidcSignIn } from './oidc-sign-in';
import { PrivateLoadBalancer } from './private/private-load-balancer';
import type { TaskPlatform } from './task-platform';

/** Properties of a `BiService`. */
export interface BiServiceProps {
  /** Cluster, network and key. */
  readonly platform: TaskPlatform;

  /** What the dashboards read. */
  readonly source: BiSource;

  /**
   * ARN of the certificate that the load balancer shows.
   *
   * @default - none: plain HTTP inside of the network, which a sandbox alone may have
   */
  readonly certificateArn?: string;

  /**
   * The name that the certificate is for. A record of one's own DNS has to lead it to `loadBalancerDnsName`, inside of the
   * network too.
   *
   * @default - the load balancer's own name
   */
  readonly domainName?: string;

  /**
   * Where people sign in before they see Metabase's own page; wants a certificate. Metabase's own sign-in with Google or
   * LDAP is set up in its settings, that with SAML belongs to its paid editions.
   *
   * @default - Metabase's own sign-in alone
   */
  readonly signIn?: OidcSignIn;

  /**
   * Address ranges that people come from.
   *
   * @default - the network's own
   */
  readonly clientCidrs?: string[];

  /**
   * Metabase's image. CodeBuild fetches it and keeps it in a repository of this account.
   *
   * @default 'docker.io/metabase/metabase:v0.64.2.2'
   * @see https://hub.docker.com/r/metabase/metabase/tags (2026-11-28): of the long-term support line v0.64
   */
  readonly image?: string;

  /**
   * How long the backups of Metabase's database are kept; 35 days at most.
   *
   * @default Duration.days(1) in a sandbox, Duration.days(35) in production
   */
  readonly backupRetention?: Duration;

  /**
   * E-mail address of the administrator that is set up with the first dashboards.
   *
   * @default 'admin@metabase.internal'
   */
  readonly adminEmail?: string;
}

const PORT = 3000;
const CONTAINER = 'metabase';

/**
 * Metabase on Fargate, with a PostgreSQL database of its own, behind a load balancer that only the network reaches.
 *
 * The seed's pattern has managed services only. Metabase is none on AWS: who wants one takes Metabase Cloud, Amazon Quick
 * Sight or any tool of docs/warehouse.md, and gives it the reader's login.
 */
export class BiService extends Construct implements ec2.IConnectable {
  /** Where Metabase is reached. */
  readonly url: string;

  /** Name of the load balancer, for a record of one's own DNS. */
  readonly loadBalancerDnsName: string;

  /** Address and password of Metabase's administrator: `username` and `password`. */
  readonly adminSecret: secretsmanager.ISecret;

  /** Of the load balancer, with the port that people and the provisioning of dashboards use. */
  readonly connections: ec2.Connections;

  /** @internal */
  readonly _source: BiSource;

  private readonly platform: TaskPlatform;

  constructor(scope: Construct, id: string, props: BiServiceProps) {
    super(scope, id);
    this.validate(props);
    const { platform, source } = props;
    this.platform = platform;
    this._source = source;
    this.adminSecret = this.createSecret('Administrator', 'The administrator of Metabase', {
      username: props.adminEmail ?? 'admin@metabase.internal',
    });
    const balancer = new PrivateLoadBalancer(this, 'LoadBalancer', {
      network: platform.network,
      key: platform.key,
      profile: platform.profile,
      targetPort: PORT,
      healthPath: '/api/health',
      certificateArn: props.certificateArn,
      signIn: props.signIn,
      clientCidrs: props.clientCidrs ?? [platform.network.vpc.vpcCidrBlock],
    });
    this.loadBalancerDnsName = balancer.dnsName;
    this.url = `${props.certificateArn ? 'https' : 'http'}://${props.domainName ?? balancer.dnsName}`;
    this.connections = balancer.connections;
    const database = new BiDatabase(this, 'Database', {
      platform,
      secret: this.createSecret('DatabaseSecret', 'The login of Metabase at its own database', {
        username: 'metabase',
      }),
      backupRetention: props.backupRetention,
    });
    this.createService(props, database, balancer);
  }

  private validate({ platform, certificateArn, domainName, signIn, backupRetention }: BiServiceProps): void {
    const remedy = "give 'certificateArn', and 'domainName' for the name that it is for";
    if (!certificateArn && !platform.profile.destroyable) {
      throw new Error(`${this.node.path}: a production deployment encrypts what people see; ${remedy}.`);
    }
    if (signIn && !certificateArn) {
      throw new Error(`${this.node.path}: signIn wants HTTPS; ${remedy}.`);
    }
    if (certificateArn && !domainName) {
      throw new Error(`${this.node.path}: certificateArn without domainName; name what the certificate is for.`);
    }
    if (backupRetention && (backupRetention.toDays() < 1 || backupRetention.toDays() > 35)) {
      throw new Error(`${this.node.path}: backupRetention is ${backupRetention.toDays()} days; RDS keeps 1 to 35.`);
    }
  }

  private createSecret(id: string, description: string, template: Record<string, string>): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, id, {
      description,
      encryptionKey: this.platform.key.key,
      removalPolicy: this.platform.profile.removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify(template),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
        requireEachIncludedType: true,
      },
    });
    acknowledge(
      secret,
      ['AwsSolutions-SMG4', 'NIST.800.53.R5-SecretsManagerRotationEnabled', 'CKV2_AWS_57'],
      'Metabase reads it when it starts and does not notice another one; change it and start Metabase again.',
    );
    return secret;
  }

  private createService(props: BiServiceProps, database: BiDatabase, balancer: PrivateLoadBalancer): void {
    const { platform, source } = props;
    const image = new BuiltImage(this, 'Image', {
      context: packageFile('lib/warehouse/runtime/metabase'),
      buildArguments: { BASE_IMAGE: props.image ?? 'docker.io/metabase/metabase:v0.64.2.2' },
      key: platform.key,
      profile: platform.profile,
    });
    const encryption = this.createSecret('EncryptionKey', 'What Metabase encrypts its connections with', {});
    const executionRole = platform._createExecutionRole(this, 'ExecutionRole', image);
    const role = new iam.Role(this, 'Role', { assumedBy: taskPrincipal(this) });
    acknowledgeInlinePolicy(role);
    source._grantRead(role);
    [database.secret, encryption].forEach((secret) => secret.grantRead(executionRole));

    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: platform.network.vpc,
      description: 'Metabase',
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to AWS');
    const task = new ec2.Connections({ securityGroups: [group], defaultPort: ec2.Port.tcp(PORT) });
    task.allowDefaultPortFrom(balancer, 'People');
    database.connections.allowDefaultPortFrom(task, 'Metabase');
    source._connections?.allowDefaultPortFrom(task, 'Dashboards');

    const definition = new ecs.CfnTaskDefinition(this, 'Task', {
      ...fargateTask({ cpu: 1024, memoryMiB: 2048 }, role, executionRole),
      volumes: [{ name: 'scratch' }],
      containerDefinitions: [
        {
          name: CONTAINER,
          image: image.imageUri,
          essential: true,
          readonlyRootFilesystem: true,
          mountPoints: [{ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false }],
          portMappings: [{ containerPort: PORT, protocol: 'tcp' }],
          environment: containerEnvironment({
            ...database.environment,
            HOME: '/tmp',
            JAVA_TOOL_OPTIONS: '-XX:MaxRAMPercentage=75 -Djava.io.tmpdir=/tmp',
            MB_ANON_TRACKING_ENABLED: 'false',
            MB_JETTY_PORT: String(PORT),
            MB_PLUGINS_DIR: '/tmp/plugins',
            MB_SITE_URL: this.url,
          }),
          secrets: [
            { name: 'MB_DB_USER', valueFrom: `${database.secret.secretArn}:username::` },
            { name: 'MB_DB_PASS', valueFrom: `${database.secret.secretArn}:password::` },
            { name: 'MB_ENCRYPTION_SECRET_KEY', valueFrom: `${encryption.secretArn}:password::` },
          ],
          logConfiguration: platform._logConfiguration(CONTAINER),
          linuxParameters: { initProcessEnabled: true },
        },
      ],
    });
    acknowledge(
      definition,
      'AwsSolutions-ECS2',
      'The environment holds names and addresses; what is secret comes from Secrets Manager.',
    );
    definition.node.addDependency(image);
    const service = new ecs.CfnService(this, 'Service', {
      cluster: platform.clusterArn,
      taskDefinition: definition.ref,
      ...fargateService(platform.network, group),
      desiredCount: 1,
      healthCheckGracePeriodSeconds: Duration.minutes(10).toSeconds(),
      loadBalancers: [{ containerName: CONTAINER, containerPort: PORT, targetGroupArn: balancer.targetGroupArn }],
    });
    service.node.addDependency(balancer, database, executionRole, role);
  }
}
