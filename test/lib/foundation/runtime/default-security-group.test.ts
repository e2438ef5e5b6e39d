import { event, LocalServer } from './answers';

const NOT_FOUND =
  '<Response><Errors><Error><Code>InvalidPermission.NotFound</Code><Message>no such rule</Message></Error></Errors></Response>';
const DENIED =
  '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not allowed</Message></Error></Errors></Response>';
const PROPERTIES = { SecurityGroupId: 'sg-1', Account: '111122223333' };

const cloudFormation = new LocalServer();
let refusal: string | undefined;
const ec2 = new LocalServer(() => (refusal ? { status: 400, body: refusal } : { status: 200, body: '<Response/>' }));
let url: string;
let handler: typeof import('../../../../lib/foundation/runtime/default-security-group.handler').handler;

beforeAll(async () => {
  url = await cloudFormation.start();
  process.env.AWS_ENDPOINT_URL = await ec2.start();
  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  ({ handler } = await import('../../../../lib/foundation/runtime/default-security-group.handler'));
});

afterAll(async () => {
  await cloudFormation.stop();
  await ec2.stop();
});

beforeEach(() => {
  refusal = undefined;
  cloudFormation.received.length = 0;
  ec2.received.length = 0;
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

const requests = () => ec2.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
const answer = (): unknown => JSON.parse(cloudFormation.received[0].body);

test('both rules that EC2 gives the group are taken away', async () => {
  await handler(event('Create', url, PROPERTIES));
  expect(requests()).toEqual([
    expect.objectContaining({
      Action: 'RevokeSecurityGroupIngress',
      GroupId: 'sg-1',
      'IpPermissions.1.IpProtocol': '-1',
      'IpPermissions.1.Groups.1.GroupId': 'sg-1',
      'IpPermissions.1.Groups.1.UserId': '111122223333',
    }),
    expect.objectContaining({
      Action: 'RevokeSecurityGroupEgress',
      GroupId: 'sg-1',
      'IpPermissions.1.IpProtocol': '-1',
      'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
    }),
  ]);
  expect(answer()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'sg-1' });
});

test('rules that are gone already are fine', async () => {
  refusal = NOT_FOUND;
  await handler(event('Update', url, PROPERTIES, 'sg-1'));
  expect(answer()).toMatchObject({ Status: 'SUCCESS' });
});

test('any other refusal fails the deployment', async () => {
  refusal = DENIED;
  await handler(event('Create', url, PROPERTIES));
  expect(answer()).toMatchObject({ Status: 'FAILED', Reason: 'UnauthorizedOperation: not allowed' });
});

test('nothing is done on delete: the group goes with its VPC', async () => {
  await handler(event('Delete', url, PROPERTIES, 'sg-1'));
  expect(requests()).toEqual([]);
  expect(answer()).toMatchObject({ Status: 'SUCCESS' });
});
