import type { Kafka } from '../engines/kafka';
import { produce, Produced } from '../engines/producer';
import { count } from '../report/format';
import type { ReportedCheck } from '../report/model';
import type { RehearsalHost } from './data-flow';

/**
 * Sends a file's lines to a topic, each as one message, and reports it as the stage `kafka`.
 *
 * @param shownIn the running stage, which shows how far it is
 */
export async function sendTrades(
  host: RehearsalHost,
  kafka: Kafka,
  topic: string,
  file: string,
  shownIn: string,
): Promise<Produced> {
  const begun = Date.now();
  const produced = await produce({
    python: host.toolchain.python,
    bootstrapServers: kafka.bootstrapServers,
    topic,
    file,
    rate: host.options.rate,
    signal: host.options.signal,
    onRows: (rows) => host.update(shownIn, `${count(rows)} rows`),
  });
  host.addStage({
    name: 'kafka',
    engine: 'Apache Kafka',
    version: kafka.version,
    rowsIn: produced.lines,
    rowsOut: produced.rows,
    rowsRejected: produced.refused.length,
    seconds: (Date.now() - begun) / 1000,
  });
  host.addChecks(everyLineSent(produced));
  return produced;
}

function everyLineSent({ lines, rows, refused, maxMessageBytes }: Produced): ReportedCheck {
  const examples = refused.slice(0, 3).map(({ line, bytes }) => `line ${line} has ${count(bytes)} bytes`);
  const reason = refused.length > 0 ? `; the topic takes ${count(maxMessageBytes)} bytes, ${examples.join(', ')}` : '';
  return {
    name: 'kafka: every line is a message',
    expected: `${count(lines)} messages`,
    actual: `${count(rows)} messages${reason}`,
    passed: rows === lines,
  };
}
