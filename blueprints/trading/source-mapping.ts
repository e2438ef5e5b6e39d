import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import type { SourceMapping } from '../../lib/schema';
import { type Json, suggest } from '../../lib/foundation/private/problem-sentences';
import { YamlFile } from '../../lib/foundation/private/yaml-file';

const EXTENSION = '.yaml';

/**
 * Reads the mapping of a source.
 *
 * @param folder with a file `<name>.yaml` for each source
 * @param schema JSON Schema of such a file
 * @param fail told when there is no such file, with a sentence
 * @throws YamlFileError naming every problem of the file with line, column and remedy
 */
export function loadSourceMapping(
  folder: string,
  name: string,
  schema: object,
  fail: (sentence: string) => never,
): SourceMapping {
  const location = path.join(folder, name + EXTENSION);
  if (!existsSync(location))
    return fail(`there is no mapping '${name}' in ${path.basename(folder)}/; ${known(folder, name)}`);
  const file = new YamlFile(location, 'fields: {...}');
  const mapping: Json = structuredClone(file.content);
  file.check(schema, mapping);
  return { name, ...mapping } as unknown as SourceMapping;
}

function known(folder: string, name: string): string {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(EXTENSION)) : [];
  const names = files.map((file) => file.slice(0, -EXTENSION.length)).sort();
  return names.length > 0 ? suggest(name, names) : `add ${name}${EXTENSION} there`;
}
