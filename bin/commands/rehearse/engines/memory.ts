import { readdirSync, readFileSync } from 'fs';
import { runProcess } from '../run-process';

const INTERVAL_MILLISECONDS = 500;

interface ProcessMemory {
  readonly pid: number;
  readonly parent: number;
  readonly residentKiB: number;
}

/**
 * Watches the resident memory of this process and all its descendants together. Pages that processes share count once
 * for each of them, so the figure is an upper bound.
 */
export class MemoryWatch {
  private peakKiB = 0;
  private readonly timer: NodeJS.Timeout;

  public constructor() {
    this.timer = setInterval(() => void this.sample(), INTERVAL_MILLISECONDS);
    this.timer.unref();
  }

  public get peakMiB(): number {
    return Math.round(this.peakKiB / 1024);
  }

  public stop(): void {
    clearInterval(this.timer);
  }

  private async sample(): Promise<void> {
    const processes = process.platform === 'linux' ? listFromProc() : await listFromPs();
    this.peakKiB = Math.max(this.peakKiB, treeKiB(processes, process.pid));
  }
}

/** Resident memory of a process and its descendants. */
export function treeKiB(processes: readonly ProcessMemory[], root: number): number {
  const children = new Map<number, ProcessMemory[]>();
  for (const entry of processes) {
    children.set(entry.parent, [...(children.get(entry.parent) ?? []), entry]);
  }
  const open = processes.filter(({ pid }) => pid === root);
  let sum = 0;
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    sum += entry.residentKiB;
    open.push(...(children.get(entry.pid) ?? []));
  }
  return sum;
}

function listFromProc(): ProcessMemory[] {
  const found: ProcessMemory[] = [];
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        found.push({ pid: Number(name), parent: field(status, 'PPid'), residentKiB: field(status, 'VmRSS') });
      } catch {
        // It ended in the meantime.
      }
    }
  }
  return found;
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

async function listFromPs(): Promise<ProcessMemory[]> {
  const { output } = await runProcess('ps', ['-axo', 'pid=,ppid=,rss=']);
  return output.split('\n').map((line) => {
    const [pid = 0, parent = 0, residentKiB = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent, residentKiB };
  });
}
