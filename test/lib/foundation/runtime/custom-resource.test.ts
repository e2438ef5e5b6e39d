import { customResourceHandler, textProperty } from '../../../../lib/foundation/runtime/custom-resource';
import { withoutWaiting } from '../../../support/without-waiting';
import { event, LocalServer } from './answers';

let cloudFormation: LocalServer;
let url: string;
let refusals: number;

beforeEach(async () => {
  refusals = 0;
  cloudFormation = new LocalServer(() => ({ status: refusals-- > 0 ? 503 : 200 }));
  url = await cloudFormation.start();
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await cloudFormation.stop();
});

const answer = (index = 0): unknown => JSON.parse(cloudFormation.received[index].body);

test('success is answered with identity and attributes', async () => {
  const handler = customResourceHandler(async () => ({ physicalResourceId: 'id-1', data: { Colour: 'blue' } }));
  await handler(event('Create', url));
  expect(answer()).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: 'id-1',
    Data: { Colour: 'blue' },
    StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Stack/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Thing',
  });
});

test('the answer carries no content type, which the signed URL would not admit', async () => {
  await customResourceHandler(async () => ({ physicalResourceId: 'id-1' }))(event('Create', url));
  expect(cloudFormation.received[0]).toMatchObject({ method: 'PUT', contentType: undefined });
});

test('failure is answered with its reason', async () => {
  const handler = customResourceHandler(() => Promise.reject(new RangeError('too many')));
  await handler(event('Update', url, {}, 'id-1'));
  expect(answer()).toMatchObject({ Status: 'FAILED', Reason: 'RangeError: too many', PhysicalResourceId: 'id-1' });
});

test('a long reason is cut, so that CloudFormation takes the answer', async () => {
  const handler = customResourceHandler(() => Promise.reject(new Error('x'.repeat(10_000))));
  await handler(event('Create', url));
  expect(cloudFormation.received[0].body.length).toBeLessThan(4096);
});

test('what was never created is never deleted', async () => {
  const work = jest.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue({ physicalResourceId: 'id-1' });
  const handler = customResourceHandler(work);
  await handler(event('Create', url));
  const { PhysicalResourceId } = answer() as { PhysicalResourceId: string };
  await handler(event('Delete', url, {}, PhysicalResourceId));
  expect(work).toHaveBeenCalledTimes(1);
  expect(answer(1)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
});

test('what was created is deleted', async () => {
  const work = jest.fn().mockResolvedValue({ physicalResourceId: 'id-1' });
  await customResourceHandler(work)(event('Delete', url, {}, 'id-1'));
  expect(work).toHaveBeenCalledTimes(1);
});

test('an answer that is refused is repeated', async () => {
  withoutWaiting();
  refusals = 1;
  await customResourceHandler(async () => ({ physicalResourceId: 'id-1' }))(event('Create', url));
  expect(cloudFormation.received).toHaveLength(2);
});

test('an answer that is refused for good fails the function, so that its log tells', async () => {
  withoutWaiting();
  refusals = 99;
  const handled = customResourceHandler(async () => ({ physicalResourceId: 'id-1' }))(event('Create', url));
  await expect(handled).rejects.toThrow('CloudFormation refused the answer: HTTP 503');
});

test('a property is read as text', () => {
  expect(textProperty(event('Create', url, { Partitions: '6' }), 'Partitions')).toBe('6');
});

test.each([undefined, '', 6, null])('a property that is %p is missing', (value) => {
  expect(() => textProperty(event('Create', url, { Partitions: value }), 'Partitions')).toThrow(
    "Custom::Thing: property 'Partitions' is missing",
  );
});
