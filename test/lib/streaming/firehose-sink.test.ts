import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { judge } from '../../../lib/checks/private/judge';
import { DataBucket, DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { MedallionLake, MedallionLayer } from '../../../lib/lakehouse';
import { ColumnType, RecordSchema, SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { EventBackbone, EventTopic, FirehoseSink, type FirehoseSinkProps, KafkaSecurity } from '../../../lib/streaming';
import { nagFindings } from '../../support/nag';
import { statementsOf } from '../../support/policies';

const schema = new RecordSchema({ name: 'trades', columns: [{ name: 'symbol', type: ColumnType.STRING }] });

function build(props: Partial<FirehoseSinkProps> = {}, external = false) {
  const app = new App({ context: { [DECLARE_SCHEMAS_CONTEXT]: 'true' } });
  const stack = new Stack(app, 'Stack');
  const profile = DeploymentProfile.SANDBOX;
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = external
    ? EventBackbone.fromBrokers(stack, 'Brokers', { bootstrapServers: 'b:9092', security: KafkaSecurity.TLS })
    : EventBackbone.serverless(stack, 'Backbone', { key, network, profile });
  const lake = new MedallionLake(stack, 'Lake', { key, profile, ledger: SchemaLedger.fromFile('none.json') });
  new FirehoseSink(stack, 'Sink', {
    topic: new EventTopic(stack, 'Topic', { backbone, topicName: 'trades' }),
    table: lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema }),
    deadLetters: new DataBucket(stack, 'DeadLetters', { key, profile }),
    key,
    profile,
    ...props,
  });
  return { app, template: Template.fromStack(stack) };
}

describe('a sink by Firehose', () => {
  let built: ReturnType<typeof build>;
  beforeAll(() => (built = build()));

  test('reads the topic through the cluster’s network and appends to the table', () => {
    built.template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamType: 'MSKAsSource',
      MSKSourceConfiguration: { TopicName: 'trades', AuthenticationConfiguration: { Connectivity: 'PRIVATE' } },
      IcebergDestinationConfiguration: {
        AppendOnly: true,
        BufferingHints: { IntervalInSeconds: 60 },
        DestinationTableConfigurationList: [{ DestinationTableName: 'trades' }],
      },
    });
  });

  test('logs what a table does not take, and keeps it', () => {
    const logging = { Enabled: true, LogGroupName: Match.anyValue(), LogStreamName: Match.anyValue() };
    built.template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      IcebergDestinationConfiguration: {
        CloudWatchLoggingOptions: logging,
        s3BackupMode: 'FailedDataOnly',
        S3Configuration: { ErrorOutputPrefix: 'firehose/', CloudWatchLoggingOptions: logging },
      },
    });
  });

  test('is admitted to the cluster, and comes for this account alone', () => {
    built.template.hasResourceProperties('AWS::MSK::ClusterPolicy', {
      Policy: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'firehose.amazonaws.com' },
            Action: 'kafka:CreateVpcConnection',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ],
      },
    });
  });

  test('may do no more to Kafka than read', () => {
    const actions = statementsOf(built.template).flatMap(({ Action }) => Action);
    expect(actions).toContain('kafka-cluster:ReadData');
    expect(actions).not.toContain('kafka-cluster:WriteData');
  });

  test('leaves no finding open', () => {
    expect(nagFindings(built.app)).toEqual([]);
    expect(judge(built.template.toJSON())).toEqual([]);
  });
});

test('brokers that are not MSK’s are refused, with the way that takes them', () => {
  expect(() => build({}, true)).toThrow(
    "Stack/Sink: Firehose reads Amazon MSK with IAM authentication, and the brokers of 'trades' are none; use LakeSink, " +
      'which reads any Kafka.',
  );
});

test('more than a quarter of an hour between commits is refused', () => {
  expect(() => build({ commitInterval: Duration.minutes(15) })).not.toThrow();
  expect(() => build({ commitInterval: Duration.minutes(16) })).toThrow('commitInterval is 960 seconds');
});
