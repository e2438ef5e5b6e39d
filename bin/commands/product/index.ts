import * as path from 'node:path';
import { type Command, Option } from 'commander';
import { type FileProblem, shownName, YamlFile, YamlFileError } from '../../../lib/foundation/private/yaml-file';
import { DataProductContract } from '../../../lib/mesh';
import { meshFindings } from '../../../lib/mesh/private/mesh-rules';
import { ExitCode, UserError } from '../../cli-errors';
import { commitOf, git } from '../../git';
import { writeNewFile } from '../../new-file';
import { type ContractDiff, diffContracts } from './contract-diff';
import { readContract, requireFile, usable } from './contract-files';
import { registerPortalCommands } from './portal';

interface LintOptions {
  readonly complete?: boolean;
  readonly json?: boolean;
}

interface DiffOptions {
  readonly base?: string;
  readonly consumers?: string[];
  readonly allowRisky?: boolean;
  readonly json?: boolean;
}

interface ExportOptions {
  readonly format: 'odcs' | 'dbt';
  readonly out?: string;
}

/**
 * Adds `product lint`, `diff`, `import`, `export` and `portal` to the command line.
 *
 * Exit status: 0 when nothing was found, 1 when something was. Input that cannot be used is a `UserError`.
 */
export function registerProductCommand(program: Command): void {
  const product = program
    .command('product')
    .description("check, compare and translate contracts of a mesh's data products");

  product
    .command('lint')
    .description('say what is wrong with contracts, each by itself and between them')
    .argument('<FILE...>', 'contracts, such as products/*/data-product.yaml')
    .option('--complete', 'these are all contracts of the mesh: an input that none of them is does not exist')
    .option('--json', 'print the result as JSON')
    .action(lint);

  product
    .command('diff')
    .description('say what a change of a contract breaks, and for whom')
    .argument('<FILE...>', 'the contract before and after; with --base, contracts as they are now')
    .option('--base <REF>', 'compare each file with what it was at a commit, branch or tag of git')
    .option('--consumers <FILE...>', 'contracts of products that may read these')
    .option('--allow-risky', 'exit with 0 where nothing breaks')
    .option('--json', 'print the result as JSON')
    .action(diff);

  product
    .command('export')
    .description('write a contract in another form')
    .argument('<FILE>', 'the contract')
    .addOption(
      new Option('--format <FORMAT>', 'Open Data Contract Standard 3.1, or an enforced dbt model contract (Redshift)')
        .choices(['odcs', 'dbt'])
        .default('odcs'),
    )
    .option('--out <FILE>', 'where to write it; printed when left out')
    .action(exportContract);

  product
    .command('import')
    .description('make a contract from one of the Open Data Contract Standard 3.1')
    .argument('<FILE>', "the standard's contract")
    .option('--out <FILE>', 'where to write data-product.yaml; printed when left out')
    .action(importContract);

  registerPortalCommands(product);
}

/** A file that was looked at. */
interface Linted {
  readonly file: string;
  readonly contract?: DataProductContract;
  readonly problems: FileProblem[];
}

function lint(files: string[], options: LintOptions): void {
  files.forEach(requireFile);
  const linted = files.map(lintFile);
  const contracts = linted.flatMap(({ contract }) => contract ?? []);
  for (const { contract, at, sentence } of meshFindings(contracts, options.complete)) {
    linted.find((each) => each.contract === contract)?.problems.push(contract._problemAt(at, sentence));
  }
  const ok = linted.every(({ problems }) => problems.length === 0);
  const lines = linted.flatMap(({ file, contract, problems }) =>
    problems.length === 0
      ? [`${file}: ${contract?.name} ${contract?.stated.version}: fine`]
      : problems.map(({ line, column, sentence }) => `${file}:${line}:${column}: ${sentence}`),
  );
  const result = linted.map(({ file, contract, problems }) => ({
    file,
    product: contract?.name,
    version: contract?.stated.version,
    problems,
  }));
  print(options.json ? [JSON.stringify({ command: 'lint', ok, files: result })] : lines);
  process.exitCode = ok ? ExitCode.OK : ExitCode.FAILED;
}

function lintFile(given: string): Linted {
  const file = shownName(given);
  try {
    return { file, contract: DataProductContract.fromFile(given), problems: [] };
  } catch (error) {
    if (error instanceof YamlFileError) return { file, problems: [...error.problems] };
    throw error;
  }
}

function diff(files: string[], options: DiffOptions): void {
  const others = (options.consumers ?? []).map(readContract);
  const pairs =
    options.base === undefined ? [twoOf(files)] : files.flatMap((file) => pairAt(file, options.base as string));
  const known = [...others, ...pairs.map(([, after]) => after)];
  const diffs = pairs.map(([before, after]) => diffContracts(before, after, known));
  const ok = diffs.every((each) => isFine(each, options.allowRisky ?? false));
  print(options.json ? [JSON.stringify({ command: 'diff', ok, contracts: diffs })] : diffs.flatMap(diffLines));
  process.exitCode = ok ? ExitCode.OK : ExitCode.FAILED;
}

function twoOf(files: string[]): [DataProductContract, DataProductContract] {
  if (files.length !== 2) {
    throw new UserError(`diff was given ${files.length} file(s); give the contract before and after, or --base REF.`);
  }
  return [readContract(files[0]), readContract(files[1])];
}

/** Nothing for a contract that is new. */
function pairAt(file: string, ref: string): [DataProductContract, DataProductContract][] {
  const after = readContract(file);
  const folder = path.dirname(path.resolve(file));
  if (commitOf(folder, ref) === undefined) {
    throw new UserError(`--base ${ref} is no commit, branch or tag of the repository of ${file}; fetch it first.`);
  }
  const text = git(folder, ['show', `${ref}:./${path.basename(file)}`]);
  if (text === undefined) return [];
  return [[usable(() => DataProductContract._fromText(`${ref}:${shownName(file)}`, text)), after]];
}

function isFine({ changes, beside }: ContractDiff, allowRisky: boolean): boolean {
  return beside || changes.every(({ severity }) => severity === 'safe' || (severity === 'risky' && allowRisky));
}

function diffLines(diff: ContractDiff): string[] {
  const { file: given, product, before, after, changes, neededVersion, beside } = diff;
  const file = shownName(given);
  const count = (severity: string) => `${changes.filter((each) => each.severity === severity).length} ${severity}`;
  const hit = [...new Set(changes.flatMap(({ hits }) => hits))];
  const lines = changes.map(({ severity, message, rule, hits }) => {
    const whom = severity === 'safe' ? '' : `; hits ${hits.length === 0 ? 'no known consumer' : hits.join(', ')}`;
    return `${file}: ${severity}: ${message}${whom} [${rule}]`;
  });
  const counts = `${file}: ${product} ${before} to ${after}: ${['breaking', 'risky', 'safe'].map(count).join(', ')}`;
  const remedy = beside
    ? `a new major version; keep the contract of ${before} until its consumers have moved${hit.length === 0 ? '' : `: ${hit.join(', ')}`}`
    : changes.some(({ severity }) => severity === 'breaking')
      ? `take the breaking changes back, or make it version ${neededVersion} with interfaces of its own and keep ${before} beside it`
      : changes.length > 0 && neededVersion !== before
        ? `needs version ${neededVersion}`
        : 'nothing to do';
  return [...lines, `${counts}; ${remedy}.`];
}

async function exportContract(file: string, { format, out }: ExportOptions): Promise<void> {
  const contract = readContract(file);
  const { stringify } = await import('yaml');
  if (format === 'dbt') {
    const { dbtModelsOf } = await import('./dbt');
    return write(out, dbtModelsOf(contract));
  }
  const { odcsOf } = await import('./odcs/export');
  write(out, stringify(odcsOf(contract), { lineWidth: 120, aliasDuplicateObjects: false }));
}

async function importContract(file: string, { out }: { readonly out?: string }): Promise<void> {
  requireFile(file);
  const { stringify } = await import('yaml');
  const { importOdcs } = await import('./odcs/import');
  const { content, notes } = usable(() => importOdcs(new YamlFile(file, 'apiVersion: v3.1.0')));
  process.stderr.write(notes.map((note) => `${shownName(file)}: ${note}.\n`).join(''));
  const text = stringify(content, { lineWidth: 120, aliasDuplicateObjects: false });
  // What was made is a contract, or the person is told what to add.
  usable(() => DataProductContract._fromText(`${shownName(file)}, as a data-product.yaml`, text));
  write(out, text);
}

function write(out: string | undefined, text: string): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeNewFile(out, text);
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
