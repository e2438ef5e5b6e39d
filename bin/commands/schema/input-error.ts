/** Something that the command was given cannot be used: one line with file, line where known, and remedy. */
export class InputError extends Error {
  public override readonly name = 'InputError';
}
