/**
 * The line, counted from 1, at which `JSON.parse` gave up, as far as its message tells.
 *
 * Node 20 names either the position, or some of the text around the character that it did not expect.
 */
export function lineOfJsonError(text: string, error: unknown): number | undefined {
  const message = (error as Error).message;
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) {
    return lineAt(text, Number(position));
  }
  if (message === 'Unexpected end of JSON input') {
    return lineAt(text, text.trimEnd().length);
  }
  const unexpected = /^Unexpected token '(.)', (?:\.\.\.)?"(.*?)"(?:\.\.\.)? is not valid JSON$/s.exec(message);
  const start = unexpected === null ? -1 : text.indexOf(unexpected[2] ?? '');
  if (unexpected === null || start < 0) {
    return undefined;
  }
  // Up to ten characters stand before the unexpected one.
  const shown = (unexpected[2] ?? '').lastIndexOf(unexpected[1] ?? '', 10);
  return lineAt(text, start + Math.max(shown, 0));
}

/** The line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
