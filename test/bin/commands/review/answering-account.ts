import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an account answers to an action: the body in the form of the service's API reference, or an error's code. */
export type Answer = { readonly xml: string } | { readonly json: object } | { readonly error: string };

/** Answers by action; a function is given what was asked: parameters of the query, or the members of the JSON. */
export type Answers = Readonly<
  Record<string, Answer | ((asked: Readonly<Record<string, string>>) => Answer | undefined) | undefined>
>;

/**
 * An AWS account on 127.0.0.1 that gives prepared answers, each in the shape that the service's API reference documents. No
 * emulator: it shows what the real SDK clients make of such answers, for the actions that the emulator of a rehearsal lacks.
 */
export class AnsweringAccount {
  /** Actions that were asked, in order. */
  public readonly asked: string[] = [];
  public answers: Answers = {};
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void read(request).then((body) => {
        const { action, parameters, isJson } = question(request, body);
        this.asked.push(action);
        const prepared = this.answers[action];
        const answer = (typeof prepared === 'function' ? prepared(parameters) : prepared) ?? { error: 'InvalidAction' };
        if ('error' in answer) {
          const code = answer.error;
          response.writeHead(code === 'AccessDenied' ? 403 : 400, { 'content-type': isJson ? JSON_TYPE : 'text/xml' });
          response.end(isJson ? JSON.stringify({ __type: code, message: `no ${action}` }) : errorXml(code, action));
        } else {
          response.writeHead(200, { 'content-type': 'json' in answer ? JSON_TYPE : 'text/xml' });
          response.end('json' in answer ? JSON.stringify(answer.json) : answer.xml);
        }
      });
    });
  }

  public static async start(): Promise<AnsweringAccount> {
    const account = new AnsweringAccount();
    await new Promise<void>((resolve) => account.server.listen(0, '127.0.0.1', resolve));
    return account;
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const JSON_TYPE = 'application/x-amz-json-1.1';

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** What is asked, in each of AWS's protocols: JSON with a target, a query, REST. */
function question({ headers, url = '' }: IncomingMessage, body: string) {
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    return { action: String(target).split('.')[1], parameters: JSON.parse(body || '{}'), isJson: true };
  }
  if (body.includes('Action=')) {
    const parameters = Object.fromEntries(new URLSearchParams(body));
    return { action: parameters.Action, parameters, isJson: false };
  }
  return { action: url.slice(1), parameters: JSON.parse(body || '{}'), isJson: true };
}

function errorXml(code: string, action: string): string {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>no ${action}</Message></Error>`;
  // EC2 has them in a list; the others find theirs in the same text.
  return `<ErrorResponse><Errors>${error}</Errors>${error}<RequestID>1</RequestID><RequestId>1</RequestId></ErrorResponse>`;
}
