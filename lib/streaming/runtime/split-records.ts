/** A record as it stands in a request. */
export interface SplitRecord {
  /** The very characters of the request. */
  readonly text: string;
  /** The record as an object; undefined when it is anything else. */
  readonly object?: Readonly<Record<string, unknown>>;
}

/** A body that holds no records: its message is for the client. */
export class MalformedBodyError extends Error {}

/**
 * The records of a JSON body: the object that it is, or the elements of the array that it is.
 *
 * @throws MalformedBodyError
 */
export function splitJson(body: string): SplitRecord[] {
  const parsed = parse(body);
  if (Array.isArray(parsed)) {
    const texts = elements(body);
    return parsed.map((element: unknown, index) => record(texts[index], element));
  }
  if (!isObject(parsed)) {
    throw new MalformedBodyError('the body is neither an object nor an array of objects');
  }
  return [record(body.trim(), parsed)];
}

/** The records of a body with one on a line; blank lines are none. */
export function splitLines(body: string): SplitRecord[] {
  const lines = body.split('\n').map((line) => line.replace(/\r$/, ''));
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        return record(line, JSON.parse(line));
      } catch {
        return { text: line };
      }
    });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new MalformedBodyError(`the body is not JSON: ${(error as Error).message}`);
  }
}

function record(text: string, value: unknown): SplitRecord {
  return isObject(value) ? { text, object: value } : { text };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The texts of an array's elements. Written anew from parsed values, numbers would lose digits and decimals their zeros.
 *
 * @param json an array, known to be JSON
 */
function elements(json: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let begin = 0;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (isText) {
      if (character === '\\') at++;
      else if (character === '"') isText = false;
    } else if (character === '"') {
      isText = true;
    } else if (character === '[' || character === '{') {
      depth++;
      if (depth === 1) begin = at + 1;
    } else if (character === ']' || character === '}') {
      depth--;
      if (depth === 0) found.push(json.slice(begin, at).trim());
    } else if (character === ',' && depth === 1) {
      found.push(json.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  return found;
}
