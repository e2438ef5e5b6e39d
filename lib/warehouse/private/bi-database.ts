import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import type { TaskPlatform } from '../task-platform';

export interface BiDatabaseProps {
  readonly platform: TaskPlatform;
  /** `username` and `password`. */
  readonly secret: secretsmanager.ISecret;
  readonly backupRetention?: Duration;
}

// Not PostgreSQL's own port, which scanners look for first.
const PORT = 5433;
const NAME = 'metabase';

/** The PostgreSQL in which Metabase keeps its questions, dashboards and users. */
export class BiDatabase extends Construct implements ec2.IConnectable {
  readonly connections: ec2.Connections;
  readonly secret: secretsmanager.ISecret;
  /** How Metabase finds it, by Metabase's own names. */
  readonly environment: { [name: string]: string };

  constructor(scope: Construct, id: string, props: BiDatabaseProps) {
    super(scope, id);
    const { platform, secret } = props;
    const { profile } = platform;
    this.secret = secret;
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: platform.network.vpc,
      description: 'The database of Metabase',
      allowAllOutbound: false,
    });
    this.connections = new ec2.Connections({ securityGroups: [group], defaultPort: ec2.Port.tcp(PORT) });
    const subnets = new rds.CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'The database of Metabase',
      subnetIds: platform.network.subnets.map((subnet) => subnet.subnetId),
    });
    const parameters = new rds.CfnDBParameterGroup(this, 'Parameters', {
      description: 'TLS, and statements that change a schema or take long in the log',
      family: 'postgres17',
      parameters: { 'rds.force_ssl': '1', log_statement: 'ddl', log_min_duration_statement: '5000' },
    });
    const database = new rds.CfnDBInstance(this, 'Resource', {
      engine: 'postgres',
      engineVersion: '17',
      dbInstanceClass: profile.destroyable ? 'db.t4g.micro' : 'db.t4g.small',
      allocatedStorage: '20',
      maxAllocatedStorage: 100,
      storageType: 'gp3',
      storageEncrypted: true,
      kmsKeyId: platform.key.key.keyArn,
      dbName: NAME,
      port: String(PORT),
      masterUsername: NAME,
      // A dynamic reference: CloudFormation reads the secret when it deploys, and no template holds it.
      masterUserPassword: secret.secretValueFromJson('password').unsafeUnwrap(),
      dbSubnetGroupName: subnets.ref,
      dbParameterGroupName: parameters.ref,
      vpcSecurityGroups: [group.securityGroupId],
      publiclyAccessible: false,
      multiAz: !profile.destroyable,
      deletionProtection: !profile.destroyable,
      backupRetentionPeriod: (props.backupRetention ?? Duration.days(profile.destroyable ? 1 : 35)).toDays(),
      deleteAutomatedBackups: profile.destroyable,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      caCertificateIdentifier: 'rds-ca-rsa2048-g1',
      enableCloudwatchLogsExports: ['postgresql', 'upgrade'],
      enablePerformanceInsights: true,
      performanceInsightsKmsKeyId: platform.key.key.keyArn,
      performanceInsightsRetentionPeriod: 7,
      monitoringInterval: 60,
      monitoringRoleArn: this.monitoringRole().roleArn,
    });
    database.applyRemovalPolicy(profile.removalPolicy);
    this.acknowledgeFindings(database, profile.destroyable);
    this.environment = {
      MB_DB_TYPE: 'postgres',
      MB_DB_HOST: database.attrEndpointAddress,
      MB_DB_PORT: String(PORT),
      MB_DB_DBNAME: NAME,
    };
  }

  /**
   * What the managed policy AmazonRDSEnhancedMonitoringRole allows, for this account and region.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html (2026-11-28)
   */
  private monitoringRole(): iam.Role {
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'MonitoringRole', {
      assumedBy: new iam.ServicePrincipal('monitoring.rds.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    acknowledgeInlinePolicy(role);
    const groups = stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: 'RDSOSMetrics*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    acknowledgeWildcards(role, [groups], 'RDS makes up the names of its log streams.');
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:GetLogEvents',
          'logs:PutLogEvents',
          'logs:PutRetentionPolicy',
        ],
        resources: [groups],
      }),
    );
    return role;
  }

  private acknowledgeFindings(database: rds.CfnDBInstance, destroyable: boolean): void {
    acknowledge(database, 'NIST.800.53.R5-RDSInBackupPlan', 'Its own automatic backups are kept as long as it says.');
    acknowledge(
      database,
      'W3691',
      'The major version alone: Amazon RDS takes its default minor version, and brings later ones itself.',
    );
    acknowledge(database, 'CKV_AWS_161', 'Metabase logs in with a password.');
    if (!destroyable) return;
    acknowledge(
      database,
      ['AwsSolutions-RDS3', 'NIST.800.53.R5-RDSMultiAZSupport', 'CKV_AWS_157'],
      'A sandbox stands in one zone; production in two.',
    );
    acknowledge(
      database,
      ['AwsSolutions-RDS10', 'NIST.800.53.R5-RDSInstanceDeletionProtectionEnabled', 'CKV_AWS_293'],
      'A sandbox is destroyed without a trace; production is protected.',
    );
  }
}
