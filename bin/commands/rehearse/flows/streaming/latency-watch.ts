import type { Consumer } from 'kafkajs';
import { setTimeout as sleep } from 'timers/promises';
import { count } from '../../report/format';
import type { ReportedChart } from '../../report/model';
import { kafkaClient } from './topics';

/** When what came of the trades was first to be seen by whoever reads it. Milliseconds since 1970. */
export interface Seen {
  /** Trades in the topic of enriched trades, in which one sees what is committed: id and time. */
  readonly enriched: readonly (readonly [tradeId: string, seen: number])[];
  /** Windows that the API answered: symbol, begin of the window, and time. */
  readonly windows: readonly (readonly [symbol: string, start: number, seen: number])[];
}

/** How long it took from the broker to whoever reads, in milliseconds; null when nothing was measured. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface Latencies {
  readonly enriched: Latency | null;
  readonly windows: Latency | null;
}

export interface LatencyWatchOptions {
  readonly bootstrapServers: string;
  /** Of the enriched trades. */
  readonly topic: string;
  readonly symbols: readonly string[];
  /** Asks the API for the newest windows of a symbol; gives the body of its answer. */
  readonly ask: (symbol: string) => Promise<string>;
  /** About how many trades there will be. */
  readonly rows: number;
}

/** So many trades tell percentiles well enough. */
const SAMPLE = 20_000;
/** Each is asked for in its turn, so that more of them would be asked for less often. */
const MOST_SYMBOLS = 20;
const PAUSE_MILLISECONDS = 20;

/** Reads the enriched trades and asks the API all the while, and notes when each came. */
export class LatencyWatch {
  private readonly consumer: Consumer;
  private readonly enriched = new Map<string, number>();
  private readonly windows = new Map<string, readonly [symbol: string, start: number, seen: number]>();
  private readonly oneOf: number;
  private stopping = false;
  private asking: Promise<void> = Promise.resolve();

  private constructor(private readonly options: LatencyWatchOptions) {
    this.oneOf = Math.max(1, Math.floor(options.rows / SAMPLE));
    this.consumer = kafkaClient(options.bootstrapServers).consumer({ groupId: 'rehearsal-latency' });
  }

  /** Begins; what is in the topic already is not looked at. */
  public static async start(options: LatencyWatchOptions): Promise<LatencyWatch> {
    const watch = new LatencyWatch(options);
    await watch.consumer.connect();
    await watch.consumer.subscribe({ topic: options.topic });
    await watch.consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => watch.see(batch.messages.map(({ value }) => String(value))),
    });
    watch.asking = watch.ask();
    return watch;
  }

  /** Ends, and tells what was seen. */
  public async stop(): Promise<Seen> {
    if (!this.stopping) {
      this.stopping = true;
      await this.asking;
      await this.consumer.disconnect();
    }
    return { enriched: [...this.enriched], windows: [...this.windows.values()] };
  }

  private see(messages: readonly string[]): void {
    const now = Date.now();
    for (const message of messages) {
      const { trade_id: id } = JSON.parse(message) as { trade_id: string };
      if (this.isSampled(id) && !this.enriched.has(id)) this.enriched.set(id, now);
    }
  }

  /** The same trades in every run, spread over all of it. */
  private isSampled(id: string): boolean {
    let sum = 0;
    for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) >>> 0;
    return sum % this.oneOf === 0;
  }

  private async ask(): Promise<void> {
    const symbols = this.options.symbols.slice(0, MOST_SYMBOLS);
    for (let turn = 0; !this.stopping; turn++) {
      const symbol = symbols[turn % symbols.length];
      // While things are broken on purpose the API may not answer.
      const body = await this.options.ask(symbol).catch(() => '');
      const now = Date.now();
      for (const [, text] of body.matchAll(/"window_start"\s*:\s*"([^"]+)"/g)) {
        const key = `${symbol} ${text}`;
        if (!this.windows.has(key)) this.windows.set(key, [symbol, Date.parse(zoned(text)), now]);
      }
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}

/** Flink writes a TIMESTAMP without a zone; it is UTC. */
function zoned(text: string): string {
  return /[zZ]$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
}

const PERCENTILES = ['p50', 'p90', 'p99', 'max'] as const;

/** Percentiles of both, side by side. */
export function latencyChart({ enriched, windows }: Latencies, rate: number | undefined): ReportedChart {
  const measured = [
    { name: 'enriched trade', latency: enriched },
    { name: 'window at the API', latency: windows },
  ];
  const told = measured.map(({ name, latency }) =>
    latency === null ? `${name}: not measured` : `${name}: ${count(latency.p99)} ms (${count(latency.count)} measured)`,
  );
  const pace =
    rate === undefined
      ? 'All trades were sent at once, so that they waited for one another; --rate sends so many a second.'
      : `${count(rate)} trades were sent a second.`;
  return {
    title: 'Latency',
    lead: `From when the broker took a trade until a consumer that reads what is committed had the enriched trade, and from when it took the trade with which the watermark passed the end of a window until the API answered the window. p99 of ${told.join(', of ')}. ${pace}`,
    kind: 'bar',
    x: { kind: 'category', name: 'percentile' },
    y: { name: 'milliseconds', logarithmic: true },
    series: measured.map(({ name, latency }) => ({
      name,
      points: PERCENTILES.map((percentile) => [percentile, latency?.[percentile] ?? null]),
    })),
  };
}
