import { Match, Template } from 'aws-cdk-lib/assertions';
import { DataNetwork } from '../../../lib/foundation';
import { HotStore, HotStoreSink, type HotStoreSinkProps } from '../../../lib/serving';
import { ownBrokersTopic, servingFixture } from './fixture';

const MAPPING = 'AWS::Lambda::EventSourceMapping';

function sink(props: Partial<HotStoreSinkProps> = {}, fixture = servingFixture()) {
  const { stack, topic, store, deadLetters, key, profile } = fixture;
  new HotStoreSink(stack, 'Sink', { topic, store, deadLetters, key, profile, ...props });
  return { ...fixture, template: Template.fromStack(stack) };
}

describe('a sink', () => {
  test('reads its topic from the beginning, on demand, and sets aside what fails for good', () => {
    const { template } = sink();
    template.hasResourceProperties(MAPPING, {
      Topics: ['windows'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1000,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'hot-store-g1' },
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      ProvisionedPollerConfig: Match.absent(),
      BisectBatchOnFunctionError: Match.absent(),
    });
  });

  test('with pollers of its own splits a batch that fails, and bounds its retries', () => {
    const { template } = sink({ provisionedPollers: { minimum: 1, maximum: 3 } });
    template.hasResourceProperties(MAPPING, {
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
    });
  });

  test('writes the keys of its generation under its own consumer group', () => {
    const { template } = sink({ generation: 2, servedGeneration: 1 });
    template.hasResourceProperties(MAPPING, {
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'hot-store-g2' },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ GENERATION: '2', SERVED_GENERATION: '1', HOT_STORE_TLS: 'true' }) },
    });
  });

  test('may write below two prefixes of the dead letters, and nowhere else', () => {
    const { template } = sink();
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const puts = statements.filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    expect(JSON.stringify(puts)).toContain('/poison/*');
    expect(JSON.stringify(puts)).toContain('/aws/lambda/*');
    expect(puts).toHaveLength(1);
    expect(statements.filter(({ Action }) => [Action].flat().some((each: string) => each === 's3:*'))).toEqual([]);
  });

  test('reads other brokers by their addresses, through the network', () => {
    const fixture = servingFixture();
    const { template } = sink({ topic: ownBrokersTopic(fixture) }, fixture);
    template.hasResourceProperties(MAPPING, {
      EventSourceArn: Match.absent(),
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['redpanda-1:9092', 'redpanda-2:9092'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'hot-store-g1' },
    });
  });

  test.each([
    [{ generation: 0 }, /generation is 0; use a whole number from 1 to 1000/],
    [{ windowsKept: 0 }, /windowsKept is 0/],
    [{ batchSize: 10_001 }, /batchSize is 10001/],
    [{ provisionedPollers: { minimum: 3, maximum: 2 } }, /provisionedPollers.maximum is 2; use a whole number from 3/],
  ])('refuses %j', (props, message) => {
    expect(() => sink(props)).toThrow(message);
  });

  test('refuses a store in another network than the brokers', () => {
    const fixture = servingFixture();
    const { stack, key } = fixture;
    const network = new DataNetwork(stack, 'Elsewhere', { key });
    const store = new HotStore(stack, 'Far', { network, key });
    expect(() => sink({ store }, fixture)).toThrow(/stand in two networks/);
  });
});
