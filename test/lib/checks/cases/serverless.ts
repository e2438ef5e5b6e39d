import { either, NO_VALUE, PARAMETER, type RuleCases, subject } from './case';

const msk = subject('AWS::MSK::ServerlessCluster');
const cache = subject('AWS::ElastiCache::ServerlessCache');
const user = subject('AWS::ElastiCache::User');
const emr = subject('AWS::EMRServerless::Application');
const workgroup = subject('AWS::RedshiftServerless::Workgroup');
const namespace = subject('AWS::RedshiftServerless::Namespace');

const iam = (Enabled: unknown) => ({ ClientAuthentication: { Sasl: { Iam: { Enabled } } } });
const place = (SecurityGroups: unknown, SubnetIds: unknown = ['subnet-1', 'subnet-2']) => ({
  VpcConfigs: [{ SecurityGroups, SubnetIds }],
});
const GROUP = [{ 'Fn::GetAtt': ['Group', 'GroupId'] }];
const group = (...SecurityGroupIngress: object[]) => ({
  Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { SecurityGroupIngress } },
});
const routed = (target: object) => ({
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: 'vpc-1' } },
  Association: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: { Ref: 'Subnet' }, RouteTableId: 'rtb-1' },
  },
  Route: {
    Type: 'AWS::EC2::Route',
    Properties: { RouteTableId: 'rtb-1', DestinationCidrBlock: '0.0.0.0/0', ...target },
  },
});
const parameter = (ParameterKey: string, ParameterValue: unknown) => ({
  ConfigParameters: [
    { ParameterKey: 'datestyle', ParameterValue: 'ISO' },
    { ParameterKey, ParameterValue },
  ],
});
const monitoring = (MonitoringConfiguration: object) => emr({ MonitoringConfiguration });
const KEY = { 'Fn::GetAtt': ['Key', 'Arn'] };
const OFF = { ManagedPersistenceMonitoringConfiguration: { Enabled: false } };
const DIGEST = 'a'.repeat(64);
const MANAGED = { ManageAdminPassword: true, AdminPasswordSecretKmsKeyId: KEY };

export const SERVERLESS: Readonly<Record<string, RuleCases>> = {
  MskServerlessIam: {
    compliant: [msk(iam(true)), msk(iam('true')), msk(iam(either(true, 'true')))],
    broken: [msk({}), msk(iam(false)), msk(iam(NO_VALUE))],
    unresolved: [msk(iam(PARAMETER)), msk(iam(either(true, false)))],
  },
  MskServerlessSecurityGroups: {
    compliant: [msk(place(GROUP)), msk(place(PARAMETER))],
    broken: [msk({}), msk(place([])), msk(place(undefined)), msk(place(NO_VALUE))],
    unresolved: [msk(place(either(GROUP, NO_VALUE)))],
  },
  MskServerlessIngress: {
    compliant: [msk(place(GROUP), group({ SourceSecurityGroupId: 'sg-1' }, { CidrIp: '10.0.0.0/16' }))],
    broken: [
      msk(place(GROUP), group({ CidrIp: '0.0.0.0/0' })),
      msk(place(GROUP), group({ CidrIpv6: '::/0' })),
      msk(place(GROUP), {
        ...group(),
        Apart: {
          Type: 'AWS::EC2::SecurityGroupIngress',
          Properties: { GroupId: { Ref: 'Group' }, CidrIp: '0.0.0.0/0' },
        },
      }),
    ],
    unresolved: [msk(place(['sg-1'])), msk(place(PARAMETER))],
  },
  MskServerlessPrivateSubnets: {
    compliant: [msk(place(GROUP, [{ Ref: 'Subnet' }]), routed({ NatGatewayId: 'nat-1' }))],
    broken: [msk(place(GROUP, [{ Ref: 'Subnet' }]), routed({ GatewayId: 'igw-1' })), msk({})],
    unresolved: [msk(place(GROUP, ['subnet-1'])), msk(place(GROUP, PARAMETER))],
  },
  ElastiCacheServerlessEncryption: {
    compliant: [cache({ KmsKeyId: KEY }), cache({ KmsKeyId: PARAMETER })],
    broken: [cache({}), cache({ KmsKeyId: '' }), cache({ KmsKeyId: NO_VALUE })],
    unresolved: [cache({ KmsKeyId: either(KEY, NO_VALUE) })],
  },
  ElastiCacheServerlessUsers: {
    compliant: [cache({ UserGroupId: { Ref: 'Users' } })],
    broken: [cache({}), cache({ UserGroupId: NO_VALUE })],
    unresolved: [cache({ UserGroupId: either('users', NO_VALUE) })],
  },
  ElastiCacheServerlessNetwork: {
    compliant: [cache({ SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: GROUP })],
    broken: [cache({}), cache({ SubnetIds: ['subnet-1'] }), cache({ SubnetIds: [], SecurityGroupIds: GROUP })],
    unresolved: [cache({ SubnetIds: ['subnet-1'], SecurityGroupIds: either(GROUP, NO_VALUE) })],
  },
  ElastiCacheServerlessIngress: {
    compliant: [cache({ SecurityGroupIds: GROUP }, group({ SourceSecurityGroupId: 'sg-1' }))],
    broken: [
      cache({}),
      cache({ SecurityGroupIds: GROUP }, group({ CidrIp: '0.0.0.0/0' })),
      cache({ SecurityGroupIds: ['sg-1', ...GROUP] }, group({ CidrIpv6: '::/0' })),
    ],
    unresolved: [cache({ SecurityGroupIds: ['sg-1'] }), cache({ SecurityGroupIds: PARAMETER })],
  },
  ElastiCacheServerlessPrivateSubnets: {
    compliant: [cache({ SubnetIds: [{ Ref: 'Subnet' }] }, routed({ NatGatewayId: 'nat-1' }))],
    broken: [cache({}), cache({ SubnetIds: [{ Ref: 'Subnet' }] }, routed({ GatewayId: 'igw-1' }))],
    unresolved: [cache({ SubnetIds: ['subnet-1'] }), cache({ SubnetIds: PARAMETER })],
  },
  ElastiCacheServerlessUsageLimits: {
    compliant: [cache({ CacheUsageLimits: { DataStorage: { Maximum: 1 }, ECPUPerSecond: { Maximum: PARAMETER } } })],
    broken: [cache({}), cache({ CacheUsageLimits: { DataStorage: { Maximum: 1 } } })],
    unresolved: [
      cache({ CacheUsageLimits: { DataStorage: { Maximum: either(1, NO_VALUE) }, ECPUPerSecond: { Maximum: 1000 } } }),
    ],
  },
  ElastiCacheUserIam: {
    compliant: [user({ AuthenticationMode: { Type: 'iam' } })],
    broken: [
      user({}),
      user({ AuthenticationMode: { Type: 'password', Passwords: PARAMETER } }),
      user({ AuthenticationMode: { Type: 'iam' }, NoPasswordRequired: true }),
    ],
    unresolved: [user({ AuthenticationMode: PARAMETER }), user({ AuthenticationMode: { Type: PARAMETER } })],
  },
  ElastiCacheUserCommands: {
    compliant: [user({ AccessString: 'on ~* -@all +@read' }), user({ AccessString: 'on ~* +@all -@all +get' })],
    broken: [
      user({}),
      user({ AccessString: 'on ~* +@all' }),
      user({ AccessString: 'on ~* -@all +@all' }),
      user({ AccessString: 'on ~* allcommands' }),
      user({ AccessString: 'on ~* +@read' }),
    ],
    unresolved: [user({ AccessString: PARAMETER }), user({ AccessString: either('on ~* -@all', 'on ~* +@all') })],
  },
  EmrServerlessNetwork: {
    compliant: [emr({ NetworkConfiguration: { SubnetIds: ['subnet-1'], SecurityGroupIds: PARAMETER } })],
    broken: [emr({}), emr({ NetworkConfiguration: { SubnetIds: ['subnet-1'] } })],
    unresolved: [
      emr({ NetworkConfiguration: { SubnetIds: either(['subnet-1'], NO_VALUE), SecurityGroupIds: ['sg-1'] } }),
    ],
  },
  EmrServerlessLogs: {
    compliant: [
      monitoring({ S3MonitoringConfiguration: { LogUri: 's3://logs/' } }),
      monitoring({ CloudWatchLoggingConfiguration: { Enabled: true } }),
    ],
    broken: [emr({}), monitoring({ CloudWatchLoggingConfiguration: { Enabled: false } })],
    unresolved: [monitoring({ CloudWatchLoggingConfiguration: { Enabled: PARAMETER } })],
  },
  EmrServerlessLogEncryption: {
    compliant: [
      monitoring({ ...OFF, S3MonitoringConfiguration: { LogUri: 's3://logs/', EncryptionKeyArn: KEY } }),
      monitoring({ ManagedPersistenceMonitoringConfiguration: { EncryptionKeyArn: KEY } }),
    ],
    broken: [
      emr({}),
      monitoring({ ...OFF, S3MonitoringConfiguration: { LogUri: 's3://logs/' } }),
      monitoring({ ...OFF, CloudWatchLoggingConfiguration: { Enabled: true } }),
    ],
    unresolved: [monitoring({ ManagedPersistenceMonitoringConfiguration: { Enabled: PARAMETER } })],
    notApplicable: [monitoring(OFF)],
  },
  EmrServerlessAutoStop: {
    compliant: [emr({ AutoStopConfiguration: { Enabled: true, IdleTimeoutMinutes: 15 } })],
    broken: [
      emr({}),
      emr({ AutoStopConfiguration: { Enabled: false, IdleTimeoutMinutes: 15 } }),
      emr({ AutoStopConfiguration: { Enabled: true } }),
      emr({ AutoStopConfiguration: { Enabled: true, IdleTimeoutMinutes: 61 } }),
    ],
    unresolved: [emr({ AutoStopConfiguration: { Enabled: true, IdleTimeoutMinutes: PARAMETER } })],
  },
  EmrServerlessMaximumCapacity: {
    compliant: [emr({ MaximumCapacity: { Cpu: '16vCPU', Memory: PARAMETER } })],
    broken: [emr({}), emr({ MaximumCapacity: { Cpu: '16vCPU' } })],
    unresolved: [emr({ MaximumCapacity: either({ Cpu: '16vCPU', Memory: '64GB' }, NO_VALUE) })],
  },
  EmrServerlessImage: {
    compliant: [emr({ ImageConfiguration: { ImageUri: `x/spark@sha256:${DIGEST}` } })],
    broken: [
      emr({ ImageConfiguration: { ImageUri: 'x/spark:latest' } }),
      emr({ ImageConfiguration: { ImageUri: 'x/spark:1.0' } }),
    ],
    unresolved: [emr({ ImageConfiguration: { ImageUri: { 'Fn::Sub': '${AWS::AccountId}.x/spark:1.0' } } })],
    notApplicable: [emr({})],
  },
  RedshiftServerlessPrivate: {
    compliant: [workgroup({ PubliclyAccessible: false })],
    broken: [workgroup({}), workgroup({ PubliclyAccessible: true }), workgroup({ PubliclyAccessible: NO_VALUE })],
    unresolved: [workgroup({ PubliclyAccessible: PARAMETER })],
  },
  RedshiftServerlessEnhancedRouting: {
    compliant: [workgroup({ EnhancedVpcRouting: true })],
    broken: [workgroup({}), workgroup({ EnhancedVpcRouting: 'false' })],
    unresolved: [workgroup({ EnhancedVpcRouting: PARAMETER })],
  },
  RedshiftServerlessNetwork: {
    compliant: [workgroup({ SubnetIds: ['a', 'b', { Ref: 'C' }], SecurityGroupIds: ['sg-1'] })],
    broken: [
      workgroup({}),
      workgroup({ SubnetIds: ['a', 'b'], SecurityGroupIds: ['sg-1'] }),
      workgroup({ SubnetIds: ['a', 'b', 'c'] }),
    ],
    unresolved: [workgroup({ SubnetIds: PARAMETER, SecurityGroupIds: ['sg-1'] })],
  },
  RedshiftServerlessTls: {
    compliant: [workgroup(parameter('require_ssl', 'true')), workgroup(parameter('require_ssl', true))],
    broken: [workgroup({}), workgroup(parameter('require_ssl', 'false')), workgroup(parameter('use_fips_ssl', 'true'))],
    unresolved: [workgroup(parameter('require_ssl', PARAMETER)), workgroup({ ConfigParameters: PARAMETER })],
  },
  RedshiftServerlessActivityLog: {
    compliant: [workgroup(parameter('enable_user_activity_logging', 'true'))],
    broken: [workgroup({}), workgroup(parameter('enable_user_activity_logging', 'false'))],
    unresolved: [workgroup(parameter('enable_user_activity_logging', PARAMETER))],
  },
  RedshiftServerlessEncryption: {
    compliant: [namespace({ KmsKeyId: KEY }), namespace({ KmsKeyId: PARAMETER })],
    broken: [namespace({}), namespace({ KmsKeyId: '' }), namespace({ KmsKeyId: NO_VALUE })],
    unresolved: [namespace({ KmsKeyId: either(KEY, NO_VALUE) })],
  },
  RedshiftServerlessAuditLogs: {
    compliant: [namespace({ LogExports: ['useractivitylog', 'userlog', 'connectionlog'] })],
    broken: [namespace({}), namespace({ LogExports: ['userlog', 'connectionlog'] })],
    unresolved: [namespace({ LogExports: PARAMETER })],
  },
  RedshiftServerlessAdminPassword: {
    compliant: [namespace(MANAGED), namespace({ ...MANAGED, AdminUserPassword: NO_VALUE })],
    broken: [
      namespace({}),
      namespace({ ManageAdminPassword: true }),
      namespace({ ...MANAGED, ManageAdminPassword: false }),
      namespace({ ...MANAGED, AdminUserPassword: 'secret' }),
      namespace({ ...MANAGED, AdminUserPassword: PARAMETER }),
    ],
    unresolved: [namespace({ ...MANAGED, ManageAdminPassword: PARAMETER })],
  },
};
