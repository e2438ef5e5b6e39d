import { Match, Template } from 'aws-cdk-lib/assertions';
import { resourcesOf, withoutAssetHashes } from '../lakehouse/synth';
import { newStack } from './synth';

const stack = newStack();
const template = Template.fromStack(stack);

/** The pieces of SQL whose databases are references, in this order. */
function joined(...pieces: string[]) {
  return {
    'Fn::Join': [
      '',
      Match.arrayWith(pieces.map((piece) => (piece.startsWith('Lake') ? reference(piece) : text(piece)))),
    ],
  };
}
const reference = (id: string) => ({ Ref: Match.stringLikeRegexp(`^${id}`) });
const text = (piece: string) => Match.stringLikeRegexp(piece);

test('shows a reviewer what a change does to the template', () => {
  expect(withoutAssetHashes(template.toJSON())).toMatchSnapshot();
});

test('both paths read one log: there is one topic trades, on one cluster', () => {
  expect(Object.keys(resourcesOf(template, 'AWS::MSK::Cluster'))).toHaveLength(1);
  const topics = Object.values(resourcesOf(template, 'AWS::MSK::Topic')).map(({ Properties }) => Properties.TopicName);
  expect(topics.filter((name) => name === 'trades')).toHaveLength(1);
  template.hasResourceProperties('AWS::Glue::Job', {
    DefaultArguments: Match.objectLike({ '--topic': 'trades' }),
  });
});

test('nothing comes into the lake but by the log', () => {
  expect(JSON.stringify(template.toJSON().Outputs)).not.toContain('FilesInbox');
  expect(Object.keys(template.toJSON().Outputs).filter((name) => name === 'IngestionUrl')).toHaveLength(1);
  // The stream has no lake of its own beside the lakehouse.
  const databases = Object.values(resourcesOf(template, 'AWS::Glue::Database'));
  expect(databases.map(({ Properties }) => (Properties.DatabaseInput as { Name: string }).Name).sort()).toEqual([
    'bronze',
    'gold',
    'silver',
  ]);
});

test('silver is synced to the warehouse once an hour', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(45 * * * ? *)',
    Target: Match.objectLike({ Input: '{"sources":["trades"]}' }),
  });
});

test('the windows are compared with those of both tables, for the grace that the stream has', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        QUERY: joined('LakeSilver', '"trades" AS t INNER JOIN', 'LakeBronze'),
        GRACE_SECONDS: '10',
        REPAIR: 'false',
      }),
    },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'DifferingShare',
    Threshold: 1,
    AlarmActions: [{ Ref: Match.stringLikeRegexp('^ServingOperationsAlarms') }],
  });
});

test('alerts are written by an application of their own, and told by a function that may publish there alone', () => {
  template.hasResourceProperties('AWS::KinesisAnalyticsV2::Application', {
    ApplicationDescription: 'SQL of TradingStreamingBatchStack/Rules/Application',
  });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { Topics: ['trade_alerts'] });
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy'));
  const publishing = policies.flatMap(({ Properties }) =>
    (Properties.PolicyDocument as { Statement: { Action: string | string[]; Resource: unknown }[] }).Statement.filter(
      ({ Action }) => [Action].flat().includes('sns:Publish'),
    ),
  );
  const notifications = publishing.map(({ Resource }) => (Resource as { Ref: string }).Ref);
  expect(notifications.filter((ref) => ref.startsWith('RulesNotificationsTopic'))).toHaveLength(1);
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
});

test('each rule stands ready as a query over silver', () => {
  for (const rule of ['burst_of_one_trader', 'price_far_from_vwap']) {
    template.hasResourceProperties('AWS::Athena::NamedQuery', {
      Name: `${rule}: back-test`,
      QueryString: joined('LakeSilver', `'${rule}' AS rule`),
    });
  }
});

test('production keeps what holds data', () => {
  const production = Template.fromStack(newStack('prod'));
  const buckets = Object.values(resourcesOf(production, 'AWS::S3::Bucket'));
  expect(buckets.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(buckets.map(() => 'Retain'));
});

test('it stays within what CloudFormation takes: 500 resources, 1 MB', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (not read)
  expect(Object.keys(resourcesOf(template)).length).toBeLessThanOrEqual(500);
  expect(Buffer.byteLength(JSON.stringify(template.toJSON()))).toBeLessThan(1_000_000);
});
