import { between, changed, removed, type ReviewCase } from './case';

const statement = (Action: unknown, Resource: unknown, Effect = 'Allow', more: object = {}) => ({
  Effect,
  Action,
  Resource,
  ...more,
});
const policy = (...Statement: object[]) => ({
  PolicyName: 'p',
  Roles: [{ Ref: 'Reader' }],
  PolicyDocument: { Version: '2012-10-17', Statement },
});
const BUCKET = { 'Fn::GetAtt': ['Lake', 'Arn'] };
const OBJECTS = { 'Fn::Join': ['', [BUCKET, '/*']] };
const READS = statement(['s3:GetObject'], OBJECTS);
const TLS = statement('s3:*', OBJECTS, 'Deny', {
  Principal: { AWS: '*' },
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});
const bucketPolicy = (...Statement: object[]) => ({ Bucket: { Ref: 'Lake' }, PolicyDocument: { Statement } });
const lambda = { Principal: { Service: 'lambda.amazonaws.com' } };
const key = (...Statement: object[]) => ({ KeyPolicy: { Statement } });
const ROOT = statement('kms:*', '*', 'Allow', {
  Principal: { AWS: { 'Fn::Join': ['', ['arn:aws:iam::', { Ref: 'AWS::AccountId' }, ':root']] } },
});
const role = (...Statement: object[]) => ({ AssumeRolePolicyDocument: { Statement } });
const rule = (CidrIp: string, port = 443) => ({
  GroupId: 'sg-1',
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  CidrIp,
});

/** A file of the app in the bucket of the bootstrap; what it is called is the hash of what it holds. */
const asset = (digit: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:s3:::cdk-hnb659fds-assets-\${AWS::AccountId}-\${AWS::Region}/${digit.repeat(64)}.sql`,
});

const WITH_LAKE = { Lake: { Type: 'AWS::S3::Bucket' } };

/** Access widened: identities, resources, trust, Lake Formation, networks, protections. */
export const ACCESS_CASES: readonly ReviewCase[] = [
  changed(
    'a role may write, too',
    'AWS::IAM::Policy',
    policy(READS),
    policy(READS, statement('s3:PutObject', OBJECTS)),
    ['access-widened'],
  ),
  changed('an action becomes a wildcard', 'AWS::IAM::Policy', policy(READS), policy(statement('s3:*', OBJECTS)), [
    'access-widened',
  ]),
  changed('a resource becomes everything', 'AWS::IAM::Policy', policy(READS), policy(statement('s3:GetObject', '*')), [
    'access-widened',
  ]),
  changed(
    'a condition is gone',
    'AWS::IAM::Policy',
    policy(statement('s3:GetObject', OBJECTS, 'Allow', { Condition: { StringEquals: { a: 'b' } } })),
    policy(READS),
    ['access-widened'],
  ),
  changed(
    'a role may read files of every app',
    'AWS::IAM::Policy',
    policy(statement('s3:GetObject', asset('a'))),
    policy(
      statement('s3:GetObject', {
        'Fn::Sub': 'arn:${AWS::Partition}:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/*',
      }),
    ),
    ['access-widened'],
  ),
  changed(
    'a refusal is gone',
    'AWS::IAM::Policy',
    policy(statement('s3:*', '*'), statement('s3:DeleteObject', '*', 'Deny')),
    policy(statement('s3:*', '*')),
    ['refusal-removed'],
  ),
  between(
    'a new role reads what was there before',
    WITH_LAKE,
    {
      ...WITH_LAKE,
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: role(statement('sts:AssumeRole', undefined, 'Allow', lambda)) as never,
      },
      Policy: { Type: 'AWS::IAM::Policy', Properties: policy(READS) as never },
    },
    ['access-widened'],
  ),
  changed(
    'an administrator’s policy is attached',
    'AWS::IAM::Role',
    role(),
    { ...role(), ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    ['access-widened'],
  ),
  changed(
    'another account may take on a role',
    'AWS::IAM::Role',
    role(statement('sts:AssumeRole', undefined, 'Allow', lambda)),
    role(
      statement('sts:AssumeRole', undefined, 'Allow', lambda),
      statement('sts:AssumeRole', undefined, 'Allow', { Principal: { AWS: 'arn:aws:iam::444455556666:root' } }),
    ),
    ['access-widened'],
  ),
  changed(
    'a bucket is open to everybody',
    'AWS::S3::BucketPolicy',
    bucketPolicy(TLS),
    bucketPolicy(TLS, statement('s3:GetObject', OBJECTS, 'Allow', { Principal: '*' })),
    ['access-widened'],
  ),
  changed(
    'a bucket no longer insists on TLS',
    'AWS::S3::BucketPolicy',
    bucketPolicy(TLS, statement('s3:GetObject', OBJECTS, 'Allow', lambda)),
    bucketPolicy(statement('s3:GetObject', OBJECTS, 'Allow', lambda)),
    ['refusal-removed'],
  ),
  changed(
    'another account may use a key',
    'AWS::KMS::Key',
    key(ROOT),
    key(ROOT, statement('kms:Decrypt', '*', 'Allow', { Principal: { AWS: '444455556666' } })),
    ['access-widened'],
  ),
  changed(
    'a security group is open to the world',
    'AWS::EC2::SecurityGroup',
    { GroupDescription: 'g' },
    {
      GroupDescription: 'g',
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' }],
    },
    ['access-widened'],
  ),
  between(
    'a rule lets the world in',
    {},
    { Rule: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: rule('0.0.0.0/0') } },
    ['access-widened'],
  ),
  changed(
    'an analyst may alter a table',
    'AWS::LakeFormation::PrincipalPermissions',
    {
      Principal: { DataLakePrincipalIdentifier: 'analyst' },
      Permissions: ['SELECT'],
      PermissionsWithGrantOption: [],
      Resource: { Table: { Name: 't' } },
    },
    {
      Principal: { DataLakePrincipalIdentifier: 'analyst' },
      Permissions: ['SELECT', 'ALTER'],
      PermissionsWithGrantOption: [],
      Resource: { Table: { Name: 't' } },
    },
    ['access-widened'],
  ),
  changed(
    'one more administers the data lake',
    'AWS::LakeFormation::DataLakeSettings',
    { Admins: [{ DataLakePrincipalIdentifier: 'a' }] },
    { Admins: [{ DataLakePrincipalIdentifier: 'a' }, { DataLakePrincipalIdentifier: 'b' }] },
    ['access-widened'],
  ),
  between(
    'data is shared with another account',
    {},
    {
      Share: {
        Type: 'AWS::RAM::ResourceShare',
        Properties: {
          Name: 's',
          Principals: ['444455556666'],
          ResourceArns: ['arn:aws:glue:us-east-1:111122223333:table/a/b'],
        },
      },
    },
    ['access-widened'],
  ),
  changed(
    'a bucket lets public policies be',
    'AWS::S3::Bucket',
    { PublicAccessBlockConfiguration: { BlockPublicPolicy: true } },
    { PublicAccessBlockConfiguration: { BlockPublicPolicy: false } },
    ['protection-removed'],
  ),
  changed(
    'a warehouse is on the internet',
    'AWS::RedshiftServerless::Workgroup',
    { WorkgroupName: 'w', PubliclyAccessible: false },
    { WorkgroupName: 'w', PubliclyAccessible: true },
    ['protection-removed'],
  ),
  changed(
    'a route asks nobody who they are',
    'AWS::ApiGatewayV2::Route',
    { ApiId: 'a', RouteKey: 'POST /trades', AuthorizationType: 'AWS_IAM' },
    { ApiId: 'a', RouteKey: 'POST /trades', AuthorizationType: 'NONE' },
    ['protection-removed'],
  ),
  changed(
    'brokers take plain text',
    'AWS::MSK::Cluster',
    { ClusterName: 'a', EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS' } } },
    { ClusterName: 'a', EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS_PLAINTEXT' } } },
    ['protection-removed'],
  ),
];

const alarm = (more: object = {}) => ({
  AlarmDescription: 'Gold is late',
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: 2,
  EvaluationPeriods: 1,
  AlarmActions: ['topic'],
  ...more,
});
const ruleset = (...rules: string[]) => ({
  Name: 'q',
  Description: 'trades',
  Ruleset: `Rules = [\n    ${rules.join(',\n    ')}\n]`,
});
const machine = (...names: string[]) => ({
  DefinitionString: JSON.stringify({ States: Object.fromEntries(names.map((name) => [name, { Type: 'Task' }])) }),
});

const NEW_ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: role(statement('sts:AssumeRole', undefined, 'Allow', lambda)) as never,
};
const newRole = (...statements: object[]) => ({
  Reader: NEW_ROLE,
  Policy: { Type: 'AWS::IAM::Policy', Properties: policy(...statements) as never },
});

/** A new role reaches everything, or nothing that holds data. */
export const NEW_ROLE_CASES: readonly ReviewCase[] = [
  between('a new role reaches every bucket', {}, newRole(statement('s3:*', '*')), ['access-widened']),
  between('a new role takes on an administrator’s rights', {}, newRole(statement('*', '*')), ['access-widened']),
  between('a new role writes metrics', {}, newRole(statement('cloudwatch:PutMetricData', '*')), [], ['access-widened']),
];

/** Contracts broken, quality or alarms removed. */
export const CONTRACT_AND_QUALITY_CASES: readonly ReviewCase[] = [
  removed(
    'a route is removed',
    { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: 'a', RouteKey: 'GET /prices' } },
    ['interface-removed'],
  ),
  changed(
    'a route is called otherwise',
    'AWS::ApiGatewayV2::Route',
    { ApiId: 'a', RouteKey: 'GET /prices', AuthorizationType: 'AWS_IAM' },
    { ApiId: 'a', RouteKey: 'GET /price', AuthorizationType: 'AWS_IAM' },
    ['interface-renamed'],
  ),
  {
    title: 'an export is removed',
    base: { Outputs: { Topic: { Value: 't', Export: { Name: 'topic' } } } },
    head: { Outputs: {} },
    approve: ['export-removed'],
  },
  {
    title: 'an output is removed: said, no approval',
    base: { Outputs: { Topic: { Value: 't' } } },
    head: { Outputs: {} },
    approve: [],
    say: ['output-removed'],
  },
  changed(
    'a column of a Parquet table is dropped',
    'AWS::Glue::Table',
    {
      CatalogId: '1',
      DatabaseName: 'd',
      TableInput: {
        Name: 't',
        StorageDescriptor: {
          Columns: [
            { Name: 'a', Type: 'int' },
            { Name: 'b', Type: 'int' },
          ],
        },
      },
    },
    {
      CatalogId: '1',
      DatabaseName: 'd',
      TableInput: { Name: 't', StorageDescriptor: { Columns: [{ Name: 'a', Type: 'int' }] } },
    },
    ['column-dropped'],
  ),
  removed('an alarm is removed', { Type: 'AWS::CloudWatch::Alarm', Properties: alarm() }, ['alarm-removed']),
  changed('an alarm tells nobody', 'AWS::CloudWatch::Alarm', alarm(), alarm({ AlarmActions: [] }), ['alarm-silenced']),
  changed('an alarm is switched off', 'AWS::CloudWatch::Alarm', alarm(), alarm({ ActionsEnabled: false }), [
    'alarm-silenced',
  ]),
  changed('an alarm rings later', 'AWS::CloudWatch::Alarm', alarm(), alarm({ Threshold: 20 }), ['alarm-relaxed']),
  removed('a ruleset is removed', { Type: 'AWS::Glue::DataQualityRuleset', Properties: ruleset('RowCount >= 1') }, [
    'quality-rules-removed',
  ]),
  changed(
    'a quality rule is dropped',
    'AWS::Glue::DataQualityRuleset',
    ruleset('RowCount >= 1', 'IsUnique "id"'),
    ruleset('RowCount >= 1'),
    ['quality-rules-removed'],
  ),
  changed(
    'a pipeline loses its gate',
    'AWS::StepFunctions::StateMachine',
    machine('Silver', 'Quality gate', 'Gold'),
    machine('Silver', 'Gold'),
    ['pipeline-steps-removed'],
  ),
  changed(
    'a schedule is switched off',
    'AWS::Scheduler::Schedule',
    { ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' },
    { ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' },
    ['schedule-removed'],
  ),
  changed(
    'streaming: a hot store is no longer filled',
    'AWS::Lambda::EventSourceMapping',
    { FunctionName: 'sink', Topics: ['windows'] },
    { FunctionName: 'sink', Topics: ['windows'], Enabled: false },
    ['schedule-removed'],
  ),
  removed(
    'streaming: devices are no longer heard',
    { Type: 'AWS::IoT::TopicRule', Properties: { TopicRulePayload: { Sql: 'SELECT * FROM a', Actions: [] } } },
    ['schedule-removed'],
  ),
  removed(
    'a schedule by a rule of EventBridge is removed',
    { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Arn: 'job' }] } },
    ['schedule-removed'],
  ),
  removed(
    'nobody is told of alarms any more',
    { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: 'alarms', Protocol: 'email', Endpoint: 'a@b.example' } },
    ['watching-removed'],
  ),
  removed(
    'lakehouse: the guard of a table is removed',
    { Type: 'Custom::IcebergTableGuard', Properties: { TableName: 'trades' } },
    ['guard-removed'],
  ),
  between(
    'lakehouse: a table goes, and its guard with it',
    {
      Table: { Type: 'AWS::Glue::Table', Properties: { Name: 'trades', DatabaseName: 'silver' } },
      Guard: { Type: 'Custom::IcebergTableGuard', Properties: { TableName: 'trades', DatabaseName: 'silver' } },
    },
    {},
    ['stateful-deleted'],
  ),
  removed(
    'warehouse: a day may cost what it likes',
    { Type: 'Custom::RedshiftUsageLimit', Properties: { Amount: '100' } },
    ['guard-removed'],
  ),
  removed('the flow log is removed', { Type: 'AWS::EC2::FlowLog', Properties: { ResourceId: 'vpc' } }, [
    'watching-removed',
  ]),
];

/** Refactorings and improvements: not one of them may ask for an approval. */
export const HARMLESS_CASES: readonly ReviewCase[] = [
  between(
    'a construct is renamed and its logical id kept',
    { Lake: { Type: 'AWS::S3::Bucket', Metadata: { 'aws:cdk:path': 'S/Old/Resource' } } },
    { Lake: { Type: 'AWS::S3::Bucket', Metadata: { 'aws:cdk:path': 'S/New/Resource' } } },
    [],
  ),
  changed(
    'a description changes',
    'AWS::KMS::Key',
    { Description: 'a', KeyPolicy: {} },
    { Description: 'b', KeyPolicy: {} },
    [],
  ),
  changed(
    'tags change',
    'AWS::S3::Bucket',
    { Tags: [{ Key: 'a', Value: '1' }] },
    { Tags: [{ Key: 'a', Value: '2' }] },
    [],
  ),
  changed(
    'tags of a cluster change',
    'AWS::MSK::Cluster',
    { ClusterName: 'c', Tags: { a: '1' } },
    { ClusterName: 'c', Tags: { a: '2' } },
    [],
  ),
  between(
    'the order of resources changes',
    { A: { Type: 'AWS::S3::Bucket' }, B: { Type: 'AWS::SNS::Topic' } },
    { B: { Type: 'AWS::SNS::Topic' }, A: { Type: 'AWS::S3::Bucket' } },
    [],
  ),
  changed(
    'statements stand in another order',
    'AWS::IAM::Policy',
    policy(READS, statement('s3:ListBucket', BUCKET)),
    policy(statement('s3:ListBucket', BUCKET), READS),
    [],
  ),
  changed(
    'a statement is split in two',
    'AWS::IAM::Policy',
    policy(statement(['s3:GetObject', 's3:PutObject'], OBJECTS)),
    policy(statement('s3:GetObject', OBJECTS), statement('s3:PutObject', OBJECTS)),
    [],
  ),
  changed(
    'a list of one action becomes text',
    'AWS::IAM::Policy',
    policy(statement(['s3:GetObject'], OBJECTS)),
    policy(statement('s3:GetObject', OBJECTS)),
    [],
  ),
  changed(
    'access becomes narrower',
    'AWS::IAM::Policy',
    policy(statement('s3:*', '*')),
    policy(statement('s3:GetObject', OBJECTS)),
    [],
  ),
  changed(
    'a refusal is added',
    'AWS::IAM::Policy',
    policy(READS),
    policy(READS, statement('s3:DeleteObject', '*', 'Deny')),
    [],
  ),
  between(
    'a statement moves from a policy into its role',
    {
      Reader: { Type: 'AWS::IAM::Role', Properties: role() as never },
      P: { Type: 'AWS::IAM::Policy', Properties: policy(READS) as never },
    },
    {
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: { ...role(), Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [READS] } }] } as never,
      },
    },
    [],
  ),
  between(
    'a whole new lake with a role of its own',
    {},
    {
      ...WITH_LAKE,
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: role(statement('sts:AssumeRole', undefined, 'Allow', lambda)) as never,
      },
      P: { Type: 'AWS::IAM::Policy', Properties: policy(READS) as never },
      Key: { Type: 'AWS::KMS::Key', Properties: key(ROOT) as never },
    },
    [],
    ['access-widened'],
  ),
  changed(
    'a topic gets more partitions: said, no approval',
    'AWS::MSK::Topic',
    { ClusterArn: 'c', TopicName: 't', PartitionCount: 3, ReplicationFactor: 3 },
    { ClusterArn: 'c', TopicName: 't', PartitionCount: 6, ReplicationFactor: 3 },
    [],
    ['partitions-added'],
  ),
  changed(
    'retention becomes longer',
    'AWS::Kinesis::Stream',
    { RetentionPeriodHours: 24 },
    { RetentionPeriodHours: 168 },
    [],
  ),
  changed('versioning is switched on', 'AWS::S3::Bucket', {}, { VersioningConfiguration: { Status: 'Enabled' } }, []),
  changed(
    'objects are moved to a cheaper class',
    'AWS::S3::Bucket',
    {},
    {
      LifecycleConfiguration: {
        Rules: [{ Status: 'Enabled', Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }] }],
      },
    },
    [],
  ),
  between(
    'a bucket is kept from now on',
    { Lake: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Delete' } },
    { Lake: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' } },
    [],
  ),
  changed('an alarm rings sooner', 'AWS::CloudWatch::Alarm', alarm(), alarm({ Threshold: 1 }), []),
  changed(
    'an alarm says more',
    'AWS::CloudWatch::Alarm',
    alarm(),
    alarm({ AlarmDescription: 'Gold is late. Runbook: x' }),
    [],
  ),
  changed(
    'a quality rule is added',
    'AWS::Glue::DataQualityRuleset',
    ruleset('RowCount >= 1'),
    ruleset('RowCount >= 1', 'IsUnique "id"'),
    [],
  ),
  changed(
    'a quality ruleset is laid out otherwise',
    'AWS::Glue::DataQualityRuleset',
    ruleset('RowCount >= 1', 'IsUnique "id"'),
    { ...ruleset(), Ruleset: 'Rules = [\n RowCount >= 1,\n\n IsUnique "id"\n]' },
    [],
  ),
  changed(
    'the file of SQL that a job may read changes',
    'AWS::IAM::Policy',
    policy(statement('s3:GetObject', asset('a'))),
    policy(statement('s3:GetObject', asset('b'))),
    [],
  ),
  changed(
    'code of a function changes',
    'AWS::Lambda::Function',
    { Code: { S3Key: 'a' }, Role: 'r' },
    { Code: { S3Key: 'b' }, Role: 'r' },
    [],
  ),
  changed(
    'a job gets another script and more workers',
    'AWS::Glue::Job',
    { Role: 'r', Command: { ScriptLocation: 'a' }, NumberOfWorkers: 2 },
    { Role: 'r', Command: { ScriptLocation: 'b' }, NumberOfWorkers: 4 },
    [],
  ),
  changed(
    'brokers become larger',
    'AWS::MSK::Cluster',
    { ClusterName: 'c', BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', ClientSubnets: ['a'] } },
    { ClusterName: 'c', BrokerNodeGroupInfo: { InstanceType: 'kafka.m7g.large', ClientSubnets: ['a'] } },
    [],
  ),
  { title: 'an output is added', base: { Outputs: {} }, head: { Outputs: { A: { Value: 'b' } } }, approve: [] },
  {
    title: 'nothing changes',
    base: { Resources: { ...WITH_LAKE } },
    head: { Resources: { ...WITH_LAKE } },
    approve: [],
  },
];
