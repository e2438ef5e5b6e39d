import { Cluster } from 'iovalkey';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervisor } from '../../bin/commands/rehearse/engines/supervisor';
import { startValkey } from '../../bin/commands/rehearse/engines/valkey';
import { prepareToolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import { prepareValkey } from '../../bin/commands/rehearse/toolchain/valkey';

/** A client of a Valkey that runs while the tests of a file do; asked for by each test, for it is not there before. */
export function runningValkey(): () => Cluster {
  const folder = mkdtempSync(join(tmpdir(), 'valkey-'));
  let supervisor: Supervisor;
  let client: Cluster;

  beforeAll(async () => {
    const toolchain = await prepareToolchain({ onProgress: () => undefined });
    supervisor = new Supervisor(toolchain.python);
    const { host, port, password } = await startValkey(supervisor, await prepareValkey(toolchain), folder);
    client = new Cluster([{ host, port }], { redisOptions: { password } });
  });
  afterAll(async () => {
    await client?.quit();
    await supervisor?.stopAll();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => client;
}
