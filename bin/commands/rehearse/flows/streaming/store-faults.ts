import { setTimeout as sleep } from 'timers/promises';
import type { Supervisor } from '../../engines/supervisor';
import { administer, MEMORY_LIMIT, restartValkey, type Valkey } from '../../engines/valkey';
import type { ReportedCheck } from '../../report/model';
import type { ValkeyToolchain } from '../../toolchain/valkey';

const POLL_MILLISECONDS = 200;

/** What can befall the hot store, and the function that fills it. */
export class StoreFaults {
  public constructor(
    private readonly supervisor: Supervisor,
    private readonly toolchain: ValkeyToolchain,
    private readonly valkey: Valkey,
  ) {}

  /** Kills the store and brings it up without what it held. */
  public async lose(): Promise<ReportedCheck> {
    const before = await this.keys();
    await this.valkey.engine.strike();
    await restartValkey(this.supervisor, this.toolchain, this.valkey);
    const after = await this.keys();
    return {
      name: 'fault: Valkey restarted empty',
      expected: 'held windows, and then none',
      actual: `${before} keys before, ${after} afterwards`,
      passed: before > 0 && after === 0,
    };
  }

  /**
   * Has the store refuse what is written until it has done so at least once, so that the function throws on its batch.
   *
   * @param work has windows written
   */
  public async refuseWhile(work: () => Promise<void>, seconds: number): Promise<ReportedCheck> {
    const before = await this.refused();
    await this.limitMemory('1');
    const deadline = Date.now() + seconds * 1000;
    let refused = 0;
    const watch = async (): Promise<void> => {
      while (refused === 0 && Date.now() < deadline) {
        await sleep(POLL_MILLISECONDS);
        refused = (await this.refused()) - before;
      }
      await this.limitMemory(MEMORY_LIMIT);
    };
    await Promise.all([work(), watch()]);
    return {
      name: 'fault: the function of the sink throws on a batch',
      expected: 'thrown at least once',
      actual: `the store refused ${refused} writes`,
      passed: refused > 0,
    };
  }

  private keys(): Promise<number> {
    return administer(this.valkey, (client) => client.dbsize());
  }

  private async limitMemory(bytes: string): Promise<void> {
    await administer(this.valkey, (client) => client.config('SET', 'maxmemory', bytes));
  }

  /** Commands that were refused for want of memory. */
  private async refused(): Promise<number> {
    const stats = await administer(this.valkey, (client) => client.info('errorstats'));
    return Number(/errorstat_OOM:count=(\d+)/.exec(stats)?.[1] ?? 0);
  }
}
