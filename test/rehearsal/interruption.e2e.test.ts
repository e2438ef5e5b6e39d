import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'fs';
import { createServer } from 'net';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { cli, finished, isAlive, processTree, startCli } from './cli';

const MINUTE = 60_000;
const scratch = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const REHEARSE = ['rehearse', 'TradingLakehouseStack', '--rows', '1000', '--out', join(scratch, 'out')];

/** Starts a rehearsal and waits until its engines run. */
async function startedRehearsal(): Promise<{ child: ReturnType<typeof startCli>; tree: number[] }> {
  const child = startCli(REHEARSE, { TMPDIR: scratch });
  await new Promise<void>((resolve) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Deployment by the CDK CLI ...')) resolve();
    });
    child.once('close', () => resolve());
  });
  return { child, tree: processTree(child.pid as number) };
}

async function allGone(pids: readonly number[]): Promise<number[]> {
  const deadline = Date.now() + 20_000;
  while (pids.some(isAlive) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return pids.filter(isAlive);
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s stops every process, says so in one sentence, and leaves no working folder',
  async (signal, status) => {
    const { child, tree } = await startedRehearsal();
    expect(tree.length).toBeGreaterThan(3);
    const ending = finished(child);
    child.kill(signal);
    const { code, stderr } = await ending;
    expect(code).toBe(status);
    expect(stderr).toBe(`data-patterns: Interrupted by ${signal}; every process of the rehearsal was stopped.\n`);
    expect(await allGone(tree)).toEqual([]);
    expect(readdirSync(scratch).filter((name) => name.startsWith('data-patterns-rehearsal-'))).toEqual([]);
  },
  3 * MINUTE,
);

test(
  'even a rehearsal that is killed leaves no engine behind',
  async () => {
    const { child, tree } = await startedRehearsal();
    child.kill('SIGKILL');
    expect(await allGone(tree)).toEqual([]);
  },
  3 * MINUTE,
);

test(
  'a busy port is one sentence with the remedy',
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await cli([...REHEARSE, '--port', String(port)]);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is in use: stop what listens there, or leave --port out`);
  },
  3 * MINUTE,
);

test(
  'an unknown stack is answered with those that there are',
  async () => {
    const { code, stderr } = await cli(['rehearse', 'TradingLakehuoseStack', '--out', join(scratch, 'out')]);
    expect(code).toBe(2);
    expect(stderr).toContain('TradingLakehuoseStack: the app has no such stack; it has');
    expect(stderr).toContain('TradingLakehouseStack');
  },
  3 * MINUTE,
);

test('an empty file of trades is an input error before anything starts', async () => {
  const empty = join(scratch, 'empty.jsonl');
  writeFileSync(empty, '');
  const { code, stderr } = await cli(['rehearse', 'TradingLakehouseStack', '--trades', empty]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/empty\.jsonl: is empty; there is nothing to rehearse/);
});

test(
  'without a Python there is one sentence with the remedy',
  async () => {
    const cache = join(scratch, 'cache');
    const { code, stderr } = await cli(['toolchain'], { PATH: scratch, DATA_PATTERNS_CACHE: cache });
    expect(code).toBe(2);
    expect(stderr).toMatch(/No Python was found on the PATH; the rehearsal needs Python 3\.11 or newer: install it/);
  },
  MINUTE,
);

test(
  'without a network on the first run there is one sentence with the remedy, and nothing half made',
  async () => {
    const cache = join(scratch, 'offline');
    const { code, stderr } = await cli(['toolchain'], {
      DATA_PATTERNS_CACHE: cache,
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_NO_CACHE_DIR: '1',
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'the package index cannot be reached: connect to the network, or name a mirror in PIP_INDEX_URL',
    );
  },
  3 * MINUTE,
);
