import { App, CfnParameter, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import { CfnNamespace } from 'aws-cdk-lib/aws-redshiftserverless';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataPlatformChecks } from '../../../lib/checks';

const folder = mkdtempSync(join(tmpdir(), 'checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

function newApp(): App {
  const app = new App({ outdir: join(folder, String(count++)), builtinCloudFormationValidation: false });
  Validations.of(app).addPlugins(new DataPlatformChecks());
  return app;
}

/** A table that its first update ruins. */
function brokenTable(scope: Construct): CfnTable {
  return new CfnTable(scope, 'Table', {
    catalogId: '111122223333',
    databaseName: 'gold',
    tableInput: { name: 'trades', storageDescriptor: { columns: [{ name: 'id', type: 'string' }] } },
    openTableFormatInput: { icebergInput: { metadataOperation: 'CREATE', version: '2' } },
  });
}

/** The one that the CDK prints to. */
declare const consoleOfShared: Console;

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(consoleOfShared, 'error').mockImplementation((text: string) => void printed.push(String(text)));
});

// The console is not this file's own.
afterEach(() => jest.restoreAllMocks());

/** What the synthesis says, and whether it fails. */
function synthesize(app: App): { failed: boolean; report: string } {
  try {
    app.synth();
    return { failed: false, report: printed.join('\n') };
  } catch (error) {
    return { failed: true, report: (error as Error).message };
  }
}

test('a finding fails the synthesis and says what is wrong, where and what to do', () => {
  const app = newApp();
  brokenTable(new Stack(app, 'Stack'));
  const { failed, report } = synthesize(app);
  expect(failed).toBe(true);
  expect(report).toContain('DataPlatform::IcebergTableInput');
  expect(report).toContain('Stack/Table');
  expect(report).toContain('Leave TableInput out');
});

test('an app without findings is synthesized without a word', () => {
  const app = newApp();
  new CfnNamespace(new Stack(app, 'Stack'), 'Namespace', {
    namespaceName: 'x',
    kmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    logExports: ['userlog', 'connectionlog', 'useractivitylog'],
    manageAdminPassword: true,
    adminPasswordSecretKmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  });
  expect(synthesize(app)).toEqual({ failed: false, report: '' });
});

test.each([
  ['the resource', (table: CfnTable) => table],
  ['what it stands in', (table: CfnTable) => table.stack],
])('a finding is accepted on %s, by its id and no other', (_, where) => {
  const app = newApp();
  const table = brokenTable(new Stack(app, 'Stack'));
  Validations.of(where(table)).acknowledge({ id: 'DataPlatform::IcebergTableInput', reason: 'A test.' });
  const { failed, report } = synthesize(app);
  expect(failed).toBe(true);
  expect(report).toContain('DataPlatform::IcebergSchema');
  expect(report).not.toContain('DataPlatform::IcebergTableInput');
});

test('all findings accepted is a success', () => {
  const app = newApp();
  const table = brokenTable(new Stack(app, 'Stack'));
  for (const id of ['DataPlatform::IcebergTableInput', 'DataPlatform::IcebergSchema']) {
    Validations.of(table).acknowledge({ id, reason: 'A test.' });
  }
  expect(synthesize(app).failed).toBe(false);
});

test('what only CloudFormation knows is a warning and fails nothing', () => {
  const app = newApp();
  const stack = new Stack(app, 'Stack');
  new CfnNamespace(stack, 'Namespace', {
    namespaceName: 'x',
    kmsKeyId: new CfnParameter(stack, 'Key').valueAsString,
    logExports: new CfnParameter(stack, 'Exports', { type: 'CommaDelimitedList' }).valueAsList,
    manageAdminPassword: true,
    adminPasswordSecretKmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  });
  const { failed, report } = synthesize(app);
  expect(failed).toBe(false);
  expect(report).toContain('DataPlatform::RedshiftServerlessAuditLogs');
  expect(report).toContain('Not to be told before deployment');
  expect(report).not.toContain('DataPlatform::RedshiftServerlessEncryption');
});

test('a nested stack is judged', () => {
  const app = newApp();
  brokenTable(new NestedStack(new Stack(app, 'Stack'), 'Nested'));
  const { failed, report } = synthesize(app);
  expect(failed).toBe(true);
  expect(report).toContain('Stack/Nested/Table');
});

test('a stack of a stage is judged', () => {
  const app = newApp();
  brokenTable(new Stack(new Stage(app, 'Stage'), 'Stack'));
  const { failed, report } = synthesize(app);
  expect(failed).toBe(true);
  expect(report).toContain('Stage/Stack/Table');
});

test('two stacks with a resource of the same id are told apart', () => {
  const app = newApp();
  const accepted = new Stack(app, 'Accepted');
  brokenTable(accepted);
  for (const id of ['DataPlatform::IcebergTableInput', 'DataPlatform::IcebergSchema']) {
    Validations.of(accepted).acknowledge({ id, reason: 'A test.' });
  }
  brokenTable(new Stack(app, 'Open'));
  const { failed, report } = synthesize(app);
  expect(failed).toBe(true);
  expect(report).toContain('Open/Table');
  expect(report).not.toContain('Accepted/Table');
});

test('names every rule it evaluates', () => {
  expect(new DataPlatformChecks().ruleIds).toContain('NetworkReachability');
});
