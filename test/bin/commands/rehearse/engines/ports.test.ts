import { createServer } from 'net';
import { freePort, isBusy } from '../../../../../bin/commands/rehearse/engines/ports';

test('a free port is not busy until somebody listens on it', async () => {
  const port = await freePort();
  expect(await isBusy(port)).toBe(false);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await isBusy(port)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
});
