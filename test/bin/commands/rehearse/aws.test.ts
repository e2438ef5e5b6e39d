import { createServer, IncomingHttpHeaders } from 'http';
import { AddressInfo } from 'net';
import { AwsError, callAws } from '../../../../bin/commands/rehearse/aws';

describe('callAws', () => {
  const requests: { headers: IncomingHttpHeaders; body: string }[] = [];
  let answer: { status: number; body: string };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(answer.status).end(answer.body);
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
    const { headers, body } = requests[requests.length - 1];
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
});
