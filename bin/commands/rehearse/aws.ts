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
  const { host, hostname, port, protocol } = new URL(connection.endpoint);
  const { region, credentials } = connection;
  const request = await new SignatureV4({ service, region, credentials, sha256: Sha256 }).sign(
    new HttpRequest({
      method: 'POST',
      protocol,
      hostname,
      port: Number(port),
      path: '/',
      headers: {
        host,
        'content-type': `application/x-amz-json-${service === 'states' ? '1.0' : '1.1'}`,
        'x-amz-target': target,
      },
      body,
    }),
  );
  const response = await fetch(connection.endpoint, { method: 'POST', body, headers: request.headers });
  const answer = JSON.parse((await response.text()) || '{}') as { __type?: string; message?: string; Message?: string };
  if (!response.ok) {
    const code = answer.__type?.replace(/^.*#/, '') ?? `HTTP ${response.status}`;
    throw new AwsError(code, answer.message ?? answer.Message ?? target);
  }
  return answer as T;
}
