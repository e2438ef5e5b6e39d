import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { join } from 'node:path';
import { DbtProject, ExternalWarehouse, IngestionSync, SyncConnector, TaskPlatform } from '../../../lib/warehouse';
import { BLUEPRINT, newGround, newPlatform } from './fixture';

const stack = new Stack(new App(), 'Stack');
const secret = new secretsmanager.Secret(stack, 'Login');
const storageIntegration = {
  principalArn: 'arn:aws:iam::999988887777:user/abc1-b-self',
  externalId: 'ACME_SFCRole=2_x',
};
const SNOWFLAKE = { databaseName: 'TRADING', secret, account: 'acme-trading', virtualWarehouse: 'TRANSFORM_WH' };
const BIGQUERY = { databaseName: 'acme-trading', secret, location: 'europe-west3' };
const DATABRICKS = {
  databaseName: 'trading',
  secret,
  host: 'dbc-01.cloud.databricks.com',
  httpPath: '/sql/1.0/warehouses/0a1b',
};

test('each engine tells its clients where it is and where the login lies, and the adapter of dbt', () => {
  const snowflake = ExternalWarehouse.snowflake(stack, 'Snowflake', SNOWFLAKE);
  expect(snowflake.clientEnvironment).toEqual({
    WAREHOUSE_ENGINE: 'snowflake',
    WAREHOUSE_HOST: 'acme-trading.snowflakecomputing.com',
    WAREHOUSE_PORT: '443',
    WAREHOUSE_DATABASE: 'TRADING',
    WAREHOUSE_SECRET_ARN: secret.secretArn,
    WAREHOUSE_ACCOUNT: 'acme-trading',
    WAREHOUSE_COMPUTE: 'TRANSFORM_WH',
  });
  const bigQuery = ExternalWarehouse.bigQuery(stack, 'BigQuery', BIGQUERY);
  const databricks = ExternalWarehouse.databricks(stack, 'Databricks', DATABRICKS);
  expect([bigQuery.copyRole, databricks.copyRole]).toEqual([undefined, undefined]);
  expect(bigQuery.clientEnvironment.WAREHOUSE_LOCATION).toBe('europe-west3');
  expect(databricks.clientEnvironment.WAREHOUSE_HTTP_PATH).toBe('/sql/1.0/warehouses/0a1b');
  expect([snowflake, bigQuery, databricks].map(({ dbtAdapter }) => dbtAdapter)).toEqual([
    ...['dbt-snowflake', 'dbt-bigquery', 'dbt-databricks'],
  ]);
});

test('the role of the integration trusts that one principal with that one id; a task may read the login, no more', () => {
  const own = new Stack(new App(), 'Own');
  const login = new secretsmanager.Secret(own, 'Login');
  const warehouse = ExternalWarehouse.snowflake(own, 'Snowflake', { ...SNOWFLAKE, secret: login, storageIntegration });
  const loader = new iam.Role(own, 'Loader', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  warehouse.grantLoad(loader);
  const template = Template.fromStack(own);
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { AWS: storageIntegration.principalArn },
          Condition: { StringEquals: { 'sts:ExternalId': storageIntegration.externalId } },
        },
      ],
    },
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
          Effect: 'Allow',
          Resource: { Ref: Match.stringLikeRegexp('^Login') },
        },
      ],
    },
  });
});

test('tokens pass', () => {
  const account = new CfnParameter(stack, 'Account').valueAsString;
  expect(() => ExternalWarehouse.snowflake(stack, 'OfAToken', { ...SNOWFLAKE, account })).not.toThrow();
});

test.each<[string, (id: string) => ExternalWarehouse, string]>([
  [
    'a host for an account',
    (id) => ExternalWarehouse.snowflake(stack, id, { ...SNOWFLAKE, account: 'https://a.snowflakecomputing.com' }),
    "account is 'https://a.snowflakecomputing.com'; write 'organization-account'",
  ],
  [
    'a project that is none',
    (id) => ExternalWarehouse.bigQuery(stack, id, { ...BIGQUERY, databaseName: 'TRADING' }),
    "databaseName is 'TRADING'; write the project's id",
  ],
  [
    'a location that is none',
    (id) => ExternalWarehouse.bigQuery(stack, id, { ...BIGQUERY, location: 'eu-central-1' }),
    "location is 'eu-central-1'; write 'US', 'EU' or a region",
  ],
  [
    'a path of something else',
    (id) => ExternalWarehouse.databricks(stack, id, { ...DATABRICKS, httpPath: 'sql/protocolv1/o/1' }),
    "httpPath is 'sql/protocolv1/o/1'; write '/sql/1.0/warehouses/<id>'",
  ],
  [
    'an integration of everybody',
    (id) =>
      ExternalWarehouse.databricks(stack, id, {
        ...DATABRICKS,
        storageIntegration: { ...storageIntegration, principalArn: '*' },
      }),
    "storageIntegration.principalArn is '*'; take the ARN",
  ],
  [
    'an integration without an id',
    (id) =>
      ExternalWarehouse.snowflake(stack, id, {
        ...SNOWFLAKE,
        storageIntegration: { ...storageIntegration, externalId: '' },
      }),
    "storageIntegration.externalId is ''; take the id",
  ],
])('%s is refused with the remedy', (name, build, sentence) => {
  expect(() => build(name)).toThrow(sentence);
});

describe('the tasks of a platform', () => {
  const ground = newGround(stack);
  const warehouse = ExternalWarehouse.snowflake(stack, 'Elsewhere', SNOWFLAKE);
  const sync = { warehouse, sourceName: 'api', connector: SyncConnector.HTTP, configuration: { rest_api: {} } };
  const project = join(BLUEPRINT, 'dbt');

  test('whose image has the clients of Redshift refuse it at synth', () => {
    const platform = newPlatform(stack, ground);
    const sentence =
      "the warehouse is of the engine 'snowflake', and the image of the tasks has the clients of 'redshift'";
    expect(() => new DbtProject(stack, 'Models', { platform, warehouse, project })).toThrow(sentence);
    expect(() => IngestionSync.dlt(stack, 'Sync', { ...sync, platform })).toThrow(sentence);
  });

  test('whose image has its clients load and transform it', () => {
    const platform = new TaskPlatform(stack, 'ItsTasks', { ...ground, engine: warehouse.engine });
    expect(() => new DbtProject(stack, 'ItsModels', { platform, warehouse, project })).not.toThrow();
    expect(IngestionSync.dlt(stack, 'ItsSync', { ...sync, platform }).dataset).toBe('raw_api');
  });
});
