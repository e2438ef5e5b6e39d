import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  RedshiftDataClient,
  StatusString,
} from '@aws-sdk/client-redshift-data';
import { GetNamespaceCommand, RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { createHash, randomBytes } from 'node:crypto';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';
import {
  externalSchemaStatements,
  type Login,
  loginStatements,
  removeLoginStatements,
  type SchemaAccess,
  schemaStatements,
  type Statement,
} from './warehouse-statements';

const POLL_MILLIS = 500;
const ENDED: ReadonlySet<string | undefined> = new Set([
  StatusString.FINISHED,
  StatusString.FAILED,
  StatusString.ABORTED,
]);

const data = new RedshiftDataClient({});

/**
 * Schemas with their roles, an external schema, or one login, of a Redshift database. Nothing that holds data is ever
 * dropped: a schema that is not declared any more stays, and so does a user that owns tables.
 */
export const handler = customResourceHandler(async (event) => {
  const schemas = (event.ResourceProperties.Schemas ?? []) as readonly SchemaAccess[];
  const run = await administrator(event);
  if (event.ResourceType === 'Custom::WarehouseSchemas') {
    if (event.RequestType !== 'Delete') await run(schemaStatements(schemas));
    return { physicalResourceId: textProperty(event, 'DatabaseName') };
  }
  if (event.ResourceType === 'Custom::WarehouseExternalSchema') {
    const schema = { name: textProperty(event, 'SchemaName'), catalogDatabase: textProperty(event, 'CatalogDatabase') };
    const access = { roleArn: textProperty(event, 'RoleArn'), reader: textProperty(event, 'Reader') };
    const statements = externalSchemaStatements({ ...schema, ...access });
    await run(event.RequestType === 'Delete' ? statements.slice(0, 1) : statements);
    return { physicalResourceId: schema.name };
  }
  const login = await loginOf(event);
  await run(event.RequestType === 'Delete' ? removeLoginStatements(login, schemas) : loginStatements(login, schemas));
  return { physicalResourceId: login.userName };
});

async function loginOf(event: CloudFormationCustomResourceEvent): Promise<Login> {
  const login = { userName: textProperty(event, 'UserName'), role: textProperty(event, 'Role') };
  const secretArn = event.ResourceProperties.PasswordSecretArn as string | undefined;
  if (secretArn === undefined || event.RequestType === 'Delete') return login;
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretArn }));
  const { password } = JSON.parse(SecretString ?? '{}') as { password?: string };
  if (!password) throw new Error(`secret ${secretArn} holds no 'password'; create it again`);
  return { ...login, password: passwordDigest(password) };
}

/**
 * A password as `CREATE USER` takes it without ever seeing it: `sha256|<digest>|<salt>`.
 *
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html (2026-11-28)
 */
function passwordDigest(password: string): string {
  const salt = randomBytes(16).toString('hex');
  return `sha256|${createHash('sha256').update(password).update(salt).digest('hex')}|${salt}`;
}

/** Runs statements one after the other as the administrator of the namespace. */
async function administrator(
  event: CloudFormationCustomResourceEvent,
): Promise<(statements: readonly Statement[]) => Promise<void>> {
  const namespaceName = textProperty(event, 'NamespaceName');
  const { namespace } = await new RedshiftServerlessClient({}).send(new GetNamespaceCommand({ namespaceName }));
  const target = {
    WorkgroupName: textProperty(event, 'WorkgroupName'),
    Database: textProperty(event, 'DatabaseName'),
    SecretArn: namespace?.adminPasswordSecretArn,
  };
  return async (statements) => {
    for (const { sql, tolerated } of statements) {
      const { Id } = await data.send(new ExecuteStatementCommand({ ...target, Sql: sql }));
      const problem = await endOf(Id);
      if (problem !== undefined && !tolerated?.test(problem)) {
        // A digest is no password, but it is nobody's business either.
        throw new Error(`${sql.replace(/PASSWORD '.*'/, "PASSWORD '...'")}: ${problem}`);
      }
    }
  };
}

/** Waits for a statement; says what was wrong, if anything. */
async function endOf(id: string | undefined): Promise<string | undefined> {
  for (;;) {
    const { Status, Error: problem } = await data.send(new DescribeStatementCommand({ Id: id }));
    if (ENDED.has(Status)) return Status === StatusString.FINISHED ? undefined : (problem ?? String(Status));
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}
