import { publish, type SiteBucket } from '../../../../lib/mesh/runtime/portal-site';
import { portalState, type SeenAlarm } from '../../../../lib/mesh/runtime/portal-state';

const NOW = new Date('2026-11-28T15:00:00Z');
const at = (hour: number) => new Date(Date.UTC(2026, 10, 28, hour));

function alarm(MetricName: string, StateValue: string, hour: number, product = 'trading.trades v1'): SeenAlarm {
  const Dimensions = [{ Name: 'Product', Value: product }];
  return { Namespace: 'DataPatterns/Mesh', MetricName, Dimensions, StateValue, StateTransitionedTimestamp: at(hour) };
}

/** As CloudWatch tells of an alarm on an expression. */
function onExpression({ StateValue, StateTransitionedTimestamp, ...Metric }: SeenAlarm): SeenAlarm {
  return { StateValue, StateTransitionedTimestamp, Metrics: [{}, { MetricStat: { Metric } }] };
}

const DOMAIN = { domainName: 'trading', roleArn: 'arn:trading' };

test('each objective of a product has the state of its alarms, the worse of two', async () => {
  const alarms = [
    alarm('Fresh', 'ALARM', 12),
    onExpression(alarm('Available', 'OK', 9)),
    onExpression(alarm('Available', 'ALARM', 14)),
    alarm('Sound', 'INSUFFICIENT_DATA', 10),
    alarm('Fresh', 'OK', 8, 'trading.quotes v2'),
    { Namespace: 'AWS/Lambda', MetricName: 'Errors', StateValue: 'ALARM' },
  ];
  expect(await portalState([DOMAIN], async () => alarms, NOW)).toEqual({
    at: '2026-11-28T15:00:00.000Z',
    products: {
      'trading.trades v1': {
        freshness: { state: 'broken', since: '2026-11-28T12:00:00.000Z' },
        availability: { state: 'broken', since: '2026-11-28T14:00:00.000Z' },
        quality: { state: 'unknown', since: '2026-11-28T10:00:00.000Z' },
      },
      'trading.quotes v2': { freshness: { state: 'kept', since: '2026-11-28T08:00:00.000Z' } },
    },
    silent: [],
  });
});

test('a domain that does not answer is named, and changes nothing of the others', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation();
  const refuse = async (roleArn: string) => {
    if (roleArn === 'arn:risk') throw new Error('AccessDenied');
    return [alarm('Fresh', 'OK', 9)];
  };
  const state = await portalState([{ domainName: 'risk', roleArn: 'arn:risk' }, DOMAIN], refuse, NOW);
  expect(state.silent).toEqual(['risk']);
  expect(Object.keys(state.products)).toEqual(['trading.trades v1']);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
});

test('a domain cannot speak for the product of another', async () => {
  const state = await portalState([DOMAIN], async () => [alarm('Fresh', 'OK', 9, 'risk.var v1')], NOW);
  expect(state.products).toEqual({});
});

describe('the pages in the bucket', () => {
  const site = {
    files: { 'index.html': 'new', 'state.json': '{}', 'products/a.html': 'a' },
    contentTypes: { html: 'text/html', json: 'application/json' },
    firstOnly: ['state.json'],
  };

  function bucketWith(objects: Record<string, string>): SiteBucket & { objects: Record<string, string> } {
    return {
      objects,
      async put(path, text, contentType) {
        objects[path] = `${text} as ${contentType}`;
      },
      async list() {
        return Object.keys(objects);
      },
      async remove(paths) {
        for (const path of paths) delete objects[path];
      },
    };
  }

  test('are all written when the portal is new', async () => {
    const bucket = bucketWith({});
    await publish(site, bucket, true);
    expect(Object.keys(bucket.objects).sort()).toEqual(['index.html', 'products/a.html', 'state.json']);
    expect(bucket.objects['index.html']).toBe('new as text/html');
  });

  test('follow the contracts later, while the state stays what was measured', async () => {
    const bucket = bucketWith({ 'index.html': 'old', 'products/gone.html': 'x', 'state.json': 'measured' });
    await publish(site, bucket, false);
    expect(bucket.objects).toEqual({
      'index.html': 'new as text/html',
      'products/a.html': 'a as text/html',
      'state.json': 'measured',
    });
  });
});
