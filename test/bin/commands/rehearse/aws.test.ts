import { createServer, IncomingHttpHeaders, OutgoingHttpHeaders } from 'http';
import { AddressInfo } from 'net';
import { askApi, assumeRole, AwsError, callAws, invokeFunction } from '../../../../bin/commands/rehearse/aws';

describe('signed requests', () => {
  const requests: { url?: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let answer: { status: number; body: string; headers?: OutgoingHttpHeaders };
  const last = () => requests[requests.length - 1];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ url: request.url, headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  const credentials = { accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' };
  const connection = { endpoint: '', region: 'eu-west-1', account: '111122223333', credentials };
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    connection.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('sends the operation as its target, signed with the key of the caller', async () => {
    answer = { status: 200, body: '{"JobRunId":"jr_1"}' };
    await expect(callAws(connection, 'glue', 'AWSGlue.StartJobRun', { JobName: 'a' })).resolves.toEqual({
      JobRunId: 'jr_1',
    });
    const { headers, body } = last();
    expect(headers['x-amz-target']).toBe('AWSGlue.StartJobRun');
    expect(headers.authorization).toMatch(/Credential=AKIAOPERATOR\/\d{8}\/eu-west-1\/glue\/aws4_request/);
    expect(JSON.parse(body)).toEqual({ JobName: 'a' });
  });

  test('throws what the service answers, by its code', async () => {
    answer = { status: 400, body: '{"__type":"com.amazonaws#EntityNotFoundException","Message":"no job a"}' };
    const call = callAws(connection, 'glue', 'AWSGlue.GetJob', { JobName: 'a' });
    await expect(call).rejects.toThrow(AwsError);
    await expect(call).rejects.toThrow('EntityNotFoundException: no job a');
  });

  test('a role that was taken on signs with what it was given', async () => {
    const given = { AccessKeyId: 'ASIAROLE', SecretAccessKey: 'secret', SessionToken: 'token' };
    const xml = Object.entries(given).map(([name, value]) => `<${name}>${value}</${name}>`);
    answer = { status: 200, body: xml.join('') };
    const role = await assumeRole(connection, 'arn:aws:iam::111122223333:role/Readers');
    expect(last().body).toContain('RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FReaders');
    answer = { status: 200, body: '{}' };
    await askApi(role, 'https://abc.execute-api.eu-west-1.amazonaws.com', '/summaries/A%2FB/windows?last=2');
    expect(last().url).toBe('/_aws/execute-api/abc/$default/summaries/A%2FB/windows?last=2');
    expect(last().headers['x-amz-security-token']).toBe('token');
    expect(last().headers.authorization).toMatch(/Credential=ASIAROLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request/);
  });

  test('a role that may not be taken on is an error', async () => {
    answer = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>not you</Message></Error>' };
    await expect(assumeRole(connection, 'arn:aws:iam::111122223333:role/Readers')).rejects.toThrow(
      'AccessDenied: not you',
    );
  });

  test('a function answers, or throws what it threw', async () => {
    answer = { status: 200, body: '{"generation":2}' };
    await expect(invokeFunction(connection, 'switch', { generation: 2 })).resolves.toEqual({ generation: 2 });
    expect(last().body).toBe('{"generation":2}');
    const headers = { 'x-amz-function-error': 'Unhandled' };
    answer = { status: 200, headers, body: '{"errorType":"Error","errorMessage":"no such generation"}' };
    await expect(invokeFunction(connection, 'switch', {})).rejects.toThrow('Error: no such generation');
  });
});
