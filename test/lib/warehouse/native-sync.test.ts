import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { judge } from '../../../lib/checks/private/judge';
import { DeploymentProfile } from '../../../lib/foundation';
import {
  AppFlowConnector,
  type AppFlowSyncProps,
  ExternalWarehouse,
  IngestionSync,
  type ZeroEtlSyncProps,
} from '../../../lib/warehouse';
import { nagFindings } from '../../support/nag';
import { newGround, newPlatform, newSelfRunningSyncs, newWarehouse } from './fixture';

const CLUSTER = 'arn:aws:rds:eu-central-1:111122223333:cluster:shop';
const stack = new Stack(new App(), 'Stack');
const ground = newGround(stack);
const platform = newPlatform(stack, ground);
const warehouse = newWarehouse(stack, ground);

function newFlow(id: string, props: Partial<AppFlowSyncProps> = {}): IngestionSync {
  return IngestionSync.appFlow(stack, id, {
    ...{ platform, warehouse, sourceName: 'api', connector: AppFlowConnector.SALESFORCE },
    ...{ connectorProfileName: 'salesforce-of-sales', object: 'Account', fields: ['Id', 'LastModifiedDate'] },
    changedField: 'LastModifiedDate',
    every: Duration.minutes(15),
    ...props,
  });
}

function newReplica(id: string, props: Partial<ZeroEtlSyncProps> = {}): IngestionSync {
  return IngestionSync.zeroEtl(stack, id, { warehouse, sourceName: 'shop', sourceArn: CLUSTER, ...props });
}

const flow = newFlow('Flow');
const replica = newReplica('Replica', { dataFilter: 'include: shop.*' });
let template: Template;
beforeAll(() => (template = Template.fromStack(stack)));

test('what runs by itself leaves no finding open', () => {
  const app = new App();
  const alone = new Stack(app, 'Alone');
  const itsGround = newGround(alone, '', DeploymentProfile.PRODUCTION);
  const syncs = newSelfRunningSyncs(alone, itsGround, newPlatform(alone, itsGround), newWarehouse(alone, itsGround));
  expect(syncs.map(({ runsByItself }) => runsByItself)).toEqual([true, true, true]);
  expect(nagFindings(app)).toEqual([]);
  expect(judge(Template.fromStack(alone).toJSON())).toEqual([]);
});

test('both run by themselves', () => {
  expect([flow, replica].map(({ runsByItself, dataset }) => [runsByItself, dataset])).toEqual([
    [true, 'raw_api'],
    [true, 'raw_shop'],
  ]);
});

test('a flow maps its fields to columns, by what has changed, every so many minutes', () => {
  template.hasResourceProperties('AWS::AppFlow::Flow', {
    FlowStatus: 'Active',
    SourceFlowConfig: {
      ConnectorType: 'Salesforce',
      SourceConnectorProperties: { Salesforce: { Object: 'Account' } },
      IncrementalPullConfig: { DatetimeTypeFieldName: 'LastModifiedDate' },
    },
    DestinationFlowConfigList: [
      Match.objectLike({
        DestinationConnectorProperties: { Redshift: Match.objectLike({ Object: 'raw_api.account' }) },
      }),
    ],
    Tasks: Match.arrayWith([Match.objectLike({ TaskType: 'Map', SourceFields: ['Id'], DestinationField: 'id' })]),
    TriggerConfig: { TriggerProperties: { DataPullMode: 'Incremental', ScheduleExpression: 'rate(15minutes)' } },
  });
});

test('AppFlow logs in as a loader by the Data API: no password is anywhere', () => {
  template.hasResourceProperties('AWS::AppFlow::ConnectorProfile', {
    ConnectorProfileConfig: {
      ConnectorProfileCredentials: Match.absent(),
      ConnectorProfileProperties: {
        Redshift: Match.objectLike({ IsRedshiftServerless: true, DatabaseName: 'analytics' }),
      },
    },
  });
  template.hasResourceProperties('Custom::WarehouseLogin', { Role: 'loader' });
});

test('AppFlow may stage below its prefix, on behalf of this account alone', () => {
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Principal: { Service: 'appflow.amazonaws.com' },
          Action: Match.arrayWith(['s3:PutObject']),
          Resource: Match.objectLike({ 'Fn::Join': Match.arrayWith([Match.arrayWith(['/staging/api/*'])]) }),
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ]),
    },
  });
});

test('the namespace takes in what the integration replicates, and tells names by their case', () => {
  template.hasResourceProperties('AWS::RDS::Integration', { SourceArn: CLUSTER, DataFilter: 'include: shop.*' });
  template.hasResourceProperties('AWS::RedshiftServerless::Namespace', {
    NamespaceResourcePolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'redshift:AuthorizeInboundIntegration',
          Condition: { ArnEquals: { 'aws:SourceArn': [CLUSTER] } },
        }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::RedshiftServerless::Workgroup', {
    ConfigParameters: Match.arrayWith([{ ParameterKey: 'enable_case_sensitive_identifier', ParameterValue: 'true' }]),
  });
});

test('without an integration the namespace takes in nothing', () => {
  const alone = new Stack(new App(), 'Alone');
  newWarehouse(alone, newGround(alone));
  Template.fromStack(alone).hasResourceProperties('AWS::RedshiftServerless::Namespace', {
    NamespaceResourcePolicy: Match.absent(),
  });
});

test.each<[string, Partial<AppFlowSyncProps>, string]>([
  ['Empty', { fields: [] }, 'fields is empty'],
  ['Field', { fields: ['a b'] }, "'a b' is no name of a field"],
  ['Twice', { fields: ['Id', 'id'] }, "the field 'id' is named twice"],
  ['Changed', { changedField: 'Other' }, "changedField 'Other' is none of the fields; add it to them"],
  ['Often', { every: Duration.seconds(90) }, 'AppFlow counts in whole minutes'],
  ['Profile', { connectorProfileName: '' }, 'is no name of a connection'],
])('AppFlow, %s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => newFlow(`Flow${id}`, props)).toThrow(sentence);
});

test('AppFlow is refused where the warehouse is not Redshift Serverless', () => {
  const elsewhere = ExternalWarehouse.bigQuery(stack, 'BigQuery', {
    ...{ databaseName: 'project-1', location: 'EU', secret: new secretsmanager.Secret(stack, 'Login') },
  });
  expect(() => newFlow('FlowElsewhere', { warehouse: elsewhere })).toThrow("the warehouse is 'bigquery'; use another");
});

test.each<[string, Partial<ZeroEtlSyncProps>, string]>([
  ['Source', { sourceArn: 'arn:aws:s3:::bucket' }, 'is that of no cluster of Aurora and no instance of Amazon RDS'],
  ['Filter', { dataFilter: 'shop.*' }, "write 'include: <database>.<table>'"],
])('zero-ETL, %s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => newReplica(`Replica${id}`, props)).toThrow(sentence);
});
