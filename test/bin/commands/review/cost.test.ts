import fc from 'fast-check';
import type { Stack } from '../../../../bin/commands/review/assembly';
import { type CostReview, costOf } from '../../../../bin/commands/review/cost';
import type { Resource } from '../../../../bin/commands/review/template';

const NUMBER = fc.oneof(
  fc.integer({ min: 0, max: 1000 }),
  fc.constantFrom(-1, '3', 'many', null, true, { Ref: 'Parameter' }, { 'Fn::If': ['a', 1, 2] }),
);

/** Types by the properties that their price depends on; one of them has no price, one costs nothing. */
const RESOURCES: readonly fc.Arbitrary<Resource>[] = [
  ['AWS::MSK::Cluster', { NumberOfBrokerNodes: NUMBER, BrokerNodeGroupInfo: brokers() }],
  ['AWS::Glue::Job', { NumberOfWorkers: NUMBER, WorkerType: fc.constantFrom('G.1X', 'G.2X', 'G.99X', { Ref: 'x' }) }],
  ['AWS::Lambda::Function', { MemorySize: NUMBER }],
  ['AWS::RedshiftServerless::Workgroup', { BaseCapacity: NUMBER }],
  ['AWS::KinesisAnalyticsV2::Application', { ApplicationConfiguration: flink() }],
  ['AWS::CloudWatch::Alarm', { Metrics: fc.constantFrom([], [{ MetricStat: {} }, { Expression: 'a' }], 'none') }],
  ['AWS::S3::Bucket', {}],
  ['AWS::IAM::Role', {}],
  ['AWS::Nobody::KnowsIt', {}],
].map(([Type, properties]) =>
  fc
    .record(properties as Record<string, fc.Arbitrary<unknown>>)
    .map((Properties) => ({ Type, Properties }) as Resource),
);

const STACK = fc.array(fc.oneof(...RESOURCES), { maxLength: 12 });

function brokers(): fc.Arbitrary<unknown> {
  return fc.record({ InstanceType: fc.constantFrom('kafka.t3.small', 'kafka.m7g.large', {}, undefined) });
}

function flink(): fc.Arbitrary<unknown> {
  const settings = fc.record({ Parallelism: NUMBER, ParallelismPerKPU: NUMBER });
  return settings.map((ParallelismConfiguration) => ({ FlinkApplicationConfiguration: { ParallelismConfiguration } }));
}

function costs(resources: readonly Resource[]): CostReview {
  const Resources = Object.fromEntries(resources.map((resource, index) => [`R${index}`, resource]));
  return costOf([], [{ name: 'Stack', template: { Resources } } as unknown as Stack], []);
}

test('whatever a template says, a month costs a finite range, of one to four at most', () => {
  fc.assert(
    fc.property(STACK, (resources) => {
      const { low, high } = costs(resources).after;
      expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeGreaterThanOrEqual(low);
      expect(high).toBeLessThanOrEqual(4 * low + 1e-9);
    }),
  );
});

test('two stacks cost what each costs, in any order', () => {
  fc.assert(
    fc.property(STACK, STACK, (one, other) => {
      const [first, second, both] = [one, other, [...other, ...one]].map((each) => costs(each).after);
      expect(both.low).toBeCloseTo(first.low + second.low, 6);
      expect(both.high).toBeCloseTo(first.high + second.high, 6);
    }),
  );
});

test('what has no price is counted by its type, and in no sum', () => {
  fc.assert(
    fc.property(STACK, (resources) => {
      const unknown = resources.filter(({ Type }) => Type === 'AWS::Nobody::KnowsIt').length;
      const { unpriced, after } = costs(resources);
      expect(unpriced['AWS::Nobody::KnowsIt'] ?? 0).toBe(unknown);
      expect(after).toEqual(costs(resources.filter(({ Type }) => Type !== 'AWS::Nobody::KnowsIt')).after);
      expect(unpriced).not.toHaveProperty(['AWS::IAM::Role']);
    }),
  );
});
