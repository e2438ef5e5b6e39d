// The bundled handler of the hot store's sink over batches as its event source mapping hands them, into a Valkey in
// cluster mode; without the event source. Prints one line of JSON.
//   sink RECORDS BATCH
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervisor } from '../../../bin/commands/rehearse/engines/supervisor';
import { administer, startValkey } from '../../../bin/commands/rehearse/engines/valkey';
import { STREAM_START } from '../../../bin/commands/rehearse/flows/streaming/streamed-trades';
import { prepareToolchain } from '../../../bin/commands/rehearse/toolchain/toolchain';
import { prepareValkey } from '../../../bin/commands/rehearse/toolchain/valkey';
import { packageRoot } from '../../../bin/package-root';
import type { KafkaEvent } from '../../../lib/serving/runtime/sink-windows';
import { StoreKeys } from '../../../lib/serving/runtime/store-keys';

const TOPIC = 'trade-summaries';
const PARTITIONS = 3;
const SYMBOLS = 200;
const MINUTE = 60_000;
/** As many as the blueprint keeps. */
const KEPT = 1440;
const ENOUGH_MILLIS = 300_000;

type Handler = (event: KafkaEvent, context: object) => Promise<{ written: number }>;

/** Windows as Flink writes them, minute by minute and symbol by symbol; a symbol is always of the same partition. */
function batches(records: number, size: number): KafkaEvent[] {
  const events: KafkaEvent[] = [];
  for (let first = 0; first < records; first += size) {
    const byPartition: Record<string, object[]> = {};
    for (let number = first; number < Math.min(first + size, records); number++) {
      const symbol = `S${String(number % SYMBOLS).padStart(3, '0')}`;
      const start = new Date(STREAM_START + Math.floor(number / SYMBOLS) * MINUTE);
      const partition = (number % SYMBOLS) % PARTITIONS;
      const value = `{"window_start":"${start.toISOString()}","window_end":"${new Date(start.getTime() + MINUTE).toISOString()}","symbol":"${symbol}","trade_count":${100 + (number % 900)},"total_volume":${number}.12345678,"vwap":101.${String(number).padStart(8, '0')}}`;
      (byPartition[`${TOPIC}-${partition}`] ??= []).push({
        topic: TOPIC,
        partition,
        offset: number,
        timestamp: start.getTime(),
        value: Buffer.from(value).toString('base64'),
      });
    }
    events.push({ records: byPartition } as unknown as KafkaEvent);
  }
  return events;
}

/** Seconds that the handler takes for all of them, one after the other, and what it says that it wrote. */
async function apply(handler: Handler, events: readonly KafkaEvent[]): Promise<{ seconds: number; written: number }> {
  const begun = performance.now();
  let written = 0;
  for (const event of events) {
    written += (await handler(event, { getRemainingTimeInMillis: () => ENOUGH_MILLIS })).written;
  }
  return { seconds: (performance.now() - begun) / 1000, written };
}

async function main([records, batch]: number[]): Promise<void> {
  const toolchain = await prepareToolchain();
  const engine = await prepareValkey(toolchain);
  const folder = mkdtempSync(join(tmpdir(), 'data-patterns-bench-sink-'));
  const supervisor = new Supervisor(toolchain.python);
  try {
    const valkey = await startValkey(supervisor, engine, join(folder, 'valkey'));
    await administer(valkey, async (client) => {
      await client.acl('SETUSER', 'writer', 'on', 'nopass', '~*', '&*', '+@all');
      // Nothing has to be read from the log: it has been.
      await client.hset(new StoreKeys(1).rebuilt, 'done', 'for the benchmark');
    });
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      NODE_NO_WARNINGS: '1',
      GENERATION: '1',
      SERVED_GENERATION: '1',
      WINDOWS_KEPT: String(KEPT),
      DEAD_LETTER_BUCKET: 'none',
      TOPIC,
      CONSUMER_GROUP: 'bench',
      BOOTSTRAP_SERVERS: '127.0.0.1:1',
      KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT',
      HOT_STORE_ENDPOINT: `${valkey.host}:${valkey.port}`,
      HOT_STORE_NAME: 'bench',
      HOT_STORE_USER: 'writer',
      HOT_STORE_TLS: 'false',
    });
    const { handler } = createRequire(join(packageRoot(), 'package.json'))(
      './dist/handlers/hot-store-sink/index.js',
    ) as {
      handler: Handler;
    };
    const events = batches(records, batch);
    const first = await apply(handler, events);
    // Every batch once more, as after a failure: nothing may be written that is there.
    const again = await apply(handler, events);
    const held = await administer(valkey, (client) => client.hlen(new StoreKeys(1).windows('S000')));
    process.stdout.write(`${JSON.stringify({ first, again, held, expected: Math.min(KEPT, records / SYMBOLS) })}\n`);
  } finally {
    await supervisor.stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
  // The handler keeps its connection, as in a function that is called again.
  process.exit();
}

main(process.argv.slice(2).map(Number)).catch((problem: unknown) => {
  console.error(problem);
  process.exit(1);
});
