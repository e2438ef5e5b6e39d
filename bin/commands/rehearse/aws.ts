import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

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
  /** Of a role that was assumed. */
  readonly sessionToken?: string;
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
  const response = await sendSigned(connection, service, connection.endpoint, {
    body: JSON.stringify(input),
    headers: {
      'content-type': `application/x-amz-json-${service === 'states' ? '1.0' : '1.1'}`,
      'x-amz-target': target,
    },
  });
  const answer = JSON.parse((await response.text()) || '{}') as { __type?: string; message?: string; Message?: string };
  if (!response.ok) {
    const code = answer.__type?.replace(/^.*#/, '') ?? `HTTP ${response.status}`;
    throw new AwsError(code, answer.message ?? answer.Message ?? target);
  }
  return answer as T;
}

/**
 * Reads from a service that speaks REST and JSON (EventBridge Scheduler).
 *
 * @param path such as `/schedules`
 * @throws AwsError when the service answers with an error
 */
export async function readAws<T>(connection: AwsConnection, service: string, path: string): Promise<T> {
  const response = await sendSigned(connection, service, `${connection.endpoint}${path}`);
  const answer = (await response.json()) as T & { Message?: string };
  if (!response.ok) throw new AwsError(`HTTP ${response.status}`, answer.Message ?? path);
  return answer;
}

/**
 * Takes a role on.
 *
 * @returns the same account, as that role
 * @throws AwsError when the role does not trust the caller, or he may not
 */
export async function assumeRole(connection: AwsConnection, roleArn: string): Promise<AwsConnection> {
  const text = await queryAws(connection, 'sts', {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleSessionName: 'rehearsal',
    RoleArn: roleArn,
  });
  const [accessKeyId, secretAccessKey] = [valueOf(text, 'AccessKeyId'), valueOf(text, 'SecretAccessKey')];
  return { ...connection, credentials: { accessKeyId, secretAccessKey, sessionToken: valueOf(text, 'SessionToken') } };
}

/**
 * Calls a service that speaks AWS Query (STS, SNS).
 *
 * @returns its answer, as XML
 * @throws AwsError when the service answers with an error
 */
export async function queryAws(
  connection: AwsConnection,
  service: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await sendSigned(connection, service, `${connection.endpoint}/`, {
    body: new URLSearchParams(parameters).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const text = await answer.text();
  if (!answer.ok) throw new AwsError(valueOf(text, 'Code'), valueOf(text, 'Message'));
  return text;
}

function valueOf(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? '';
}

/**
 * Asks an HTTP API.
 *
 * @param address as the stack's output tells it, which no resolver of this machine knows
 * @param body JSON that is posted; without it, it is a GET
 */
export function askApi(connection: AwsConnection, address: string, path: string, body?: string): Promise<Response> {
  const [id] = new URL(address).hostname.split('.');
  const url = `${connection.endpoint}/_aws/execute-api/${id}/$default${path}`;
  return sendSigned(
    connection,
    'execute-api',
    url,
    body ? { body, headers: { 'content-type': 'application/json' } } : {},
  );
}

/**
 * Calls a function and waits for its answer.
 *
 * @throws AwsError with what the function threw
 */
export async function invokeFunction<T>(connection: AwsConnection, name: string, event: object): Promise<T> {
  const url = `${connection.endpoint}/2015-03-31/functions/${name}/invocations`;
  const answer = await sendSigned(connection, 'lambda', url, { body: JSON.stringify(event) });
  const body = (await answer.json()) as T & { errorType?: string; errorMessage?: string; message?: string };
  if (!answer.ok || answer.headers.get('x-amz-function-error')) {
    throw new AwsError(body.errorType ?? `HTTP ${answer.status}`, body.errorMessage ?? body.message ?? name);
  }
  return body;
}

/** A GET or, with a body, a POST, signed by the caller. */
async function sendSigned(
  { region, credentials }: AwsConnection,
  service: string,
  address: string,
  { body, headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const { protocol, host, hostname, port, pathname, searchParams } = new URL(address);
  const request = await new SignatureV4({ service, region, credentials, sha256: Sha256 }).sign(
    new HttpRequest({
      method: body === undefined ? 'GET' : 'POST',
      protocol,
      hostname,
      port: Number(port),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...headers },
      body,
    }),
  );
  return fetch(address, { method: request.method, headers: request.headers, body });
}
