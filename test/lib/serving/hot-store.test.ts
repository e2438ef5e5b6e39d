import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { HotStore } from '../../../lib/serving';
import { servingFixture } from './fixture';

const CACHE = 'AWS::ElastiCache::ServerlessCache';
const USER = 'AWS::ElastiCache::User';

describe('a hot store', () => {
  test('is Valkey in the network, encrypted with the key, for its users alone, and bounded in what it costs', () => {
    const { stack } = servingFixture();
    Template.fromStack(stack).hasResourceProperties(CACHE, {
      Engine: 'valkey',
      KmsKeyId: Match.anyValue(),
      SubnetIds: Match.anyValue(),
      SecurityGroupIds: [Match.anyValue()],
      UserGroupId: Match.anyValue(),
      CacheUsageLimits: { DataStorage: { Maximum: 1, Unit: 'GB' }, ECPUPerSecond: { Maximum: 5000 } },
    });
  });

  test('has users of IAM whose id is their name, and none with a password', () => {
    const { stack } = servingFixture();
    const users = Object.values(Template.fromStack(stack).findResources(USER));
    expect(users).toHaveLength(2);
    for (const { Properties: user } of users) {
      expect(user).toMatchObject({ AuthenticationMode: { Type: 'iam' }, UserName: user.UserId });
      expect(user).not.toHaveProperty('Passwords');
    }
  });

  test('has a reader that cannot write', () => {
    const { stack, store } = servingFixture();
    Template.fromStack(stack).hasResourceProperties(USER, {
      UserId: store.readerName,
      AccessString: Match.stringLikeRegexp('^on ~\\* -@all \\+@read (?!.*(write|scripting|@all))'),
    });
  });

  test('lets a reader connect as the reader and as nobody else', () => {
    const { stack, store } = servingFixture();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    store.grantRead(role);
    const [policy] = Object.values(
      Template.fromStack(stack).findResources('AWS::IAM::Policy', {
        Properties: { Roles: [stack.resolve(role.roleName)] },
      }),
    );
    const [statement] = policy.Properties.PolicyDocument.Statement;
    expect(statement.Action).toBe('elasticache:Connect');
    expect(JSON.stringify(statement.Resource)).toContain(`:serverlesscache:${store.storeName}`);
    expect(JSON.stringify(statement.Resource)).toContain(`:user:${store.readerName}`);
    expect(JSON.stringify(statement.Resource)).not.toContain(store.writerName);
  });

  test('stands twice in one stack', () => {
    const { stack, network, key, store } = servingFixture();
    const other = new HotStore(stack, 'Other', { network, key });
    expect(new Set([store.storeName, other.storeName, store.writerName, other.writerName]).size).toBe(4);
    expect(other.storeName).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
    Template.fromStack(stack).resourceCountIs(CACHE, 2);
  });

  test.each([
    [{ storeName: 'Upper' }, /storeName 'Upper' is not one of ElastiCache's/],
    [{ storeName: 'a--b' }, /storeName 'a--b'/],
    [{ maximumDataGb: 0 }, /maximumDataGb is 0; use a whole number from 1 to 5000/],
    [{ maximumUnitsPerSecond: 999 }, /maximumUnitsPerSecond is 999/],
  ])('refuses %j', (props, message) => {
    const { stack, network, key } = servingFixture();
    expect(() => new HotStore(stack, 'Bad', { network, key, ...props })).toThrow(message);
  });
});
