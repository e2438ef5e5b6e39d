import type { WindowRecord } from './window-record';

/** The most that a function takes when it is called without waiting is 256 KB; half of it leaves room for connections. */
const MESSAGE_BYTES = 120_000;

/** What goes over a live connection. */
export interface LiveMessage {
  readonly connections: readonly string[];
  /** JSON text. */
  readonly message: string;
}

/** New windows as messages for live connections, none larger than a call may be; the windows' text is kept as it is. */
export function announcementsOf(
  windows: readonly WindowRecord[],
  generation: number,
  connections: readonly string[],
): LiveMessage[] {
  if (connections.length === 0) return [];
  const messages: LiveMessage[] = [];
  let batch: string[] = [];
  let bytes = 0;
  const close = () => {
    if (batch.length > 0) messages.push({ connections, message: windowsMessage('windows', generation, batch) });
    batch = [];
    bytes = 0;
  };
  for (const { json } of windows) {
    if (bytes + json.length > MESSAGE_BYTES) close();
    batch.push(json);
    bytes += json.length;
  }
  close();
  return messages;
}

/** A message of windows, each given as JSON text. */
export function windowsMessage(type: 'windows' | 'snapshot', generation: number, windows: readonly string[]): string {
  return `{"type":"${type}","generation":${generation},"windows":[${windows.join(',')}]}`;
}
