import { lineOfJsonError } from '../../../lib/schema/private/json-line';

const lineOf = (text: string): number | undefined => {
  try {
    JSON.parse(text);
  } catch (error) {
    return lineOfJsonError(text, error);
  }
  throw new Error('it is valid');
};

test.each([
  ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3],
  ['one comma too many in a list', '{\n  "some": [\n    "long enough",,\n    "list"\n  ]\n}', 3],
  ['a comma before the end', '{\n  "a": 1,\n}', 3],
  ['an end too early', '{\n  "a": [1,\n\n', 2],
  ['a bare word', '{\n  "a": 1,\n  "b": hello\n}', 3],
])('%s is found in its line', (_, text, line) => {
  expect(lineOf(text)).toBe(line);
});
