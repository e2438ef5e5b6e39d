import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';
import { AirbyteApi, type Json } from './airbyte-api';

const secrets = new SecretsManagerClient({});

/**
 * A source, a destination and the connection between them in Airbyte. Each is found again by its name, so that a second
 * call changes what the first one made.
 */
export const handler = customResourceHandler(async (event) => {
  const text = (name: string): string => textProperty(event, name);
  const secret = await readSecret(text('SecretArn'));
  const api = new AirbyteApi(text('ApiUrl'), text('WorkspaceId'));
  if (event.RequestType === 'Delete') {
    if (text('DeletedWithStack') === 'true') {
      await api.logIn(secret);
      await deleteAll(api, event.PhysicalResourceId);
    }
    return { physicalResourceId: event.PhysicalResourceId };
  }
  const name = text('Name');
  const filled = (property: string): Json => JSON.parse(text(property), (_, value) => fill(value, secret)) as Json;
  await api.logIn(secret);
  const sourceId = await api.put('sources', 'sourceId', { name, configuration: filled('Source') });
  const destinationId = await api.put('destinations', 'destinationId', {
    name: `warehouse of ${name}`,
    configuration: filled('Destination'),
  });
  const cron = event.ResourceProperties.Cron as string;
  const connectionId = await api.put('connections', 'connectionId', {
    name,
    sourceId,
    destinationId,
    configurations: { streams: JSON.parse(text('Streams')) as Json },
    schedule: cron ? { scheduleType: 'cron', cronExpression: `${cron} UTC` } : { scheduleType: 'manual' },
    namespaceDefinition: 'custom_format',
    namespaceFormat: text('Dataset'),
    status: 'active',
  });
  return { physicalResourceId: [connectionId, sourceId, destinationId].join('/'), data: { connectionId } };
});

async function deleteAll(api: AirbyteApi, physicalResourceId: string): Promise<void> {
  const [connectionId, sourceId, destinationId] = physicalResourceId.split('/');
  await api.delete('connections', connectionId);
  await api.delete('sources', sourceId);
  await api.delete('destinations', destinationId);
}

async function readSecret(SecretId: string): Promise<Readonly<Record<string, string>>> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  try {
    return JSON.parse(SecretString) as Record<string, string>;
  } catch {
    throw new Error(`The secret ${SecretId} is no JSON object; write it as {"client_id": "...", ...}.`);
  }
}

/** @throws when the secret lacks a key; the message names the key and no value */
function fill(value: unknown, secret: Readonly<Record<string, string>>): unknown {
  const [whole, key] = typeof value === 'string' ? (/^\{secret:([^}]+)\}$/.exec(value) ?? []) : [];
  if (whole === undefined) return value;
  if (secret[key] === undefined)
    throw new Error(`The secret has no key '${key}', which the configuration names; add it.`);
  return secret[key];
}
