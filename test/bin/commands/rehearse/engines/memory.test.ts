import { spawn } from 'child_process';
import { MemoryWatch, treeKiB } from '../../../../../bin/commands/rehearse/engines/memory';

test('sums a process and all its descendants, and nobody else', () => {
  const processes = [
    { pid: 1, parent: 0, residentKiB: 1000 },
    { pid: 10, parent: 1, residentKiB: 200 },
    { pid: 11, parent: 10, residentKiB: 30 },
    { pid: 12, parent: 11, residentKiB: 4 },
    { pid: 20, parent: 1, residentKiB: 5000 },
  ];
  expect(treeKiB(processes, 10)).toBe(234);
});

test('sees the memory of a child process', async () => {
  const script = 'const held = Buffer.alloc(300e6, 1); setTimeout(() => held.length, 10000);';
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const watch = new MemoryWatch();
  const others = () => watch.peakMiB - process.memoryUsage.rss() / 2 ** 20;
  for (let waits = 0; waits < 100 && others() < 200; waits++) await new Promise((resolve) => setTimeout(resolve, 100));
  watch.stop();
  child.kill('SIGKILL');
  expect(others()).toBeGreaterThan(200);
});
