import { readdirSync, readFileSync, statSync } from 'fs';
import { basename, join } from 'path';

/** What the rehearsal itself is wired with: where its engines are, with their logins. No task and no stack sees it. */
const WIRING = new Set(['engines.json', 'config.json']);
/** What people and tools read later: templates, logs, journals, reports. */
const READ_LATER = /\.(json|jsonl|log|txt|html)$/;
const LARGEST = 64 * 1024 * 1024;

/**
 * The templates, logs, journals and pages below folders in which one of some values stands.
 *
 * @param secrets values by what they are called; the names are told, never the values
 * @returns what was found, and how many files were looked into
 */
export function leakedSecrets(
  folders: readonly string[],
  secrets: { readonly [name: string]: string },
): { readonly leaks: readonly string[]; readonly files: number } {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((file) => READ_LATER.test(file) && !WIRING.has(basename(file)))
      .filter((file) => statSync(file).isFile() && statSync(file).size < LARGEST),
  );
  const leaks = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return Object.entries(secrets)
      .filter(([, value]) => text.includes(value))
      .map(([name]) => `${name} in ${file}`);
  });
  return { leaks, files: files.length };
}
