import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(__dirname, '../../../../lib/schema/private/evolution');

/** Every rule that the sources can give. */
export function allRules(): string[] {
  const sources = readdirSync(FOLDER).map((name) => readFileSync(path.join(FOLDER, name), 'utf8'));
  const rules = sources.flatMap((text) => [...text.matchAll(/\b(?:il)?legal\(\s*['`]([a-z-]+)['`]/g)]);
  return [...new Set(rules.map(([, rule]) => rule!))].sort();
}
