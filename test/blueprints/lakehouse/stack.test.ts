import { Capture, Match, type Template } from 'aws-cdk-lib/assertions';
import { newApp, newStack, type Resource, resourcesOf, SETTINGS, synth, withoutAssetHashes } from './synth';
import { EXISTING, kafka, KAFKA_ALONE } from './variants';

let sandbox: Template;
beforeAll(() => (sandbox = synth()));

test('shows a reviewer what a change does to the template', () => {
  expect(withoutAssetHashes(sandbox.toJSON())).toMatchSnapshot();
});

test('gives the same bytes on every run', () => {
  expect(JSON.stringify(synth().toJSON())).toBe(JSON.stringify(sandbox.toJSON()));
});

describe('the tables', () => {
  const columns = (table: string): unknown[] => {
    const fields = new Capture();
    sandbox.hasResourceProperties('AWS::Glue::Table', {
      Name: table.split('.')[1],
      DatabaseName: { Ref: Match.stringLikeRegexp(`^Lake${table.split('.')[0]}`) },
      OpenTableFormatInput: { IcebergInput: { IcebergTableInput: { Schema: { Fields: fields } } } },
    });
    return fields
      .asArray()
      .map((field: { Name: string; Type: string; Required: boolean }) => [
        field.Name,
        field.Type.startsWith('{') ? JSON.parse(field.Type).type : field.Type,
        field.Required,
      ]);
  };

  test('bronze keeps payload, source and time of arrival', () => {
    expect(columns('Bronze.trades')).toEqual([
      ['raw_payload', 'string', false],
      ['source', 'string', false],
      ['ingested_at', 'timestamptz', false],
    ]);
  });

  test('silver has the columns of the seed', () => {
    expect(columns('Silver.trades')).toEqual([
      ['trade_id', 'string', false],
      ['symbol', 'string', false],
      ['price', 'decimal(18, 8)', false],
      ['quantity', 'decimal(18, 8)', false],
      ['traded_at', 'timestamptz', false],
      ['is_valid', 'boolean', false],
      ['validation_errors', 'list', false],
    ]);
  });

  test('gold has the columns of the seed', () => {
    expect(columns('Gold.daily_trading_summary')).toEqual([
      ['date', 'date', false],
      ['symbol', 'string', false],
      ['total_volume', 'decimal(18, 8)', false],
      ['vwap', 'decimal(18, 8)', false],
      ['trade_count', 'long', false],
    ]);
  });

  test('stand in databases of the seed’s names', () => {
    const names = Object.values(resourcesOf(sandbox, 'AWS::Glue::Database')).map(
      ({ Properties }) => (Properties.DatabaseInput as { Name: string }).Name,
    );
    expect(names.sort()).toEqual(['bronze', 'gold', 'silver']);
  });

  test('stand in databases with a prefix when one is set', () => {
    const prefixed = synth({ settings: { databases: { prefix: 'stage_' } } });
    prefixed.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'stage_silver' } });
  });

  test('want the ledger to know an extension that is switched on', () => {
    expect(() => synth({ settings: { extensions: ['venue'] } })).toThrow(
      /schemas\.lock\.json: silver\.trades: .*venue.*npx data-patterns schema lock/s,
    );
  });
});

describe('the flow of data', () => {
  const jobArguments = (template: Template, script: string) =>
    Object.values(resourcesOf(template, 'AWS::Glue::Job'))
      .map(({ Properties }) => Properties.DefaultArguments as Record<string, unknown>)
      .filter((each) => script in each);

  test('catches up every hour, in a batch job', () => {
    expect(jobArguments(sandbox, '--trigger').map((each) => each['--trigger'])).toEqual(['available_now']);
    sandbox.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(60 minutes)',
      Target: {
        Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:glue:startJobRun']] },
      },
    });
  });

  test('never stops when it is continuous', () => {
    const continuous = synth({ settings: { bronze: { ingestion: 'continuous', everyMinutes: 5 } } });
    continuous.hasResourceProperties('AWS::Glue::Job', { Command: { Name: 'gluestreaming' } });
    expect(jobArguments(continuous, '--trigger')[0]).toMatchObject({
      '--trigger': 'continuous',
      '--trigger_interval': '300 seconds',
    });
  });

  test('keeps its checkpoint in the lake’s own bucket', () => {
    const [job] = jobArguments(sandbox, '--checkpoint');
    expect(JSON.stringify(job['--checkpoint'])).toMatch(/"s3:\/\/",\{"Ref":"Data\w+"\},"\/checkpoints\//);
  });

  test('goes through silver, quality gate and gold every night', () => {
    const definition = new Capture();
    sandbox.hasResourceProperties('AWS::StepFunctions::StateMachine', { DefinitionString: definition });
    expect(JSON.stringify(definition.asObject())).toMatch(/Silver.*QualityGate.*Gold/s);
    sandbox.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(15 0 * * ? *)' });
  });

  test('starts on demand only when the schedule is off', () => {
    const onDemand = synth({ settings: { pipeline: { schedule: 'off' } } });
    const expressions = Object.values(resourcesOf(onDemand, 'AWS::Scheduler::Schedule')).map(
      ({ Properties }) => Properties.ScheduleExpression,
    );
    expect(expressions).toEqual(['rate(60 minutes)', 'rate(15 minutes)']);
  });

  test('hands the quality bounds to the gate', () => {
    const bounded = synth({ settings: { quality: { maxInvalidShare: 0.25, freshnessHours: 3 } } });
    bounded.hasResourceProperties('AWS::Glue::DataQualityRuleset', {
      Ruleset: 'Rules = [\n    ColumnValues "hours_since_arrival" <= 3,\n    ColumnValues "invalid_share" <= 0.25\n]',
    });
  });

  test('tells the address in blueprint.yaml of failures', () => {
    sandbox.resourceCountIs('AWS::SNS::Subscription', 0);
    synth({ settings: { alarms: { email: 'team@example.com' } } }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'team@example.com',
    });
  });
});

describe('the brokers', () => {
  test('are two small ones in a sandbox', () => {
    sandbox.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 2,
      BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small' },
    });
  });

  test('keep the topic that blueprint.yaml describes', () => {
    sandbox.hasResourceProperties('AWS::MSK::Topic', { TopicName: 'trades', PartitionCount: 3 });
  });

  test('can be MSK Serverless', () => {
    const serverless = synth({ settings: kafka({ cluster: 'serverless' }), env: { region: 'eu-central-1' } });
    serverless.resourceCountIs('AWS::MSK::ServerlessCluster', 1);
    serverless.resourceCountIs('AWS::MSK::Cluster', 0);
  });

  test('can exist already: then neither brokers nor network are made', () => {
    const adopted = synth({ settings: kafka({ cluster: 'existing', existing: EXISTING }) });
    for (const type of ['AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster', 'AWS::EC2::VPC', 'AWS::EC2::VPCEndpoint']) {
      adopted.resourceCountIs(type, 0);
    }
    adopted.hasOutput('BootstrapServers', { Value: EXISTING.bootstrapServers });
    adopted.hasResourceProperties('AWS::Glue::Connection', {
      ConnectionInput: {
        PhysicalConnectionRequirements: { AvailabilityZone: 'eu-central-1a', SubnetId: EXISTING.subnetIds[0] },
      },
    });
  });
});

test('has the outputs that a rehearsal starts from', () => {
  expect(Object.keys(sandbox.findOutputs('*')).sort()).toEqual(
    [
      ...['BootstrapServers', 'BronzeJobName', 'BronzeTable', 'ErasureJobName', 'FeaturesTable', 'GoldTable'],
      ...['LakeBucketName', 'QuarantineTable'],
      ...['PipelineArn', 'SilverTable', 'TradesTopicName', 'TrainingJobName', 'WorkgroupName'],
      ...['FilesInbox', 'FilesJobName', 'FilesStarterName', 'IngestionUrl', 'SenderRoleArn'],
    ].sort(),
  );
});

describe('the profile', () => {
  const STATEFUL = [
    ...['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::Glue::Database', 'AWS::Glue::Table', 'AWS::MSK::Cluster'],
    ...['AWS::MSK::Topic', 'AWS::Logs::LogGroup', 'AWS::Athena::WorkGroup'],
  ];
  const policies = (template: Template) =>
    new Set(
      STATEFUL.flatMap((type) => Object.values(resourcesOf(template, type))).map(
        (each) => each.DeletionPolicy ?? 'none',
      ),
    );

  test('sandbox leaves nothing behind', () => {
    const policy = policies(sandbox);
    expect(policy.has('Retain')).toBe(false);
    expect(newStack().terminationProtection).toBe(false);
  });

  test('production retains everything stateful and resists its deletion', () => {
    const production = synth({ settings: { profile: 'production' } });
    for (const type of STATEFUL.filter((each) => each !== 'AWS::Logs::LogGroup')) {
      const kept = Object.values(resourcesOf(production, type)).map((each) => [type, each.DeletionPolicy]);
      expect(kept).toEqual(kept.map(() => [type, expect.stringMatching(/^Retain/)]));
    }
    expect(newStack({ settings: { profile: 'production' } }).terminationProtection).toBe(true);
  });
});

describe('least privilege', () => {
  interface Statement {
    readonly Action: string | string[];
    readonly Resource?: unknown;
    readonly Condition?: unknown;
  }
  const statements = (resource: Resource): Statement[] => {
    const inline = ((resource.Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      (each) => each.PolicyDocument.Statement,
    );
    const document = resource.Properties.PolicyDocument as { Statement: Statement[] } | undefined;
    return [...inline, ...(document?.Statement ?? [])];
  };
  const granted = () =>
    Object.entries(resourcesOf(sandbox))
      .filter(([, each]) => /^AWS::IAM::(Policy|Role|ManagedPolicy)$/.test(each.Type))
      .flatMap(([id, each]) => statements(each).map((statement) => ({ id, statement })));

  test('no role may do everything that a service can', () => {
    const all = granted().flatMap(({ statement }) => [statement.Action].flat());
    expect(all.filter((action) => /:\*$|^\*$/.test(action))).toEqual([]);
  });

  test('only actions that know no resources have the resource *', () => {
    const everywhere = granted()
      .filter(({ statement }) => statement.Resource === '*')
      .flatMap(({ statement }) => [statement.Action].flat());
    const withoutResources =
      /^(cloudwatch:PutMetricData|ec2:Describe\w+|xray:\w+|logs:(Create|Get|Put|Update|Delete|List|Describe)\w*(LogDelivery|LogDeliveries|ResourcePolicy|ResourcePolicies|LogGroups))$/;
    expect(everywhere.filter((action) => !withoutResources.test(action))).toEqual([]);
  });
});

describe('any place', () => {
  test.each([
    ['anywhere', undefined],
    ['China', { account: '111122223333', region: 'cn-north-1' }],
    ['GovCloud', { account: '111122223333', region: 'us-gov-west-1' }],
    ['Europe', { account: '111122223333', region: 'eu-central-1' }],
  ])('%s: names no partition that is not its own', (_, env) => {
    const text = JSON.stringify(synth({ env }).toJSON());
    const partition = { 'cn-north-1': 'aws-cn', 'us-gov-west-1': 'aws-us-gov', 'eu-central-1': 'aws' }[
      env?.region ?? ''
    ];
    const named = new Set([...text.matchAll(/arn:(aws[a-z-]*):/g)].map((match) => match[1]));
    expect([...named].filter((each) => each !== partition)).toEqual([]);
  });

  test('needs no look-up', () => {
    const app = newApp();
    newStack({ app, env: { account: '111122223333', region: 'eu-central-1' } });
    expect(app.synth().manifest.missing ?? []).toEqual([]);
  });

  test('two of them fit in one account, with a prefix each', () => {
    const names = ['a_', 'b_'].map((prefix) => {
      const template = synth({ name: `Lake-${prefix[0]}`, settings: { databases: { prefix } } });
      return Object.values(resourcesOf(template)).flatMap(({ Type, Properties }) => {
        const { Name, BucketName, RoleName, FunctionName, ClusterName, LogGroupName } = Properties ?? {};
        const input = (Properties?.DatabaseInput ?? {}) as { Name?: unknown };
        const name = Name ?? BucketName ?? RoleName ?? FunctionName ?? ClusterName ?? LogGroupName ?? input.Name;
        return typeof name === 'string' && !['AWS::Glue::Table', 'AWS::Athena::NamedQuery'].includes(Type)
          ? [`${Type} ${name}`]
          : [];
      });
    });
    expect(names[0].filter((each) => names[1].includes(each))).toEqual([]);
    expect(names[0].length).toBeGreaterThan(3);
  });
});

describe('files and requests', () => {
  test('can be left out, and take everything of theirs along', () => {
    const alone = synth({ settings: { sources: KAFKA_ALONE } });
    alone.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    expect(Object.keys(alone.findOutputs('*')).filter((name) => /Files|Ingestion|Sender/.test(name))).toEqual([]);
  });

  test('have each a switch of its own', () => {
    const { files } = SETTINGS.sources;
    const filesAlone = synth({ settings: { sources: { ...KAFKA_ALONE, files } } });
    expect(Object.keys(filesAlone.findOutputs('*')).filter((name) => /Files|Ingestion|Sender/.test(name))).toEqual([
      ...['SenderRoleArn', 'FilesInbox', 'FilesStarterName', 'FilesJobName'],
    ]);
  });

  test('a file needs the fields that a trade needs', () => {
    const jobs = Object.values(sandbox.findResources('AWS::Glue::Job'));
    const required = jobs.map(({ Properties }) => Properties.DefaultArguments['--required_fields']).filter(Boolean);
    expect(required).toEqual(['trade_id,symbol,price,quantity,timestamp']);
  });

  test('their senders may post trades and drop files, and nothing else', () => {
    const [[, policy]] = Object.entries(sandbox.findResources('AWS::IAM::Policy')).filter(([id]) => /Senders/.test(id));
    const actions = policy.Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string[] }) => Action);
    expect(actions.sort()).toEqual([
      ...['execute-api:Invoke', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:AbortMultipartUpload', 's3:PutObject'],
    ]);
  });
});
