import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { GenerationSwitch, HotStoreSink, RealtimeApi, ServingOperations } from '../../../lib/serving';
import { servingFixture } from './fixture';

function served(env?: { account: string; region: string }) {
  const fixture = servingFixture(env);
  const { stack, store, key, profile, topic, deadLetters } = fixture;
  const api = new RealtimeApi(stack, 'Api', { store, key, profile });
  const sink = new HotStoreSink(stack, 'Sink', { topic, store, deadLetters, key, profile });
  api.pushFrom(sink);
  return { ...fixture, api, sink };
}

describe('a real-time API', () => {
  test('asks for a signature on every path, and for a connection', () => {
    const { stack } = served();
    const routes = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route'));
    const authorizations = Object.fromEntries(
      routes.map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType]),
    );
    expect(authorizations).toEqual({
      'GET /summaries/{symbol}': 'AWS_IAM',
      'GET /summaries/{symbol}/windows': 'AWS_IAM',
      'GET /windows': 'AWS_IAM',
      'GET /movers': 'AWS_IAM',
      'GET /dashboard': 'AWS_IAM',
      $connect: 'AWS_IAM',
      $disconnect: 'NONE',
      $default: 'NONE',
      subscribe: 'NONE',
    });
  });

  test('pushes from outside of the network, and to its own connections alone', () => {
    const { stack } = served();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { CONNECTIONS_URL: Match.anyValue() } },
      VpcConfig: Match.absent(),
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'execute-api:ManageConnections' })]) },
    });
  });

  test('has the sink call the pusher', () => {
    const { stack } = served();
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ GENERATION: '1', PUSH_FUNCTION: Match.anyValue() }) },
    });
  });

  test('answers as the user that reads; listeners are remembered by the one that writes', () => {
    const { stack, store } = served();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Answers from the hot store',
      Environment: { Variables: Match.objectLike({ HOT_STORE_USER: store.readerName }) },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Remembers who listens to new windows',
      Environment: { Variables: Match.objectLike({ HOT_STORE_USER: store.writerName }) },
    });
  });

  test('lets a reader ask and connect, and nothing else', () => {
    const { stack, api } = served();
    const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    api.grantRead(role);
    const [policy] = Object.values(
      Template.fromStack(stack).findResources('AWS::IAM::Policy', {
        Properties: { Roles: [stack.resolve(role.roleName)] },
      }),
    );
    const [statement, ...others] = policy.Properties.PolicyDocument.Statement;
    expect(others).toEqual([]);
    expect(statement.Action).toBe('execute-api:Invoke');
    expect(statement.Resource).toHaveLength(5);
  });

  test.each([
    ['cn-north-1', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'amazonaws.com'],
  ])('stands in %s', (region, suffix) => {
    const { stack } = served({ account: '111122223333', region });
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(template).not.toContain('arn:aws:');
    expect(template).toContain(region);
    expect(stack.resolve(stack.urlSuffix)).toEqual({ Ref: 'AWS::URLSuffix' });
    expect(suffix).toMatch(/^amazonaws/);
  });

  test('and its switch and alarms stand twice in one stack', () => {
    const { stack, store, key, profile, api, sink } = served();
    const second = new RealtimeApi(stack, 'Api2', { store, key, profile });
    for (const [id, one] of [
      ['1', api],
      ['2', second],
    ] as const) {
      new GenerationSwitch(stack, `Switch${id}`, { store, key, profile });
      new ServingOperations(stack, `Operations${id}`, { api: one, sinks: [sink], key });
    }
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 6);
  });
});
