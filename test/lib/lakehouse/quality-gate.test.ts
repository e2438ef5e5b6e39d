import { Duration } from 'aws-cdk-lib';
import { MedallionLayer, QualityGate, type QualityGateProps } from '../../../lib/lakehouse';
import { byDay, newLake, newStack, only, rawSchema, resources, statements, tradeSchema } from './fixture';

function gate(props: Partial<QualityGateProps> = {}) {
  const stack = newStack();
  const lake = newLake(stack);
  const source = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const schema = tradeSchema.conformed();
  const table = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
  const construct = new QualityGate(stack, 'Gate', { lake, record: tradeSchema, table, source, ...props });
  return { stack, construct };
}

function rulesets(props: Partial<QualityGateProps> = {}) {
  const found = Object.values(resources(gate(props).stack, 'AWS::Glue::DataQualityRuleset'));
  const text = (part: string) => found.find(({ Properties }) => Properties.Name.endsWith(part)).Properties.Ruleset;
  return { found, table: text('TableRuleset'), arrivals: text('ArrivalsRuleset') };
}

describe('the rulesets', () => {
  test('the one on rows stands under the table in the console', () => {
    const targets = rulesets().found.map(({ Properties }) => Properties.TargetTable);
    expect(targets).toContainEqual({ DatabaseName: expect.anything(), TableName: 'trades' });
    expect(targets).toContain(undefined);
  });

  test('bounds are 10 % invalid and 24 hours unless they are given', () => {
    expect(rulesets().arrivals).toBe(
      'Rules = [\n    ColumnValues "hours_since_arrival" <= 24,\n    ColumnValues "invalid_share" <= 0.1\n]',
    );
    const { arrivals } = rulesets({ maxInvalidShare: 0.25, freshness: Duration.minutes(90) });
    expect(arrivals).toContain('"hours_since_arrival" <= 1.5');
    expect(arrivals).toContain('"invalid_share" <= 0.25');
  });

  test('rules of the user follow those of the record', () => {
    const { table } = rulesets({ additionalRules: ['ColumnValues "price" < 1000000 where "is_valid"'] });
    expect(table).toMatch(/RowCount >= 1,\n[^]*ColumnValues "price" < 1000000 where "is_valid"\n\]$/);
  });

  test('names differ from stack to stack', () => {
    expect(rulesets().found.map(({ Properties }) => Properties.Name)).toEqual([
      expect.stringMatching(/^Stack-?Gate.*-TableRuleset$/),
      expect.stringMatching(/^Stack-?Gate.*-ArrivalsRuleset$/),
    ]);
  });
});

describe('the job', () => {
  test('is told the tables and the names of the rulesets', () => {
    const { stack } = gate();
    const { DefaultArguments: args } = only(stack, 'AWS::Glue::Job').Properties;
    const refs = Object.keys(resources(stack, 'AWS::Glue::DataQualityRuleset'));
    expect([args['--table_ruleset'].Ref, args['--arrivals_ruleset'].Ref].sort()).toEqual(refs.sort());
    expect(JSON.stringify(args['--table'])).toContain('.trades');
    expect(args['--namespace']).toBe('DataPatterns/Lakehouse');
  });

  test('reads its two rulesets, publishes into one namespace and writes to no table', () => {
    const { stack } = gate();
    const granted = statements(stack);
    const reading = granted.find(({ Action }) => Action === 'glue:GetDataQualityRuleset');
    expect(JSON.stringify(reading.Resource)).toMatch(/dataQualityRuleset\/.*dataQualityRuleset\//);
    const namespaces = granted
      .filter(({ Action }) => Action === 'cloudwatch:PutMetricData')
      .map(({ Condition }) => Condition.StringEquals['cloudwatch:namespace']);
    expect(namespaces.sort()).toEqual(['DataPatterns/Lakehouse', 'Glue']);
    expect(granted.flatMap(({ Action }) => Action)).not.toContain('glue:UpdateTable');
  });

  test('its metrics carry the table as dimension', () => {
    const { construct } = gate();
    const metrics = [
      construct.metricScore(),
      construct.metricRulesFailed(),
      construct.metricInvalidShare(),
      construct.metricRowsArrived(),
      construct.metricHoursSinceArrival(),
    ];
    expect(metrics.map(({ metricName }) => metricName)).toEqual([
      'QualityScore',
      'RulesFailed',
      'InvalidShare',
      'RowsArrived',
      'HoursSinceArrival',
    ]);
    expect(new Set(metrics.map(({ dimensions }) => Object.keys(dimensions ?? {}).join()))).toEqual(new Set(['Table']));
  });
});

test.each([
  [{ maxInvalidShare: 1.2 }, 'Stack/Gate: maxInvalidShare is 1.2; give a share from 0 to 1, such as 0.1.'],
  [{ maxInvalidShare: Number.NaN }, 'Stack/Gate: maxInvalidShare is NaN; give a share from 0 to 1, such as 0.1.'],
  [{ minimumRows: 1.5 }, 'Stack/Gate: minimumRows is 1.5; give a whole number from 0 on.'],
])('%o is refused', (props, message) => {
  expect(() => gate(props)).toThrow(message);
});
