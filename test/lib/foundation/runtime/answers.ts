import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What arrived at the server, in order. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  /** Service and operation, for those that speak JSON. */
  readonly target?: string;
  readonly body: string;
}

/** An HTTP server on a free port of this machine: CloudFormation's response URL, or an AWS service. */
export class LocalServer {
  readonly received: Received[] = [];
  private server?: Server;

  /** @param answer status and body for a request; 200 and nothing when left out */
  constructor(
    private readonly answer: (request: Received) => { status: number; body?: string } = () => ({ status: 200 }),
  ) {}

  async start(): Promise<string> {
    this.server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      contentType: request.headers['content-type'],
      target: request.headers['x-amz-target'] as string | undefined,
      body,
    };
    this.received.push(received);
    const { status, body: answer } = this.answer(received);
    response.writeHead(status).end(answer);
  }
}

/** An event as CloudFormation sends it: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export function event(
  RequestType: 'Create' | 'Update' | 'Delete',
  ResponseURL: string,
  properties: Record<string, unknown> = {},
  PhysicalResourceId = 'the-thing',
  oldProperties: Record<string, unknown> = {},
): CloudFormationCustomResourceEvent {
  const ServiceToken = 'arn:aws:lambda:us-east-1:111122223333:function:handler';
  const common = {
    ServiceToken,
    ResponseURL,
    StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Stack/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Thing',
    ResourceType: 'Custom::Thing',
    ResourceProperties: { ServiceToken, ...properties },
  };
  switch (RequestType) {
    case 'Create':
      return { ...common, RequestType };
    case 'Update':
      return { ...common, RequestType, PhysicalResourceId, OldResourceProperties: { ServiceToken, ...oldProperties } };
    case 'Delete':
      return { ...common, RequestType, PhysicalResourceId };
  }
}
