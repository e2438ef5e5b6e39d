import { Journal, type JournalFlink } from '../../journal';
import { killGroup } from '../../run-process';
import type { TopicWatch } from './topic-watch';

const POLL_MILLISECONDS = 200;
/** Flink's name of the offset of the last message that a source has read, with topic and partition. */
const POSITION = /\.KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset$/;

/** What Flink tells of a checkpoint that it was asked for. */
interface Triggered {
  readonly status: { readonly id: string };
  readonly operation?: { readonly failureCause?: { readonly 'stack-trace': string } };
}

/** Topics that an application writes, and how long none of them may grow until it is taken to have ended. */
interface Written {
  readonly topics: readonly string[];
  readonly quietMilliseconds: number;
}

/** The Flink process behind a deployed application, as the emulator tells of it. */
export class FlinkProcess {
  public constructor(
    private readonly journal: string,
    private readonly application: string,
  ) {}

  /** Where the application runs now. */
  public current(): JournalFlink {
    const running = this.entries('running').pop();
    if (running === undefined) throw new Error(`${this.application}: no Flink runs it; the journal says why`);
    return running;
  }

  /** Whether its job has come to an end by itself. */
  public hasFinished(): boolean {
    return this.entries('finished').length > 0;
  }

  /**
   * Kills it without a word once it has saved its state, and waits until the emulator has brought it up again, as the
   * service does.
   *
   * @returns what it was restored from
   */
  public async strike(seconds: number): Promise<{ readonly checkpoint: string; readonly checkpointsBefore: number }> {
    const { pid, rest, job } = this.current();
    const deadline = Date.now() + seconds * 1000;
    await this.save(seconds);
    const { counts } = await getJson<{ counts: { completed: number } }>(`${rest}/jobs/${job}/checkpoints`);
    const checkpointsBefore = counts.completed;
    killGroup(pid, 'SIGKILL');
    while (Date.now() < deadline) {
      const next = this.current();
      if (next.pid !== pid) {
        return { checkpoint: next.restored ?? 'nothing', checkpointsBefore };
      }
      await pause();
    }
    throw new Error(`${this.application}: did not come up again within ${seconds} s`);
  }

  /** Waits until it has read a topic to its end, as its consumer group or it itself tells. */
  public readAll(watch: TopicWatch, group: string, seconds: number): Promise<void> {
    return watch.caughtUp(group, [], 0, seconds, () => this.positions(watch.topic));
  }

  /** Waits until it has read a topic to its end and nothing more comes into what it writes, and has its state saved. */
  public async settle(watch: TopicWatch, group: string, written: Written, seconds: number): Promise<void> {
    await watch.caughtUp(group, written.topics, written.quietMilliseconds, seconds, () => this.positions(watch.topic));
    await this.saveAll(seconds);
  }

  /** Has the state saved with all that it has read until now: what it writes exactly once is visible. */
  public async saveAll(seconds: number): Promise<void> {
    await this.save(seconds);
    // What belongs to a checkpoint is committed when it is complete, which is sure with the next one.
    await this.save(seconds);
  }

  /**
   * Waits until event time has come to an instant in every part of the job that goes by it. What was due by then has been
   * computed, and is in its topic after `saveAll`.
   *
   * @param instant in milliseconds since 1970
   */
  public async reach(instant: number, seconds: number): Promise<void> {
    const { rest, job } = this.current();
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      // What knows no event time goes by none.
      const times = (await this.watermarks(rest, job)).filter((time) => time > 0);
      // A window that ends at an instant is over with the watermark one millisecond before it.
      if (times.length > 0 && times.every((time) => time >= instant - 1)) return;
      if (Date.now() > deadline) {
        const told = times.map((time) => new Date(time).toISOString()).join(', ') || 'not known';
        throw new Error(`${this.application}: event time is ${told} after ${seconds} s`);
      }
      await pause();
    }
  }

  /** Records that each window operator has dropped because they came too late. */
  public async lateRecords(): Promise<number[]> {
    return (await this.metrics(/numLateRecordsDropped$/)).map(({ sum }) => sum);
  }

  /**
   * The offset after the last message that it has read of each partition of a topic; of several sources, that of the last
   * one. The brokers are told up to ten seconds later when no message comes: so long its reader waits for one.
   */
  private async positions(topic: string): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    for (const { id, min } of await this.metrics(POSITION)) {
      const [, of, number] = POSITION.exec(id) ?? [];
      const partition = Number(number);
      if (of === topic) found.set(partition, Math.min(found.get(partition) ?? Infinity, min + 1));
    }
    return found;
  }

  /**
   * Takes a checkpoint as it does by itself when its interval is over, which may be a minute; once more when one fails, as
   * it may while a broker is away.
   */
  private async save(seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const failure = await this.checkpoint(deadline).catch((error: Error) => error.message);
      if (failure === undefined) return;
      if (Date.now() > deadline) {
        throw new Error(`${this.application}: has saved no state within ${seconds} s: ${failure}`);
      }
      await pause();
    }
  }

  /** @returns why none has been taken */
  private async checkpoint(deadline: number): Promise<string | undefined> {
    const { rest, job } = this.current();
    const checkpoints = `${rest}/jobs/${job}/checkpoints`;
    const { 'request-id': request } = await getJson<{ 'request-id': string }>(checkpoints, { method: 'POST' });
    while (Date.now() <= deadline) {
      const { status, operation } = await getJson<Triggered>(`${checkpoints}/${request}`);
      if (status.id === 'COMPLETED') return operation?.failureCause?.['stack-trace'].split('\n')[0];
      await pause();
    }
    return 'the last one has not come to its end';
  }

  private async metrics(wanted: RegExp): Promise<{ id: string; min: number; sum: number }[]> {
    const { rest, job } = this.current();
    const { vertices } = await getJson<{ vertices: { id: string }[] }>(`${rest}/jobs/${job}`);
    const found = vertices.map(async ({ id }) => {
      const url = `${rest}/jobs/${job}/vertices/${id}/subtasks/metrics`;
      const names = (await getJson<{ id: string }[]>(url))
        .map((metric) => metric.id)
        .filter((name) => wanted.test(name));
      if (names.length === 0) return [];
      return getJson<{ id: string; min: number; sum: number }[]>(`${url}?get=${encodeURIComponent(names.join(','))}`);
    });
    return (await Promise.all(found)).flat();
  }

  /** Of all subtasks that take any in. */
  private async watermarks(rest: string, job: string): Promise<number[]> {
    const { vertices } = await getJson<{ vertices: { id: string }[] }>(`${rest}/jobs/${job}`);
    const found = vertices.map(({ id }) =>
      getJson<{ value: string }[]>(`${rest}/jobs/${job}/vertices/${id}/watermarks`),
    );
    return (await Promise.all(found)).flat().map(({ value }) => Number(value));
  }

  private entries(state: string): JournalFlink[] {
    return Journal.read(this.journal)
      .flink(this.application)
      .filter((entry) => entry.state === state);
  }
}

async function getJson<T>(url: string, request?: RequestInit): Promise<T> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return (await response.json()) as T;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
}
