import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { EventBackbone, EventTopic, IngestionApi, type IngestionApiProps, KafkaSecurity } from '../../../lib/streaming';

const profile = DeploymentProfile.SANDBOX;

function build(props: Partial<IngestionApiProps> = {}): { stack: Stack; api: IngestionApi } {
  const stack = new Stack();
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { key, network, profile });
  const topic = new EventTopic(stack, 'Topic', { backbone, topicName: 'trades' });
  return { stack, api: new IngestionApi(stack, 'Api', { topic, key, profile, ...props }) };
}

describe('an ingestion API', () => {
  const { stack, api } = build();
  const template = Template.fromStack(stack);

  test('lets nobody in without a signature', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /records',
      AuthorizationType: 'AWS_IAM',
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
  });

  test('throttles, and logs every request', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.stringLikeRegexp('requestId.*userArn') },
    });
  });

  test('may be called through its one route only', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::Lambda::Permission'));
    expect(JSON.stringify(Properties.SourceArn)).toContain('/$default/POST/records');
  });

  test('stands beside the brokers and may write to the topic, and to nothing else', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Takes records into the topic trades',
      VpcConfig: Match.anyValue(),
      Environment: {
        Variables: Match.objectLike({
          TOPIC: 'trades',
          KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
          KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM',
          MAX_BODY_BYTES: '1048576',
          MAX_RECORDS: '1000',
          SEND_TIMEOUT_MILLIS: '10000',
        }),
      },
    });
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const actions = policies
      .filter(([id]) => id.startsWith('ApiHandler'))
      .flatMap(([, { Properties }]) =>
        Properties.PolicyDocument.Statement.flatMap((each: { Action: string[] }) => each.Action),
      );
    expect(actions.filter((action: string) => /^(kafka|s3|glue|dynamodb)/.test(action))).toEqual([
      'kafka-cluster:Connect',
      'kafka-cluster:WriteDataIdempotently',
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:WriteData',
    ]);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { Description: 'Records that were posted' });
  });

  test('has numbers of its failures', () => {
    expect(stack.resolve(api.metricServerErrors().dimensions)).toEqual({ ApiId: stack.resolve(api.apiId) });
    expect(api.metricClientErrors().metricName).toBe('4xx');
  });

  test('tells where to post', () => {
    expect(JSON.stringify(stack.resolve(api.url))).toMatch(/ApiEndpoint.*\/records/);
  });
});

test('a caller may post, and nothing else', () => {
  const { stack, api } = build({ path: '/v1/trades' });
  api.grantInvoke(new iam.User(stack, 'Partner'));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('^/\\$default/POST/v1/trades$')])] },
        },
      ],
    },
  });
});

test('what is given reaches the function and the stage', () => {
  const { stack } = build({
    keyField: 'symbol',
    maxBodySize: Size.kibibytes(64),
    maxRecords: 10,
    sendTimeout: Duration.seconds(3),
    maxConcurrency: 5,
    requestsPerSecond: 7,
    burst: 9,
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    ReservedConcurrentExecutions: 5,
    Environment: {
      Variables: Match.objectLike({
        KEY_FIELD: 'symbol',
        MAX_BODY_BYTES: '65536',
        MAX_RECORDS: '10',
        SEND_TIMEOUT_MILLIS: '3000',
      }),
    },
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
  });
});

test('brokers without IAM that are reachable from anywhere need no network and no grant', () => {
  const stack = new Stack();
  const key = new DataKey(stack, 'Key', { profile });
  const backbone = EventBackbone.fromBrokers(stack, 'Backbone', {
    bootstrapServers: 'localhost:9092',
    security: KafkaSecurity.PLAINTEXT,
    profile,
  });
  const topic = new EventTopic(stack, 'Topic', { backbone, topicName: 'trades' });
  new IngestionApi(stack, 'Api', { topic, key, profile });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: Match.absent(),
    Environment: { Variables: Match.objectLike({ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT', KAFKA_SASL_MECHANISM: '' }) },
  });
});

test.each([
  [{ path: 'records' }, "path 'records' is not one of plain parts"],
  [{ path: '/{id}' }, "path '/{id}' is not one of plain parts"],
  [{ maxBodySize: Size.mebibytes(6) }, 'maxBodySize of 6291456 bytes is above the 5 MiB there are'],
  [{ sendTimeout: Duration.seconds(29) }, 'sendTimeout of 29000 ms is above the 25 seconds there are'],
])('%j is refused', (props, sentence) => {
  expect(() => build(props)).toThrow(sentence);
});
