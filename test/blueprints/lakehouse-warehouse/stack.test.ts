import type { Stack } from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { addTo } from '../../../blueprints/lakehouse-warehouse/blueprint';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { newApp, withoutAssetHashes } from '../lakehouse/synth';
import { nagFindings } from '../../support/nag';
import { newStack } from './synth';

const BLUEPRINT = join(__dirname, '../../../blueprints/lakehouse-warehouse');

// Of two copies of the blueprint: as its files say, and in production without a copy of silver.
const [app, others] = [newApp(), newApp()];
addTo(app, BLUEPRINT);
const template = Template.fromStack(app.node.findChild('TradingLakehouseWarehouseStack') as Stack);
const inPlace = Template.fromStack(newStack({ app: others, production: true, mode: 'zero_copy' }));

test('shows a reviewer what a change does to the template', () => {
  expect(withoutAssetHashes(template.toJSON())).toMatchSnapshot();
});

test('silver is synced, then dbt builds, once an hour', () => {
  const machines = Object.entries(template.findResources('AWS::StepFunctions::StateMachine'));
  const [, machine] = machines.find(([id]) => id.startsWith('Pipeline')) as (typeof machines)[number];
  const definition = JSON.stringify(machine.Properties.DefinitionString);
  expect(definition.indexOf('IngestTrades')).toBeGreaterThan(0);
  expect(definition).toContain('\\"PublishDashboards\\"');
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(45 * * * ? *)',
    Target: Match.objectLike({ Input: '{"sources":["trades"]}' }),
  });
});

test('the models read the schema that the sync fills, and nobody else reads it', () => {
  const [schemas] = Object.values(template.findResources('Custom::WarehouseSchemas'));
  expect(schemas.Properties.Schemas).toContainEqual({ Name: 'lake', Writer: 'loader', Readers: ['transformer'] });
  const sources = readFileSync(join(BLUEPRINT, 'warehouse/dbt/models/sources.yml'), 'utf8');
  expect(sources).toContain('schema: lake\n');
});

test('a failed or late sync is told on the topic of the models', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'LagSeconds',
    Threshold: 7200,
    AlarmActions: [{ Ref: Match.stringLikeRegexp('^ModelsAlarms') }],
  });
});

test('without a copy an external schema takes its place, and the models are built on a schedule of their own', () => {
  inPlace.hasResourceProperties('Custom::WarehouseExternalSchema', { SchemaName: 'lake' });
  const [schemas] = Object.values(inPlace.findResources('Custom::WarehouseSchemas'));
  expect(JSON.stringify(schemas.Properties.Schemas)).not.toContain('"lake"');
  inPlace.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(45 * * * ? *)',
    Target: Match.objectLike({ Input: '{"sources":[]}' }),
  });
});

describe('no finding is left open', () => {
  test('of cdk-nag', () => expect(nagFindings(app)).toEqual([]));

  test('of our own rules', () => {
    expect(judge(template.toJSON() as CloudFormationTemplate)).toEqual([]);
    expect(reachability(template.toJSON() as CloudFormationTemplate)).toEqual([]);
  });

  test('of cdk-nag in production without a copy', () => expect(nagFindings(others)).toEqual([]));
});
