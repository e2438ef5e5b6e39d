import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { EngineProcess, Supervisor } from '../../../../../bin/commands/rehearse/engines/supervisor';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
// The guardian is tested where a Python is (test/rehearsal); here it is a command that ends at once.
const NO_GUARDIAN = 'true';
let supervisor: Supervisor;
beforeEach(() => (supervisor = new Supervisor(NO_GUARDIAN)));
afterEach(() => supervisor.stopAll());
afterAll(() => rmSync(folder, { recursive: true }));

let serial = 0;
function shell(script: string): EngineProcess {
  serial += 1;
  return {
    name: 'Engine',
    command: 'sh',
    args: ['-c', script],
    env: process.env,
    logFile: join(folder, `${serial}.log`),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('an engine is ready when its log says so', async () => {
  const engine = supervisor.start(shell('sleep 0.2; echo listening on 4711; sleep 60'));
  const [, port] = await engine.logged(/listening on (\d+)/, 5);
  expect(port).toBe('4711');
});

test('stopping an engine ends its whole process group', async () => {
  const engine = supervisor.start(shell('sleep 60 & echo child $!; wait'));
  const child = Number((await engine.logged(/child (\d+)/, 5))[1]);
  expect(isAlive(child)).toBe(true);
  await supervisor.stopAll();
  // The kernel takes a moment to reap a killed grandchild.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isAlive(child)).toBe(false);
});

test('an engine that is stopped has not crashed', async () => {
  const engine = supervisor.start(shell('echo up; sleep 60'));
  await engine.logged(/up/, 5);
  await supervisor.stop(engine);
  const outcome = await Promise.race([supervisor.crashed, Promise.resolve('no crash')]);
  expect(outcome).toBe('no crash');
});

test('an engine that ends by itself is a crash, told at once with the end of its log', async () => {
  supervisor.start(shell('echo out of memory; exit 3'));
  await expect(supervisor.crashed).rejects.toThrow(/Engine ended unexpectedly \(3\).*\n.*out of memory/);
});

test('waiting for an engine that crashes ends with the crash', async () => {
  const engine = supervisor.start(shell('echo Address already in use; exit 1'));
  await expect(engine.logged(/listening/, 60)).rejects.toThrow(/Address already in use/);
});

test('a command that does not exist is a crash', async () => {
  supervisor.start({ ...shell(''), command: join(folder, 'missing') });
  await expect(supervisor.crashed).rejects.toThrow(/ENOENT/);
});

test('nothing is started any more once everything is being stopped', async () => {
  await supervisor.stopAll();
  expect(() => supervisor.start(shell('sleep 60'))).toThrow(/everything is being stopped/);
});
