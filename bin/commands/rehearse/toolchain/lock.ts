import { spawn } from 'child_process';
import { createInterface } from 'readline';
import { pythonEnvironment } from './locate';

/**
 * Node has no file locks, so a Python process holds a kernel lock for as long as its standard input is open. The
 * kernel frees it when that process ends, and it ends when this one does: a lock never outlives its owner.
 */
const HOLD_LOCK = `
import fcntl, sys
with open(sys.argv[1], "w") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.read()
`;

/** Runs `work` while no other process holds the lock file; `onWait` is called when another one holds it. */
export async function withLock<T>(
  python: string,
  lockFile: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const holder = spawn(python, ['-c', HOLD_LOCK, lockFile], {
    env: pythonEnvironment(),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('close', (code) => reject(new Error(`${lockFile} cannot be locked (exit status ${code})`)));
    createInterface({ input: holder.stdout }).on('line', (line) => (line === 'locked' ? resolve() : onWait()));
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
