import { createHash } from 'crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

/** As far as an edit needs to know it. */
export interface EditableTemplate {
  readonly Resources: { [logicalId: string]: object };
}

/**
 * A copy of a cloud assembly with a change in the template of one stack.
 *
 * @returns the folder of the copy
 */
export function editedAssembly(
  assembly: string,
  stackName: string,
  copy: string,
  edit: (template: EditableTemplate) => void,
): string {
  cpSync(assembly, copy, { recursive: true });
  const file = join(copy, `${stackName}.template.json`);
  const text = readFileSync(file, 'utf8');
  const template = JSON.parse(text) as EditableTemplate;
  edit(template);
  const edited = JSON.stringify(template, null, 1);
  writeFileSync(file, edited);
  // The CLI takes a template whose digest it has uploaded before for the same one.
  const [before, after] = [text, edited].map((content) => createHash('sha256').update(content).digest('hex'));
  for (const name of readdirSync(copy).filter((each) => each === 'manifest.json' || each.endsWith('.assets.json'))) {
    const path = join(copy, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(before, after));
  }
  return copy;
}
