import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, type Sample } from './samples';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  ignoreDeprecations: '6.0',
  lib: ['lib.es2022.d.ts'],
  types: ['node'],
  strict: true,
  noEmit: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  paths: { 'cdk-data-patterns': [join(ROOT, 'lib/index.ts')] },
};
const LIBRARY = join(ROOT, 'lib/index.ts');

/** What the compiler says of each sample, by its place; an empty list is a sample that compiles. */
export function compileSamples(samples: readonly Sample[]): Map<string, string[]> {
  const library = ts.createProgram([LIBRARY], OPTIONS);
  const files = new Map(samples.map((sample, index) => [join(__dirname, `sample-${index}.ts`), sample]));
  const names = namesOf(library);
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  const textOf = (file: string): string | undefined => {
    const sample = files.get(file);
    return sample && moduleOf(sample, names);
  };
  host.fileExists = (file) => files.has(file) || fileExists.call(host, file);
  host.readFile = (file) => textOf(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, ...rest) => {
    const text = textOf(file);
    return text === undefined
      ? (library.getSourceFile(file) ?? getSourceFile.call(host, file, ...rest))
      : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host, library);
  return new Map(
    [...files].map(([file, { place }]) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [place, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

function namesOf(program: ts.Program): Set<string> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(LIBRARY);
  const module = source && checker.getSymbolAtLocation(source);
  return new Set(module && checker.getExportsOfModule(module).map(({ name }) => name));
}

/**
 * A part of a program as a module: what it names of the library is imported, and the rest stands in the constructor of some
 * construct.
 */
function moduleOf({ text, prelude }: Sample, library: ReadonlySet<string>): string {
  const whole = `${prelude.replaceAll('; ', ';\n')}\n${text}`;
  const TOP = /^(import|declare) .*?;$/gms;
  const top = [...whole.matchAll(TOP)].map(([statement]) => statement).join('\n');
  const rest = whole.replace(TOP, '');
  const own = new Set([...top.matchAll(/\w+/g), ...rest.matchAll(/(?<=class )\w+/g)].map(([word]) => word));
  const imported = [...new Set(rest.match(/\b[A-Z]\w+/g))].filter((name) => library.has(name) && !own.has(name));
  const declared = [...new Set(top.match(/(?<=: )[A-Z]\w+/g))].filter(
    (name) => library.has(name) && !new RegExp(`import [^;]*\\b${name}\\b`).test(top),
  );
  return [
    `import { ${[...new Set([...imported, ...declared])].join(', ')} } from 'cdk-data-patterns';`,
    "import { Construct as Scope } from 'constructs';",
    top,
    /^export /m.test(rest) ? rest : `export function sample(this: Scope): void {\n${rest}\n}`,
  ].join('\n');
}
