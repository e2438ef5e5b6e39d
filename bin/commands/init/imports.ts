import * as path from 'node:path';

/** Name of the package that projects depend on. */
export const PACKAGE = 'cdk-data-patterns';

/** What `cdk-data-patterns/blueprints` offers, by the modules that it has it from. */
const OFFERED = ['settings', 'blueprint-file', 'hybrid-file', 'usage', 'warehouse-sources'];

/** Modules that a project has itself, by their paths below `blueprints/`, with their names in it; JSON with its ending. */
export type OwnModules = ReadonlyMap<string, string>;

/** Where a relative import of a blueprint's source leads in a project that has some of the blueprint's modules itself. */
function target(file: string, specifier: string, modules: OwnModules): string {
  if (/^(\.\.\/)+lib(\/|$)/.test(specifier)) return PACKAGE;
  const own = modules.get(moduleAt(file, specifier));
  if (own !== undefined) return `./${own}`;
  if (OFFERED.includes(path.posix.basename(specifier))) return `${PACKAGE}/blueprints`;
  throw new Error(`init: import of '${specifier}' leads nowhere in a project`);
}

function moduleAt(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}

/**
 * Points the relative imports of a blueprint's source at the package, so that a project needs no second copy of it.
 * Imports that then come from the same module become one.
 *
 * @param source its text
 * @param file its path below `blueprints/`
 */
export function pointImportsAtPackage(source: string, file: string, modules: OwnModules): string {
  const names = new Map<string, string[]>();
  const rest = source.replace(/^import (type )?\{([^}]*)\} from '(\.[^']*)';\n/gm, (_, type = '', list, specifier) => {
    const module = target(file, specifier as string, modules);
    const imported = (list as string)
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean)
      .map((each) => (each.startsWith('type ') ? each : `${type}${each}`));
    names.set(module, [...(names.get(module) ?? []), ...imported]);
    return '';
  });
  const left = [...rest.matchAll(/from '(\.[^']*)'/g)].find(
    ([, specifier]) => !(specifier.endsWith('.json') && modules.has(moduleAt(file, specifier))),
  );
  if (left) throw new Error(`init: cannot rewrite the import of '${left[1]}'`);
  return withImports(
    rest,
    [...names].map(([module, imported]) => importOf(module, imported)),
  );
}

function importOf(module: string, imported: readonly string[]): string {
  const line = `import { ${imported.join(', ')} } from '${module}';`;
  return line.length <= 120 ? line : `import {\n${imported.map((each) => `  ${each},\n`).join('')}} from '${module}';`;
}

/** The imports after those that the source has still, or at its top. */
function withImports(source: string, imports: readonly string[]): string {
  const lines = source.split('\n');
  const last = lines.map((line) => /^import .* from '.*';$/.test(line)).lastIndexOf(true);
  lines.splice(last + 1, 0, ...imports, ...(last === -1 && lines[0] !== '' ? [''] : []));
  return lines.join('\n');
}
