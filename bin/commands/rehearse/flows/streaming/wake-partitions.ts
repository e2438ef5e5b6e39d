/** A third of the minute after which Flink takes a partition without messages for idle, as `FlinkTable.source` has it. */
const AWAKE_MILLISECONDS = 20_000;
const MOST_TIMES = 5;

/**
 * Has each partition of a topic begin with a message. One that is idle does not hold back the windows of the others, so
 * that after a long deployment the first one to be read would make the messages of the others late. On a slow machine
 * they may be idle again as soon as they are read; then they are woken once more.
 *
 * @param send sends a message to each partition, for the first, second... time
 * @param read waits until all who read the topic have read them
 * @throws when it takes too long each time
 */
export async function wakePartitions(
  send: (time: number) => Promise<unknown>,
  read: () => Promise<void>,
): Promise<void> {
  for (let time = 1; time <= MOST_TIMES; time += 1) {
    const begun = Date.now();
    await send(time);
    await read();
    if (Date.now() - begun < AWAKE_MILLISECONDS) return;
  }
  throw new Error(
    `Flink takes more than ${AWAKE_MILLISECONDS / 1000} s to read a message; end what else this machine is busy with`,
  );
}
