import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Credentials of a role that was assumed. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Requests to one emulated account in one region, signed by whoever is named. */
export class SignedRequests {
  public constructor(
    private readonly endpoint: string,
    private readonly region: string,
  ) {}

  /** Takes a role on. */
  public async assume(roleArn: string, by: Session): Promise<Session> {
    const query = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleSessionName: 'test' });
    query.set('RoleArn', roleArn);
    const answer = await this.send(by, 'sts', `${this.endpoint}/`, query.toString());
    const text = await answer.text();
    const found = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
    const [accessKeyId, secretAccessKey] = [found('AccessKeyId'), found('SecretAccessKey')];
    if (!accessKeyId || !secretAccessKey) throw new Error(`${roleArn} cannot be assumed: ${text}`);
    return { accessKeyId, secretAccessKey, sessionToken: found('SessionToken') };
  }

  /** Asks an HTTP API, whose address is that of an output. */
  public get(by: Session, address: string, path: string): Promise<Response> {
    const [id] = new URL(address).hostname.split('.');
    return this.send(by, 'execute-api', `${this.endpoint}/_aws/execute-api/${id}/$default${path}`);
  }

  /** Calls a function and waits for its answer. */
  public async invoke<T>(by: Session, name: string, event: object): Promise<T> {
    const url = `${this.endpoint}/2015-03-31/functions/${name}/invocations`;
    const answer = await this.send(by, 'lambda', url, JSON.stringify(event));
    const body = (await answer.json()) as T & { errorMessage?: string };
    if (answer.headers.get('x-amz-function-error')) throw new Error(body.errorMessage);
    return body;
  }

  private async send(by: Session, service: string, address: string, body?: string): Promise<Response> {
    const url = new URL(address);
    const signer = new SignatureV4({ service, region: this.region, credentials: by, sha256: Sha256 });
    const { method, headers } = await signer.sign(
      new HttpRequest({
        method: body === undefined ? 'GET' : 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        port: Number(url.port),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: {
          host: url.host,
          ...(service === 'sts' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        body,
      }),
    );
    return fetch(url, { method, headers: { ...headers }, body });
  }
}
