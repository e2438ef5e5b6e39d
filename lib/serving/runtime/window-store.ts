import type { Cluster } from 'iovalkey';
import { StoreKeys } from './store-keys';
import type { WindowRecord } from './window-record';

/**
 * Writes windows of one symbol, each only when it is newer than what is there: of the same partition by its offset, of
 * another one (partitions were added) by the broker's time. So a message may come again, and in any order.
 * Keeps the newest windows and answers with the starts of those that it wrote. Of a symbol that has all the windows it
 * may, an older one is no news: it had been written and dropped again with every repetition, and told to listeners.
 *
 * KEYS: windows, order. ARGV: how many to keep, then start, partition, offset, timestamp and message of each.
 */
const PUT_WINDOWS = `
local written = {}
local most = tonumber(ARGV[1])
local oldest
if server.call('ZCARD', KEYS[2]) >= most then
  oldest = tonumber(server.call('ZRANGE', KEYS[2], 0, 0)[1])
end
for i = 2, #ARGV, 5 do
  local start, partition, offset, timestamp = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local known = server.call('HGET', KEYS[1], start)
  local newer = true
  if known then
    local p, o, t = string.match(known, '^(%d+):(%d+):(%d+)|')
    if p == partition then newer = tonumber(offset) > tonumber(o)
    else newer = tonumber(timestamp) > tonumber(t) end
  elseif oldest then newer = tonumber(start) > oldest
  end
  if newer then
    server.call('HSET', KEYS[1], start, partition .. ':' .. offset .. ':' .. timestamp .. '|' .. ARGV[i + 4])
    if not known then server.call('ZADD', KEYS[2], start, start) end
    written[#written + 1] = start
  end
end
local surplus = server.call('ZCARD', KEYS[2]) - most
if surplus > 0 then
  local old = server.call('ZRANGE', KEYS[2], 0, surplus - 1)
  for first = 1, #old, 1000 do
    server.call('HDEL', KEYS[1], unpack(old, first, math.min(first + 999, #old)))
  end
  server.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
end
return written
`;

/**
 * Puts a window in the place of one that is known, unless that has changed meanwhile; answers 1 when it did. The guard
 * stays, so that any message replaces it that would have replaced the window before. One that was not there has a guard
 * that every message is newer than.
 *
 * KEYS: windows, order. ARGV: start, what is known ('' for nothing), guard, message.
 */
const REPAIR_WINDOW = `
local known = server.call('HGET', KEYS[1], ARGV[1]) or ''
if known ~= ARGV[2] then return 0 end
server.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. '|' .. ARGV[4])
server.call('ZADD', KEYS[2], ARGV[1], ARGV[1])
return 1
`;

/** No topic has as many partitions, and every time is later. */
const OLDEST_GUARD = '999999999:0:0';

/** A window as the store has it. */
export interface StoredWindow {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Partition, offset and time of the message that wrote it. */
  readonly guard: string;
  /** The message; empty when the window was taken back. */
  readonly json: string;
}

type RepairWindow = (windows: string, order: string, ...values: (string | number)[]) => Promise<number>;
type PutWindows = (windows: string, order: string, ...values: (string | number)[]) => Promise<string[]>;

/** The windows of one generation in the store. */
export class WindowStore {
  private readonly keys: StoreKeys;
  private readonly putWindows: PutWindows;
  private readonly repairWindow: RepairWindow;

  /**
   * @param valkey the store
   * @param generation whose windows they are
   * @param kept how many windows of a symbol are kept
   */
  public constructor(
    private readonly valkey: Cluster,
    generation: number,
    private readonly kept: number,
  ) {
    this.keys = new StoreKeys(generation);
    if (!('putWindows' in valkey)) valkey.defineCommand('putWindows', { numberOfKeys: 2, lua: PUT_WINDOWS });
    if (!('repairWindow' in valkey)) valkey.defineCommand('repairWindow', { numberOfKeys: 2, lua: REPAIR_WINDOW });
    const commands = valkey as unknown as { putWindows: PutWindows; repairWindow: RepairWindow };
    this.putWindows = commands.putWindows.bind(valkey);
    this.repairWindow = commands.repairWindow.bind(valkey);
  }

  /** Writes windows in any order and any number of times; answers with those that were news. */
  public async put(records: readonly WindowRecord[]): Promise<WindowRecord[]> {
    const bySymbol = new Map<string, WindowRecord[]>();
    for (const record of records) {
      const others = bySymbol.get(record.symbol);
      if (others) others.push(record);
      else bySymbol.set(record.symbol, [record]);
    }
    if (bySymbol.size === 0) return [];
    // The symbols first: a window whose symbol is unknown would be missed by who looks at all of them.
    await this.valkey.sadd(this.keys.symbols, ...bySymbol.keys());
    const written = await Promise.all([...bySymbol].map(([symbol, windows]) => this.putSymbol(symbol, windows)));
    return written.flat();
  }

  private async putSymbol(symbol: string, records: readonly WindowRecord[]): Promise<WindowRecord[]> {
    const values: (string | number)[] = [this.kept];
    for (const { start, partition, offset, timestamp, json } of records) {
      values.push(start, partition, offset, timestamp, json);
    }
    const written = new Set(await this.putWindows(this.keys.windows(symbol), this.keys.order(symbol), ...values));
    // Of several messages on one window in a batch the last one stands.
    const last = new Map(records.map((record) => [String(record.start), record]));
    return [...last].filter(([start, { json }]) => written.has(start) && json !== '').map(([, record]) => record);
  }

  /** The newest windows of a symbol as JSON, oldest first. */
  public async newest(symbol: string, count: number): Promise<string[]> {
    const starts = await this.valkey.zrange(this.keys.order(symbol), -count, -1);
    if (starts.length === 0) return [];
    const windows = await this.valkey.hmget(this.keys.windows(symbol), ...starts);
    return windows.map((stored) => (stored ? stored.slice(stored.indexOf('|') + 1) : '')).filter((json) => json !== '');
  }

  /** When the newest window of all symbols begins, in milliseconds since 1970; undefined when there is none. */
  public async newestStart(): Promise<number | undefined> {
    const symbols = await this.symbols();
    const newest = await Promise.all(symbols.map((symbol) => this.valkey.zrange(this.keys.order(symbol), -1, -1)));
    const starts = newest.flat().map(Number);
    return starts.length === 0 ? undefined : Math.max(...starts);
  }

  /** Every window of a symbol with its guard, those included that were taken back, oldest first. */
  public async stored(symbol: string): Promise<StoredWindow[]> {
    const windows = await this.valkey.hgetall(this.keys.windows(symbol));
    return Object.entries(windows)
      .map(([start, stored]) => {
        const end = stored.indexOf('|');
        return { symbol, start: Number(start), guard: stored.slice(0, end), json: stored.slice(end + 1) };
      })
      .sort((one, other) => one.start - other.start);
  }

  /**
   * Puts a window in the place of a known one, or where none was known; an empty message takes it back. Answers whether
   * it did: not when a message has changed the window meanwhile.
   */
  public async repair(symbol: string, start: number, known: StoredWindow | undefined, json: string): Promise<boolean> {
    await this.valkey.sadd(this.keys.symbols, symbol);
    const before = known === undefined ? '' : `${known.guard}|${known.json}`;
    const values = [start, before, known?.guard ?? OLDEST_GUARD, json];
    return (await this.repairWindow(this.keys.windows(symbol), this.keys.order(symbol), ...values)) === 1;
  }

  /** Every symbol that has a window. */
  public async symbols(): Promise<string[]> {
    return (await this.valkey.smembers(this.keys.symbols)).sort();
  }
}
