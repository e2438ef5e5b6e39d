import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { judge } from '../../../lib/checks/private/judge';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import {
  EventBackbone,
  EventTopic,
  KafkaSecurity,
  KsqlDbService,
  type KsqlDbServiceProps,
} from '../../../lib/streaming';
import { nagFindings } from '../../support/nag';
import { statementsOf } from '../../support/policies';

const STATEMENTS = `CREATE STREAM trades (symbol VARCHAR KEY, price VARCHAR) WITH (kafka_topic = 'trades', value_format = 'json');
CREATE TABLE latest WITH (kafka_topic = 'latest') AS SELECT symbol, LATEST_BY_OFFSET(price) FROM trades GROUP BY symbol;
`;

const folder = mkdtempSync(join(tmpdir(), 'ksql-'));
const queries = join(folder, 'queries.sql');
writeFileSync(queries, STATEMENTS);
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, 'other.sql');
  writeFileSync(file, text);
  return file;
}

function build(props: Partial<KsqlDbServiceProps> = {}, otherBrokers = false) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const profile = DeploymentProfile.SANDBOX;
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { key, network, profile });
  const brokers = EventBackbone.fromBrokers(stack, 'Brokers', {
    bootstrapServers: 'b:9093',
    security: KafkaSecurity.TLS,
  });
  new KsqlDbService(stack, 'Ksql', {
    queries,
    inputs: [new EventTopic(stack, 'Trades', { backbone, topicName: 'trades' })],
    outputs: [new EventTopic(stack, 'Latest', { backbone: otherBrokers ? brokers : backbone, topicName: 'latest' })],
    repository: Repository.fromRepositoryName(stack, 'Images', 'ksqldb'),
    imageTagOrDigest: `sha256:${'a'.repeat(64)}`,
    key,
    profile,
    ...props,
  });
  return { app, template: Template.fromStack(stack) };
}

describe('ksqlDB on Fargate', () => {
  let built: ReturnType<typeof build>;
  beforeAll(() => (built = build()));
  const environment = () => {
    const [{ Properties }] = Object.values(built.template.findResources('AWS::ECS::TaskDefinition'));
    const variables = Properties.ContainerDefinitions[0].Environment as { Name: string; Value: unknown }[];
    return Object.fromEntries(variables.map(({ Name, Value }) => [Name, Value]));
  };

  test('runs the statements of the file, and is headless', () => {
    expect(environment()).toMatchObject({
      QUERIES: STATEMENTS,
      KSQL_KSQL_QUERIES_FILE: '/tmp/queries.sql',
      KSQL_KSQL_SERVICE_ID: 'trading',
    });
    built.template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
  });

  test('speaks to the brokers as the topic’s clients do', () => {
    expect(environment()).toMatchObject({
      KSQL_SECURITY_PROTOCOL: 'SASL_SSL',
      KSQL_SASL_MECHANISM: 'AWS_MSK_IAM',
      KSQL_SASL_JAAS_CONFIG: 'software.amazon.msk.auth.iam.IAMLoginModule required;',
    });
  });

  test('stands in the private subnets of the brokers', () => {
    built.template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED', Subnets: Match.anyValue() } },
    });
  });

  test('reads its inputs, writes its outputs, and makes no topics but its own', () => {
    const of = (action: string) =>
      statementsOf(built.template)
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Resource }) => /topic\/.*?([\w-]+\*?)"\]\]\}$/.exec(JSON.stringify(Resource))?.[1]);
    expect(of('kafka-cluster:CreateTopic')).toEqual(['_confluent-ksql-trading*']);
    expect(JSON.stringify(statementsOf(built.template))).not.toMatch(/topic\/[^"]*\/\*"/);
  });

  test('leaves no finding open, and reaches what it calls', () => {
    expect(nagFindings(built.app)).toEqual([]);
    expect(judge(built.template.toJSON())).toEqual([]);
  });
});

describe('bad input', () => {
  test.each<[string, Partial<KsqlDbServiceProps> | (() => Partial<KsqlDbServiceProps>), string]>([
    ['no file', { queries: 'nowhere.sql' }, "Stack/Ksql: queries 'nowhere.sql' is not a file; paths are relative to"],
    ['no statement', () => ({ queries: fileOf(' \n') }), 'has no statement; write at least one.'],
    [
      'too many',
      () => ({ queries: fileOf('x'.repeat(50_000)) }),
      'has 50000 bytes, and a task carries 49152; make two',
    ],
    ['no input', { inputs: [] }, 'Stack/Ksql: there is no input; name the topics that it reads.'],
    ['a service id that is no name', { serviceId: 'a b' }, "serviceId 'a b' begins names of topics; use letters"],
    ['no servers', { servers: 0 }, '0 servers; use a whole number from 1.'],
    ['a processor that Fargate has not', { cpu: 300 }, 'cpu is 300; use one of 1024, 2048, 4096.'],
  ])('%s is told', (_, props, message) => {
    expect(() => build(typeof props === 'function' ? props() : props)).toThrow(message);
  });

  test('topics of different brokers are refused', () => {
    expect(() => build({}, true)).toThrow('its topics live on different brokers');
  });
});
