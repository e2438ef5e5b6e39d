import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { DataBucket, DataKey, DeploymentProfile } from '../../../lib/foundation';
import { DataProduct } from '../../../lib/mesh';
import { EventBackbone, KafkaSecurity } from '../../../lib/streaming';
import { contractOf, FULL_CONTRACT, SEED_CONTRACT } from './contracts';
import { newDomain, newStack, newTrades } from './fixture';

describe("the seed's contract, verbatim", () => {
  let stack: Stack;
  let template: Template;
  beforeAll(() => {
    stack = newStack();
    newTrades(newDomain(stack));
    template = Template.fromStack(stack);
  });

  test('becomes the Iceberg table trading.fct_trades, which tells whose it is', () => {
    template.hasResourceProperties('AWS::Glue::Table', { Name: 'fct_trades' });
    template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'trading' } });
    const table = JSON.stringify(template.findResources('AWS::Glue::Table'));
    expect(table).toContain('"data-product.name":"trading.trades"');
    expect(table).toContain('"data-product.owner":"trading-domain-team"');
    expect(table).toContain('/trading/fct_trades');
  });

  test('becomes rules of Glue Data Quality, with those of every product', () => {
    template.hasResourceProperties('AWS::Glue::DataQualityRuleset', {
      TargetTable: { TableName: 'fct_trades' },
      Ruleset: [
        'Rules = [',
        '    IsUnique "trade_id",',
        '    IsComplete "trade_id",',
        '    IsComplete "symbol",',
        '    IsComplete "price",',
        '    IsComplete "quantity",',
        '    RowCount > 0',
        ']',
      ].join('\n'),
    });
  });

  test('has the error budget of each promise watched over an hour and over six, at the burn rates of the SRE workbook', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => Properties)
      .filter(({ Metrics }) => Metrics);
    const found = alarms.map(({ Metrics, Threshold }) => {
      const { Metric, Period, Stat } = Metrics.find((each: { MetricStat?: object }) => each.MetricStat).MetricStat;
      return [Metric.MetricName, Stat, Period, Threshold];
    });
    const about = (share: number) => expect.closeTo(share, 10);
    // Of 99 % of the measurements where the contract says no share; availability says 99.9 %.
    expect(found).toEqual([
      ['Fresh', 'Average', 3600, about(0.144)],
      ['Fresh', 'Average', 21_600, about(0.06)],
      ['Available', 'Average', 3600, about(0.0144)],
      ['Available', 'Average', 21_600, about(0.006)],
      ['Sound', 'Average', 3600, about(0.144)],
      ['Sound', 'Average', 21_600, about(0.06)],
    ]);
  });

  test('has alarms that the domain hears, and that ring when nothing is measured', () => {
    const alarms = Object.values(
      template.findResources('AWS::CloudWatch::Alarm', { Properties: { Metrics: Match.anyValue() } }),
    );
    for (const { Properties } of alarms) {
      expect(Properties).toMatchObject({
        TreatMissingData: 'breaching',
        AlarmActions: [{ Ref: expect.stringMatching(/DomainAlarms/) }],
        ComparisonOperator: 'GreaterThanThreshold',
      });
      expect(JSON.stringify(Properties.Metrics)).toContain('[{"Name":"Product","Value":"trading.trades v1"}]');
    }
    expect(alarms).toHaveLength(6);
  });

  test('has its rules evaluated once a day, under a role that reads its table and writes nothing', () => {
    const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    const evaluation = schedules.find(({ Properties }) =>
      JSON.stringify(Properties.Target.Arn).includes('aws-sdk:glue:startDataQualityRulesetEvaluationRun'),
    );
    expect(evaluation?.Properties.ScheduleExpression).toBe('rate(1440 minutes)');
    const input = JSON.stringify(evaluation?.Properties.Target.Input);
    expect(input).toContain(String.raw`\"TableName\":\"fct_trades\"`);
    expect(input).toMatch(/RulesetNames.*TradesRulesfcttrades/);
    const [policy] = Object.values(
      template.findResources('AWS::IAM::Policy', {
        Properties: { PolicyName: Match.stringLikeRegexp('DomainEvaluationRole') },
      }),
    );
    expect(JSON.stringify(policy)).not.toMatch(/s3:Put|s3:Delete|glue:Update/);
  });

  test('is measured every five minutes, its freshness test as one rule more', () => {
    const [{ Properties }] = Object.values(
      template.findResources('AWS::Scheduler::Schedule', { Properties: { ScheduleExpression: 'rate(5 minutes)' } }),
    );
    expect(Properties.ScheduleExpression).toBe('rate(5 minutes)');
    expect(JSON.stringify(Properties.Target.Input)).toContain(
      String.raw`\"tableName\":\"fct_trades\",\"hasRules\":true}],\"apis\":{\"apiId\":\"`,
    );
    expect(JSON.stringify(Properties.Target.Input)).toContain(
      String.raw`\"paths\":[\"/api/v1/trades\"]},\"freshnessTestSeconds\":300,\"promisedSeconds\":300,\"promisedScore\":95`,
    );
  });

  test('answers by HTTP to callers that IAM lets in, with rows and with its description', () => {
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
    ]);
    expect(routes).toEqual([
      ['GET /api/v1/trades', 'AWS_IAM'],
      ['GET /api/v1/trades/openapi.json', 'AWS_IAM'],
    ]);
  });

  test('answers from its table alone, by queries of a workgroup of their own', () => {
    const [policy] = Object.values(
      template.findResources('AWS::IAM::Policy', { Properties: { PolicyName: Match.stringLikeRegexp('Reader') } }),
    );
    const text = JSON.stringify(policy);
    expect(text.match(/:table\/.*?fct_trades/g)).toHaveLength(1);
    expect(text).not.toMatch(/glue:(Update|Create|Delete)|:table\/"?[^"]*\*/);
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      WorkGroupConfiguration: { EnforceWorkGroupConfiguration: true },
    });
  });

  test('has no finding of cdk-nag', () => {
    const { root } = stack.node;
    const found = [new AwsSolutionsChecks(root), new NIST80053R5Checks(root)]
      .flatMap((pack) => pack.validateScope(root).violations)
      .flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map((each) => `${ruleName} ${each.constructPath}`),
      );
    expect(found).toEqual([]);
  });
});

describe('a product without a table', () => {
  const EVENTS = `name: trading.ticks
owner: trading-domain-team
description: Every tick.
schema: { columns: [{ name: id, type: string, required: true }], key: [id] }
`;
  const STREAM = 'interfaces: [{ type: stream, name: ticks, access: kafka, topic: trading.ticks.v1 }]\n';
  const API = 'interfaces: [{ type: api, name: ticks, access: rest, endpoint: /api/v1/ticks }]\n';
  const make = (text: string, onMsk = true) => {
    const stack = newStack();
    const backbone = EventBackbone.fromBrokers(stack, 'Kafka', {
      bootstrapServers: 'kafka:9092',
      clusterArn: onMsk ? 'arn:aws:kafka:eu-west-1:111111111111:cluster/trading/1-2' : undefined,
      security: KafkaSecurity.PLAINTEXT,
      profile: DeploymentProfile.SANDBOX,
    });
    const domain = newDomain(stack, { backbone });
    const servedTable = domain.addTable({ tableName: 'ticks', schema: tradesSchema() });
    const contract = contractOf(EVENTS + text);
    const product = new DataProduct(stack, 'Ticks', {
      domain,
      contract,
      servedTable: text.startsWith(API) ? servedTable : undefined,
    });
    return { stack, product };
  };

  test("is measured by its topic, and its alarms are the domain's", () => {
    const { stack } = make(`${STREAM}sla: { freshness: 1 minute, availability: 99.9% }\n`);
    const template = Template.fromStack(stack);
    expect(JSON.stringify(template.findResources('AWS::Scheduler::Schedule'))).toContain(
      String.raw`\"streams\":{\"clusterArn\":\"arn:aws:kafka:eu-west-1:111111111111:cluster/trading/1-2\",\"topics\":[\"trading.ticks.v1\"],\"lookBackSeconds\":3600}`,
    );
    template.resourceCountIs('AWS::CloudWatch::Alarm', 4);
  });

  test('is served and measured from the table that it is given', () => {
    const { stack } = make(`${API}sla: { freshness: 1 minute, quality_score: 100% }\n`);
    const text = JSON.stringify(Template.fromStack(stack).findResources('AWS::Scheduler::Schedule'));
    expect(text).toContain(String.raw`\"tableName\":\"ticks\",\"hasRules\":true`);
  });

  test.each([
    [`${STREAM}sla: { quality_score: 95% }\n`, true, 'promises a quality_score, but has no table'],
    [`${STREAM}sla: { freshness: 1 minute }\n`, false, 'its brokers are no MSK cluster of which CloudWatch could tell'],
  ])('is refused when it promises what nobody can measure', (text, onMsk, message) => {
    expect(() => make(text, onMsk)).toThrow(message);
  });

  test('is refused when its API has nothing to read', () => {
    const stack = newStack();
    const contract = contractOf(EVENTS + API);
    expect(() => new DataProduct(stack, 'Ticks', { domain: newDomain(stack), contract })).toThrow(
      "trading.ticks has the API 'ticks', but no table that it could read",
    );
  });
});

test('readers and publishers are granted the tables, and no more than reading or writing', () => {
  const stack = newStack();
  const product = newTrades(newDomain(stack));
  const reader = new Role(stack, 'Analyst', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
  product.grantRead(reader);
  const statements = JSON.stringify(
    Template.fromStack(stack).findResources('AWS::IAM::Policy', {
      Properties: { PolicyName: Match.stringLikeRegexp('Analyst') },
    }),
  );
  expect(statements).toContain('s3:GetObject');
  expect(statements).not.toMatch(/s3:Put|s3:Delete|glue:Update/);
});

test('a product that is added changes no resource of those before it', () => {
  const resources = (more: boolean) => {
    const stack = newStack();
    const domain = newDomain(stack);
    newTrades(domain);
    if (more) {
      const second = SEED_CONTRACT.replace('trading.trades\n', 'trading.quotes\n')
        .replace('fct_trades', 'quotes')
        .replace('trading.trades.v1', 'trading.quotes.v1');
      new DataProduct(stack, 'Quotes', { domain, contract: contractOf(second), schema: tradesSchema() });
    }
    return Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string }>;
  };
  const [before, after] = [resources(false), resources(true)];
  // The function that measures all of them may read one table more.
  const same = Object.keys(before).filter((id) => !/Policy/.test(before[id].Type));
  for (const id of same) expect(after[id]).toEqual(before[id]);
  expect(Object.keys(after).length).toBeGreaterThan(Object.keys(before).length);
});

describe('is refused', () => {
  const refused =
    (text: string, props: object = {}, domain: object = {}) =>
    () =>
      newTrades(newDomain(newStack(), domain), { contract: contractOf(text), ...props });

  test.each([
    ['without columns', SEED_CONTRACT, { schema: undefined }, {}, 'trading.trades has no schema; write'],
    ['with two schemas', FULL_CONTRACT, {}, { domainName: 'risk' }, 'a schema in its contract and another in code'],
    ["in another's domain", SEED_CONTRACT, {}, { domainName: 'risk' }, "is of the domain 'trading', not of 'risk'"],
    ['with a stream and no brokers', SEED_CONTRACT, {}, { backbone: undefined }, "domain 'trading' has no brokers"],
    [
      'with a test of no column',
      SEED_CONTRACT.replace('unique: trade_id', 'unique: id'),
      {},
      {},
      "tests 'id', which is no column",
    ],
  ])('%s', (_, text, props, domain, message) => {
    expect(refused(text, props, domain)).toThrow(message);
  });

  test('twice in one version', () => {
    const domain = newDomain(newStack());
    newTrades(domain);
    expect(() => domain._own(contractOf(SEED_CONTRACT))).toThrow(
      'trading.trades version 1 is there already; add it once.',
    );
  });

  test('in a domain whose name no contract can begin with', () => {
    expect(() => newDomain(newStack(), { domainName: 'Trading-1' })).toThrow("domainName 'Trading-1' cannot begin");
  });
});

describe('a lake that becomes a domain', () => {
  const profile = DeploymentProfile.SANDBOX;

  test('lends its key and bucket: the domain makes none of its own', () => {
    const stack = newStack();
    const key = new DataKey(stack, 'Key', { profile });
    const bucket = new DataBucket(stack, 'Lake', { key, profile });
    newTrades(newDomain(stack, { key, bucket }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::KMS::Key', 1);
    const ids = Object.keys(template.findResources('AWS::S3::Bucket'));
    expect(ids.filter((id) => !id.startsWith('Lake'))).toEqual([]);
  });

  test('has to lend the key that encrypts the bucket', () => {
    const stack = newStack();
    const bucket = new DataBucket(stack, 'Lake', { key: new DataKey(stack, 'Key', { profile }), profile });
    expect(() => newDomain(stack, { bucket })).toThrow('Domain: a bucket comes with the key that encrypts it');
  });
});
