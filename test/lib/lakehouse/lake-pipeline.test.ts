import { CfnParameter, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LakePipeline, type LakePipelineProps, SparkJob } from '../../../lib/lakehouse';
import { type Json, file, newLake, newStack, only, statements, template } from './fixture';

const script = file('step.py', 'print(1)\n');

function newPipeline(props: Partial<LakePipelineProps> = {}, stack = newStack()): Stack {
  const lake = newLake(stack);
  const job = (id: string, timeout?: Duration) => new SparkJob(stack, id, { lake, script, timeout });
  new LakePipeline(stack, 'Pipeline', {
    lake,
    silver: job('SilverJob', Duration.minutes(30)),
    qualityGate: job('GateJob', Duration.minutes(10)),
    gold: job('GoldJob', Duration.minutes(20)),
    ...props,
  });
  return stack;
}

/** The state machine's definition; references are replaced by `<LogicalId>`. */
function definition(stack: Stack): Json {
  const { DefinitionString } = only(stack, 'AWS::StepFunctions::StateMachine').Properties;
  const parts: Json[] = DefinitionString['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join(''));
}

/** The states that an input leads through, as Step Functions would, for the states that this pipeline has. */
function walk(machine: Json, input: Json): { states: string[]; silverArguments?: Json; goldArguments?: Json } {
  const get = (path: string) =>
    path
      .split('.')
      .slice(1)
      .reduce((value, name) => (typeof value === 'object' ? value?.[name] : undefined), input);
  const matches = (rule: Json): boolean => {
    if (rule.And) return rule.And.every(matches);
    if (rule.Or) return rule.Or.some(matches);
    if ('IsPresent' in rule) return (get(rule.Variable) !== undefined) === rule.IsPresent;
    if ('IsString' in rule) return (typeof get(rule.Variable) === 'string') === rule.IsString;
    if ('StringMatches' in rule) {
      return new RegExp(`^${rule.StringMatches.replaceAll('*', '.*')}$`).test(get(rule.Variable));
    }
    throw new Error(`unknown rule ${JSON.stringify(rule)}`);
  };
  const states: string[] = [];
  const filled: Json = {};
  for (let name = machine.StartAt; name;) {
    states.push(name);
    const state = machine.States[name];
    for (const [step, given] of Object.entries<Json>(state.Type === 'Pass' ? state.Parameters : {})) {
      const paths = Object.entries<string>(given);
      filled[step] = Object.fromEntries(paths.map(([key, path]) => [key.replace('.$', ''), get(path)]));
    }
    name = state.Type === 'Choice' ? (state.Choices.find(matches)?.Next ?? state.Default) : state.Next;
  }
  return { states, ...filled };
}

describe('the steps', () => {
  const machine = definition(newPipeline());

  test('are silver, quality gate and gold, one after the other', () => {
    expect(walk(machine, {})).toEqual({
      states: ['HasRange', 'UpToDate', 'Silver', 'QualityGate', 'Gold'],
      silverArguments: {},
      goldArguments: {},
    });
  });

  test('recompute a range of days in gold', () => {
    expect(walk(machine, { from: '2026-01-01', to: '2026-01-31' })).toEqual({
      states: ['HasRange', 'WholeRange', 'Silver', 'QualityGate', 'Gold'],
      silverArguments: {},
      goldArguments: { '--from_date': '2026-01-01', '--to_date': '2026-01-31' },
    });
  });

  test('judge invalid rows of a range of days again, and let gold follow what silver changes', () => {
    expect(walk(machine, { reevaluate: { from: '2026-01-01', to: '2026-01-31' } })).toEqual({
      states: ['HasRange', 'Reevaluation', 'Silver', 'QualityGate', 'Gold'],
      silverArguments: { '--from_date': '2026-01-01', '--to_date': '2026-01-31' },
      goldArguments: {},
    });
  });

  test.each([
    { reevaluate: {} },
    { reevaluate: null },
    { reevaluate: { from: '2026-01-01' } },
    { reevaluate: { from: '2026-01-01', to: 'today' } },
    { reevaluate: 'all', from: '2026-01-01', to: '2026-01-31' },
    { from: '2026-01-01' },
    { to: '2026-01-31' },
    { from: '2026-01-01', to: 'tomorrow' },
    { from: 20260101, to: 20260131 },
    { from: '2026-01-01', to: null },
  ])('do not begin with the input %j', (input) => {
    expect(walk(machine, input).states).toEqual(['HasRange', 'InvalidRange']);
    expect(machine.States.InvalidRange).toMatchObject({ Type: 'Fail', Error: 'InvalidInput' });
  });

  test('wait for the end of each job', () => {
    for (const [state, job] of [
      ['Silver', 'SilverJob'],
      ['QualityGate', 'GateJob'],
      ['Gold', 'GoldJob'],
    ]) {
      expect(machine.States[state].Resource).toBe('arn:<AWS::Partition>:states:::glue:startJobRun.sync');
      expect(machine.States[state].Parameters.JobName).toMatch(new RegExp(`^<${job}`));
    }
  });

  test('hand its range to silver or gold and nothing to the gate', () => {
    expect(machine.States.Silver.Parameters['Arguments.$']).toBe('$.silverArguments');
    expect(machine.States.Gold.Parameters['Arguments.$']).toBe('$.goldArguments');
    expect(Object.keys(machine.States.QualityGate.Parameters)).toEqual(['JobName']);
  });

  test('may take as long as their job, and its start', () => {
    const seconds = ['Silver', 'QualityGate', 'Gold'].map((state) => machine.States[state].TimeoutSeconds);
    expect(seconds).toEqual([45 * 60, 25 * 60, 35 * 60]);
  });

  test('all together may take as long as they may with all retries', () => {
    expect(machine.TimeoutSeconds).toBe(2 * (45 + 25 + 35) * 60);
  });
});

describe('retries', () => {
  test('wait for a job that is busy, longer each time', () => {
    const [first] = definition(newPipeline()).States.Silver.Retry;
    expect(first).toMatchObject({ BackoffRate: 2, IntervalSeconds: 30, MaxAttempts: 5, JitterStrategy: 'FULL' });
    expect(first.ErrorEquals).toContain('Glue.ConcurrentRunsExceededException');
  });

  test('repeat a failed step once, but never the quality gate', () => {
    const { States } = definition(newPipeline());
    const afterFailure = (state: string) =>
      States[state].Retry.filter(({ ErrorEquals }: Json) => ErrorEquals.includes('States.TaskFailed'));
    expect(afterFailure('Silver')).toEqual([
      { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 60, MaxAttempts: 1, BackoffRate: 2 },
    ]);
    expect(afterFailure('Gold')).toHaveLength(1);
    expect(afterFailure('QualityGate')).toEqual([]);
  });

  test('are as many as it is said', () => {
    const { States } = definition(newPipeline({ retries: 3, retryInterval: Duration.seconds(5) }));
    expect(States.Gold.Retry[1]).toMatchObject({ IntervalSeconds: 5, MaxAttempts: 3 });
    expect(definition(newPipeline({ retries: 0 })).States.Gold.Retry).toHaveLength(1);
  });
});

describe('starts', () => {
  test('only on demand unless it is said otherwise', () => {
    template(newPipeline()).resourceCountIs('AWS::Scheduler::Schedule', 0);
  });

  test('on schedule, with an empty input', () => {
    const schedule = ScheduleExpression.cron({ hour: '2', minute: '0', timeZone: TimeZone.EUROPE_BERLIN });
    expect(only(newPipeline({ schedule }), 'AWS::Scheduler::Schedule').Properties).toMatchObject({
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: { Arn: { Ref: expect.stringMatching(/^Pipeline/) }, Input: '{}' },
    });
  });

  test('the schedule may start this pipeline and nothing else', () => {
    const stack = newPipeline({ schedule: ScheduleExpression.rate(Duration.days(1)) });
    expect(statements(stack).filter(({ Action }) => Action === 'states:StartExecution')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^Pipeline/) } },
    ]);
  });
});

describe('watching', () => {
  const stack = newPipeline();

  test('everything is logged, encrypted, and traced', () => {
    expect(only(stack, 'AWS::StepFunctions::StateMachine').Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { IncludeExecutionData: true, Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
    template(stack).allResourcesProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 14,
      KmsKeyId: { 'Fn::GetAtt': [keyOf(stack), 'Arn'] },
    });
  });

  test('an execution that fails or times out raises the alarm', () => {
    const alarm = only(stack, 'AWS::CloudWatch::Alarm').Properties;
    const metrics = alarm.Metrics.map(({ MetricStat }: Json) => MetricStat?.Metric.MetricName).filter(Boolean);
    expect(metrics.sort()).toEqual(['ExecutionsFailed', 'ExecutionsTimedOut']);
    expect(alarm).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 });
    expect(alarm.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^PipelineAlarms/) }]);
  });

  test('the alarm gets through: CloudWatch may publish, and may use the key', () => {
    expect(only(stack, 'AWS::SNS::Topic').Properties.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [keyOf(stack), 'Arn'] });
    const topicPolicy = only(stack, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement;
    expect(topicPolicy).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
    const keyPolicy = only(stack, 'AWS::KMS::Key').Properties.KeyPolicy.Statement;
    expect(keyPolicy).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
  });

  test('what is published without TLS is refused', () => {
    const topicPolicy = only(stack, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement;
    expect(topicPolicy).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  test('a topic that exists can be told instead', () => {
    const mine = newStack();
    newPipeline({ alarmTopic: new Topic(mine, 'Mine') }, mine);
    expect(only(mine, 'AWS::CloudWatch::Alarm').Properties.AlarmActions).toEqual([
      { Ref: expect.stringMatching(/^Mine/) },
    ]);
  });
});

test('it may run exactly its three jobs', () => {
  const stack = newPipeline();
  const runs = statements(stack).filter(({ Action }) => [Action].flat().includes('glue:StartJobRun'));
  const jobs = runs.flatMap(({ Resource }) => [Resource].flat().map((arn: Json) => JSON.stringify(arn)));
  expect(jobs).toHaveLength(3);
  for (const job of ['SilverJob', 'GateJob', 'GoldJob']) {
    expect(jobs.filter((arn) => new RegExp(`:job/",\\{"Ref":"${job}\\w+"`).test(arn))).toHaveLength(1);
  }
  for (const run of runs) {
    expect([...run.Action].sort()).toEqual([
      'glue:BatchStopJobRun',
      'glue:GetJobRun',
      'glue:GetJobRuns',
      'glue:StartJobRun',
    ]);
  }
});

test('its name may be a token', () => {
  const stack = newStack();
  newPipeline({ pipelineName: new CfnParameter(stack, 'Name').valueAsString }, stack);
  expect(only(stack, 'AWS::StepFunctions::StateMachine').Properties.StateMachineName).toEqual({ Ref: 'Name' });
});

function keyOf(stack: Stack): string {
  return Object.keys(Template.fromStack(stack).findResources('AWS::KMS::Key'))[0];
}
