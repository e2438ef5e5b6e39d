/** What has happened and will happen; whoever listens hears of both, in order. */
export class Announcements<T> {
  private readonly past: T[] = [];
  private listener?: (item: T) => void;

  public announce(item: T): void {
    this.past.push(item);
    this.listener?.(item);
  }

  /** There is one listener; a second one is refused with this sentence. */
  public listen(listener: (item: T) => void, refusal: string): void {
    if (this.listener) throw new Error(refusal);
    this.listener = listener;
    this.past.forEach(listener);
  }
}
