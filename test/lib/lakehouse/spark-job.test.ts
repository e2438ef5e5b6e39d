import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { SparkJob, SparkJobMode, type SparkJobProps, SparkWorker } from '../../../lib/lakehouse';
import { type Json, file, newLake, newStack, only, resources, statements, template } from './fixture';

const script = file('job.py', 'print(1)\n');

function newJob(stack: Stack, props: Partial<SparkJobProps> = {}): SparkJob {
  return new SparkJob(stack, 'Job', { lake: newLake(stack), script, ...props });
}

function job(props: Partial<SparkJobProps> = {}): Json {
  const stack = newStack();
  newJob(stack, props);
  return only(stack, 'AWS::Glue::Job').Properties;
}

/** The settings in a chained --conf value. */
function confOf(value: Json): Record<string, string> {
  const text: string =
    typeof value === 'string'
      ? value
      : value['Fn::Join'][1].map((part: Json) => (typeof part === 'string' ? part : '<bucket>')).join('');
  return Object.fromEntries(text.split(' --conf ').map((each) => each.split(/=(.*)/s).slice(0, 2)));
}

describe('the job', () => {
  test('is Glue 5.1, Python 3, two small workers, one run at a time, an hour at most', () => {
    expect(job()).toMatchObject({
      GlueVersion: '5.1',
      Command: { Name: 'glueetl', PythonVersion: '3' },
      WorkerType: 'G.1X',
      NumberOfWorkers: 2,
      ExecutionProperty: { MaxConcurrentRuns: 1 },
      MaxRetries: 0,
      Timeout: 60,
    });
  });

  test('has no name of its own unless it is given one', () => {
    expect(job()).not.toHaveProperty('Name');
    expect(job({ jobName: 'silver' }).Name).toBe('silver');
  });

  test('streams without a time limit, and is restarted when it is said', () => {
    const streaming = job({ mode: SparkJobMode.STREAMING, maintenanceWindow: 'Sun:3', worker: SparkWorker.G_025X });
    expect(streaming.Command.Name).toBe('gluestreaming');
    expect(streaming).not.toHaveProperty('Timeout');
    expect(streaming).toMatchObject({ MaintenanceWindow: 'Sun:3', WorkerType: 'G.025X' });
  });

  test('takes sizes, time limit and retries', () => {
    const props = {
      worker: SparkWorker.of('G.12X'),
      workerCount: 9,
      timeout: Duration.hours(3),
      maxRetries: 2,
      maxConcurrentRuns: 4,
    };
    expect(job(props)).toMatchObject({
      WorkerType: 'G.12X',
      NumberOfWorkers: 9,
      Timeout: 180,
      MaxRetries: 2,
      ExecutionProperty: { MaxConcurrentRuns: 4 },
    });
  });

  test('is the default child, so that what is missing here can be overridden', () => {
    const stack = newStack();
    const resource = newJob(stack).node.defaultChild as Json;
    resource.addPropertyOverride('ExecutionClass', 'FLEX');
    expect(only(stack, 'AWS::Glue::Job').Properties.ExecutionClass).toBe('FLEX');
  });

  test.each<[string, Partial<SparkJobProps>, string]>([
    ['one worker', { workerCount: 1 }, 'Glue needs a driver and at least one more'],
    ['the smallest worker in batch', { worker: SparkWorker.G_025X }, 'worker G.025X is for streaming jobs only'],
    ['a time limit of a week', { timeout: Duration.days(7) }, 'not below the 7 days'],
    ['a maintenance window in batch', { maintenanceWindow: 'Sun:3' }, 'only streaming jobs have a maintenance window'],
    ['a script that is not there', { script: 'no/such.py' }, "script 'no/such.py' is not a file"],
    ['an argument that hides the settings', { defaultArguments: { '--conf': 'a=b' } }, 'use sparkConf'],
  ])('refuses %s', (_, props, message) => {
    expect(() => job(props)).toThrow(message);
  });

  test('refuses an argument without dashes', () => {
    expect(() => newJob(newStack()).addArgument('table', 'x')).toThrow("argument 'table' needs its dashes: '--table'");
  });
});

describe('arguments', () => {
  test('turn on Iceberg, logs of its own, metrics, insights and auto scaling', () => {
    expect(job().DefaultArguments).toMatchObject({
      '--datalake-formats': 'iceberg',
      '--enable-auto-scaling': 'true',
      '--enable-job-insights': 'true',
      '--enable-metrics': 'true',
      '--enable-observability-metrics': 'true',
      '--job-bookmark-option': 'job-bookmark-disable',
      '--job-language': 'python',
    });
  });

  test('make the Glue Data Catalog the default catalog, in UTC and ANSI mode', () => {
    expect(confOf(job().DefaultArguments['--conf'])).toEqual({
      'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
      'spark.sql.catalog.glue_catalog': 'org.apache.iceberg.spark.SparkCatalog',
      'spark.sql.catalog.glue_catalog.catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
      'spark.sql.catalog.glue_catalog.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
      'spark.sql.catalog.glue_catalog.warehouse': 's3://<bucket>',
      'spark.sql.defaultCatalog': 'glue_catalog',
      'spark.sql.session.timeZone': 'UTC',
      'spark.sql.ansi.enabled': 'true',
    });
  });

  test('chain settings of the user, which win', () => {
    const conf = job({ sparkConf: { 'spark.sql.session.timeZone': 'Europe/Berlin', 'spark.x': '1' } });
    expect(confOf(conf.DefaultArguments['--conf'])).toMatchObject({
      'spark.sql.session.timeZone': 'Europe/Berlin',
      'spark.x': '1',
    });
  });

  test('refuse a setting with a blank, where Glue would cut it', () => {
    expect(() => job({ sparkConf: { 'spark.x': 'a b' } })).toThrow("Spark setting 'spark.x' has a blank");
  });

  test('of the user win', () => {
    expect(job({ defaultArguments: { '--enable-metrics': 'false', '--mine': '1' } }).DefaultArguments).toMatchObject({
      '--enable-metrics': 'false',
      '--mine': '1',
    });
  });

  test('name extra jars and Python files', () => {
    const files = { extraJars: ['s3://a/1.jar', 's3://a/2.jar'], extraPythonFiles: ['s3://a/lib.zip'] };
    expect(job(files).DefaultArguments).toMatchObject({
      '--extra-jars': 's3://a/1.jar,s3://a/2.jar',
      '--extra-py-files': 's3://a/lib.zip',
    });
  });

  test('leave auto scaling out when it is off', () => {
    expect(job({ autoScaling: false }).DefaultArguments).not.toHaveProperty('--enable-auto-scaling');
  });
});

describe('security', () => {
  test('logs, bookmarks and files are encrypted with the key of the lake', () => {
    const stack = newStack();
    newJob(stack);
    const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^LakeKey/), 'Arn'] };
    expect(only(stack, 'AWS::Glue::SecurityConfiguration').Properties.EncryptionConfiguration).toEqual({
      CloudWatchEncryption: { CloudWatchEncryptionMode: 'SSE-KMS', KmsKeyArn: keyArn },
      JobBookmarksEncryption: { JobBookmarksEncryptionMode: 'CSE-KMS', KmsKeyArn: keyArn },
      S3Encryptions: [{ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: keyArn }],
    });
  });

  test('a security configuration that exists is used as it is', () => {
    const stack = newStack();
    newJob(stack, { securityConfigurationName: 'ours' });
    template(stack).resourceCountIs('AWS::Glue::SecurityConfiguration', 0);
    expect(only(stack, 'AWS::Glue::Job').Properties.SecurityConfiguration).toBe('ours');
  });

  test('its two log groups are encrypted and expire', () => {
    const stack = newStack();
    newJob(stack);
    const groups = Object.values(resources(stack, 'AWS::Logs::LogGroup'));
    expect(groups.map(({ Properties }) => Properties.RetentionInDays)).toEqual([14, 14]);
    for (const group of groups) {
      expect(group.Properties.KmsKeyId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^LakeKey/), 'Arn'] });
    }
  });

  test('its log groups carry the prefix that Glue is told', () => {
    const stack = newStack();
    newJob(stack);
    const prefix = only(stack, 'AWS::Glue::Job').Properties.DefaultArguments['--custom-logGroup-prefix'];
    const names = Object.values(resources(stack, 'AWS::Logs::LogGroup')).map((group) => group.Properties.LogGroupName);
    const text = (value: Json): string =>
      typeof value === 'string'
        ? value
        : value['Fn::Join']
          ? value['Fn::Join'][1].map(text).join(value['Fn::Join'][0])
          : JSON.stringify(value);
    expect(names.map(text).sort()).toEqual([`${text(prefix)}/error`, `${text(prefix)}/output`]);
  });

  test('no action is a wildcard, and the only resource * is that of metrics', () => {
    const stack = newStack();
    newJob(stack);
    const all = statements(stack);
    expect(all.flatMap(({ Action }) => Action).filter((action: string) => action.includes('*'))).toEqual([]);
    expect(all.filter(({ Resource }) => [Resource].flat().includes('*'))).toEqual([
      {
        Effect: 'Allow',
        Action: 'cloudwatch:PutMetricData',
        Resource: '*',
        Condition: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
      },
    ]);
  });

  test('it reads its script and no other asset', () => {
    const stack = newStack();
    newJob(stack);
    const reads = statements(stack).filter(({ Action }) => Action === 's3:GetObject');
    expect(reads).toHaveLength(1);
    expect(JSON.stringify(reads[0].Resource)).toMatch(/\/[0-9a-f]{64}\.py"/);
  });

  test('a role that exists gets the grants', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    newJob(stack, { role });
    template(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: stack.getLogicalId(role.node.defaultChild as Json) }],
    });
  });

  test('it is made after the policies of its role', () => {
    const stack = newStack();
    newJob(stack);
    const [policy] = Object.keys(resources(stack, 'AWS::IAM::Policy'));
    expect(only(stack, 'AWS::Glue::Job').DependsOn).toContain(policy);
  });
});

describe('in a network', () => {
  function inNetwork(): Stack {
    const stack = newStack();
    const key = new DataKey(stack, 'NetworkKey', { profile: DeploymentProfile.SANDBOX });
    const network = new DataNetwork(stack, 'Network', { key, profile: DeploymentProfile.SANDBOX });
    newJob(stack, { network });
    return stack;
  }
  const stack = inNetwork();

  test('it stands in one subnet, with a security group of its own', () => {
    expect(only(stack, 'AWS::Glue::Connection').Properties.ConnectionInput).toEqual({
      ConnectionType: 'NETWORK',
      ConnectionProperties: {},
      PhysicalConnectionRequirements: {
        AvailabilityZone: expect.anything(),
        SubnetId: { Ref: expect.stringMatching(/^NetworkIsolatedSubnet1/) },
        SecurityGroupIdList: [{ 'Fn::GetAtt': [expect.stringMatching(/^JobNetworkSecurityGroup/), 'GroupId'] }],
      },
    });
    const [connection] = Object.keys(template(stack).findResources('AWS::Glue::Connection'));
    expect(only(stack, 'AWS::Glue::Job').Properties.Connections).toEqual({ Connections: [{ Ref: connection }] });
  });

  test('its workers reach one another on every TCP port, which Glue demands', () => {
    template(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      IpProtocol: 'tcp',
      FromPort: 0,
      ToPort: 65535,
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobNetworkSecurityGroup'), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobNetworkSecurityGroup'), 'GroupId'] },
    });
  });

  test.each(['glue', 'logs', 'monitoring'])('it reaches %s without the internet', (service) => {
    const names = Object.values(template(stack).findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) =>
      JSON.stringify(Properties.ServiceName),
    );
    expect(names.filter((name) => name.endsWith(`.${service}"]]}`) || name.endsWith(`.${service}"`))).toHaveLength(1);
  });

  test('it makes network interfaces in its subnet only', () => {
    const create = statements(stack).find(({ Action }) => Action === 'ec2:CreateNetworkInterface');
    expect(JSON.stringify(create.Resource)).toMatch(/network-interface\/\*.*security-group\/.*subnet\//);
  });
});

describe('runs', () => {
  test('start at an interval, and a start while one is at work is left out', () => {
    const stack = newStack();
    newJob(stack).runEvery(Duration.minutes(15));
    expect(only(stack, 'AWS::Scheduler::Schedule').Properties).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:glue:startJobRun']] },
        Input: { 'Fn::Join': ['', ['{"JobName":"', { Ref: expect.stringMatching(/^Job/) }, '"}']] },
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    });
  });

  test('may start this job and nothing else', () => {
    const stack = newStack();
    newJob(stack).runEvery(Duration.minutes(1));
    const start = statements(stack).filter(({ Action }) => Action === 'glue:StartJobRun');
    expect(start).toHaveLength(1);
    expect(JSON.stringify(start[0].Resource)).toMatch(/:job\/",\{"Ref":"Job[0-9A-F]{8}"/);
  });

  test('cannot start every half a minute', () => {
    expect(() => newJob(newStack()).runEvery(Duration.seconds(30))).toThrow('counts in whole minutes');
  });

  test('can be granted to somebody', () => {
    const stack = newStack();
    newJob(stack).grantRun(new iam.Role(stack, 'Starter', { assumedBy: new iam.AccountRootPrincipal() }));
    const run = statements(stack).find(({ Action }) => [Action].flat().includes('glue:BatchStopJobRun'));
    expect(run.Action).toEqual(['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun']);
  });
});

test('tokens may stand in names and arguments', () => {
  const stack = newStack();
  const token = new CfnParameter(stack, 'Token').valueAsString;
  newJob(stack, { jobName: token, defaultArguments: { '--mine': token }, securityConfigurationName: token });
  expect(only(stack, 'AWS::Glue::Job').Properties).toMatchObject({
    Name: { Ref: 'Token' },
    SecurityConfiguration: { Ref: 'Token' },
    DefaultArguments: { '--mine': { Ref: 'Token' } },
  });
});

test('the same app gives the same bytes', () => {
  const render = () => {
    const stack = new Stack(new App(), 'Stack');
    newJob(stack);
    return JSON.stringify(template(stack).toJSON());
  };
  expect(render()).toBe(render());
});
