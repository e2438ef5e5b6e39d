import { event, LocalServer, type Received } from '../../foundation/runtime/answers';

/** Answers of AWS services that speak JSON, by the name of the operation. */
export type Answers = { [operation: string]: (input: Record<string, unknown>) => object };

/** An answer with which a service refuses. */
export class Refusal {
  constructor(readonly code: string) {}
}

/** What a handler of a custom resource asked of AWS, and what it told CloudFormation. */
export interface Outcome {
  readonly Status: string;
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

/** Both sides that a handler talks to, on this machine. */
export class AnsweringAws {
  answers: Answers = {};
  readonly asked: { readonly operation: string; readonly input: Record<string, unknown> }[] = [];
  private readonly cloudFormation = new LocalServer();
  private readonly services = new LocalServer((request) => this.answer(request));
  private url = '';

  /** Starts both, and leads the SDK here. To be called before the handler is loaded. */
  async start(): Promise<void> {
    this.url = await this.cloudFormation.start();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: await this.services.start(),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      POLL_MILLIS: '1',
    });
  }

  async stop(): Promise<void> {
    await this.cloudFormation.stop();
    await this.services.stop();
  }

  /** Sends an event as CloudFormation does, and gives what it is answered. */
  async send(
    handler: (request: ReturnType<typeof event>) => Promise<void>,
    requestType: 'Create' | 'Update' | 'Delete',
    properties: Record<string, unknown>,
    { resourceType = 'Custom::Thing', physicalResourceId = 'the-thing' } = {},
  ): Promise<Outcome> {
    this.asked.length = 0;
    this.cloudFormation.received.length = 0;
    const request = event(requestType, this.url, properties, physicalResourceId);
    await handler({ ...request, ResourceType: resourceType });
    return JSON.parse(this.cloudFormation.received[0].body) as Outcome;
  }

  private answer({ target = '', body }: Received): { status: number; body?: string } {
    const operation = target.slice(target.indexOf('.') + 1);
    const input = JSON.parse(body || '{}') as Record<string, unknown>;
    this.asked.push({ operation, input });
    const given = this.answers[operation]?.(input) ?? new Refusal('UnknownOperationException');
    return given instanceof Refusal
      ? { status: 400, body: JSON.stringify({ __type: given.code, message: given.code }) }
      : { status: 200, body: JSON.stringify(given) };
  }
}
