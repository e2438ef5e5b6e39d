/** Exit statuses of every command (see docs/rehearsal.md). */
export enum ExitCode {
  OK = 0,
  /** A check, a stage or a comparison failed. */
  FAILED = 1,
  /** What the user gave, or the machine lacks something; the message says what to do. */
  INPUT = 2,
}

/**
 * An error whose message is meant for the person at the terminal: one sentence that names the thing, what is wrong and
 * the remedy. It is printed without a stack trace.
 */
export class UserError extends Error {
  public constructor(
    message: string,
    public readonly exitCode: number = ExitCode.INPUT,
  ) {
    super(message);
    this.name = 'UserError';
  }
}
