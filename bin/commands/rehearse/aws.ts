import { createHash, createHmac } from 'crypto';

/** How to reach the emulated account, and as whom. */
export interface AwsConnection {
  readonly endpoint: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly credentials: Credentials;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An error that a service answered. */
export class AwsError extends Error {
  public constructor(
    public readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
    this.name = 'AwsError';
  }
}

/**
 * Calls a service that speaks AWS JSON 1.0 or 1.1 (Glue, Step Functions).
 *
 * @param service as in the signature's scope, such as `glue`
 * @param target such as `AWSGlue.StartJobRun`
 * @throws AwsError when the service answers with an error
 */
export async function callAws<T>(
  connection: AwsConnection,
  service: string,
  target: string,
  input: object,
): Promise<T> {
  const body = JSON.stringify(input);
  const headers: { [name: string]: string } = {
    'content-type': `application/x-amz-json-${service === 'states' ? '1.0' : '1.1'}`,
    host: new URL(connection.endpoint).host,
    'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
    'x-amz-target': target,
  };
  const scope = { region: connection.region, service };
  const response = await fetch(connection.endpoint, {
    method: 'POST',
    body,
    headers: { ...headers, authorization: signature(connection.credentials, scope, headers, body) },
  });
  const answer = JSON.parse((await response.text()) || '{}') as { __type?: string; message?: string; Message?: string };
  if (!response.ok) {
    const code = answer.__type?.replace(/^.*#/, '') ?? `HTTP ${response.status}`;
    throw new AwsError(code, answer.message ?? answer.Message ?? target);
  }
  return answer as T;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/**
 * The Authorization header of a POST to `/`, by Signature Version 4.
 *
 * @param headers all that are sent, names in lower case; must have `x-amz-date`
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signature(
  { accessKeyId, secretAccessKey }: Credentials,
  { region, service }: SigningScope,
  headers: { readonly [name: string]: string },
  body: string,
): string {
  const names = Object.keys(headers).sort();
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const request = ['POST', '/', '', canonicalHeaders, names.join(';'), sha256(body)].join('\n');
  const time = headers['x-amz-date'];
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const signed = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signed}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
