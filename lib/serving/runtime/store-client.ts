import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { Cluster, type ClusterOptions } from 'iovalkey';
import { required } from '../../foundation/runtime/environment';

/** How long a token of ElastiCache admits a new connection: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html */
const TOKEN_SECONDS = 900;
/** A client may open further connections while it lives, so it is renewed before its token ends. */
const CLIENT_MILLIS = 600_000;

let current: { readonly client: Cluster; readonly until: number } | undefined;

/**
 * The client of the store that the environment names, one for all calls of this instance: connecting takes longer than
 * most commands.
 */
export async function storeClient(now: number = Date.now()): Promise<Cluster> {
  // One that has given up on connecting stays closed.
  if (current === undefined || now >= current.until || current.client.status === 'end') {
    const old = current?.client;
    current = { client: await connect(), until: now + CLIENT_MILLIS };
    void old?.quit().catch(() => undefined);
  }
  return current.client;
}

async function connect(): Promise<Cluster> {
  const [host, port] = required('HOT_STORE_ENDPOINT').split(':');
  const user = required('HOT_STORE_USER');
  const isEncrypted = required('HOT_STORE_TLS') === 'true';
  const client = new Cluster([{ host, port: Number(port) }], {
    ...(isEncrypted ? ENCRYPTED : {}),
    enableAutoPipelining: true,
    slotsRefreshTimeout: 5000,
    clusterRetryStrategy: (attempt) => (attempt > 5 ? null : 200 * attempt),
    redisOptions: {
      username: user,
      password: await token(required('HOT_STORE_NAME'), user),
      connectTimeout: 3000,
      commandTimeout: 10_000,
      maxRetriesPerRequest: 2,
      ...(isEncrypted ? { tls: {} } : {}),
    },
  });
  // Commands reject by themselves; without a listener Node would end the process.
  client.on('error', (error: Error) => console.error(error.message));
  return client;
}

/** Certificates name hosts, so hosts must not be resolved before the connection. */
const ENCRYPTED: ClusterOptions = { dnsLookup: (address, callback) => callback(null, address) };

/** What IAM takes for a password: a signed request to connect, without its scheme. */
async function token(cache: string, user: string): Promise<string> {
  const signer = new SignatureV4({
    service: 'elasticache',
    region: required('AWS_REGION'),
    credentials: defaultProvider(),
    sha256: Sha256,
  });
  const request = new HttpRequest({
    protocol: 'http:',
    method: 'GET',
    hostname: cache,
    path: '/',
    headers: { host: cache },
    query: { Action: 'connect', User: user, ResourceType: 'ServerlessCache' },
  });
  const signed = await signer.presign(request, { expiresIn: TOKEN_SECONDS });
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${cache}/?${query.join('&')}`;
}
