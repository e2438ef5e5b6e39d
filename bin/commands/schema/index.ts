import type { Command } from 'commander';
import { displayPath } from '../../../lib/schema/private/ledger-file';
import { sentenceOf } from '../../../lib/schema/private/ledger-lock';
import { ExitCode, UserError } from '../../cli-errors';
import { AdoptOptions, adopt, adoptionLines } from './adopt';
import { type Declarations, gatherDeclarations } from './gather';
import type { LedgerPlan } from './ledger-plan';
import { planCheck, planLock } from './plan';
import { readCdkProject } from './project';
import { writeFilesAtomically } from './write';

interface SchemaOptions {
  readonly app?: string;
  readonly json?: boolean;
  readonly allowDrop?: string[];
}

type Plan = (declarations: Declarations) => LedgerPlan[];

/**
 * Adds `schema lock`, `schema check` and `schema adopt` to the command line.
 *
 * Exit status: 0 when every table is legal and its ledger current, 1 when not. Input that cannot be used is a
 * `UserError`.
 */
export function registerSchemaCommand(program: Command): void {
  const schema = program
    .command('schema')
    .description(
      'keep the column ids of Iceberg tables in schemas.lock.json, and the schemas of topics in topics.lock.json',
    );

  withCommonOptions(schema.command('lock'))
    .description('give ids to new columns and partition fields; refuse what would lose data')
    .option('--allow-drop <TABLE.COLUMN...>', 'columns to give up for good; their ids are never used again')
    .action(async (options: SchemaOptions) => {
      await report('lock', options, (declarations) => planLock(declarations, options.allowDrop ?? []));
    });

  withCommonOptions(schema.command('check'))
    .description('say whether code and ledger agree; write nothing')
    .action(async (options: SchemaOptions) => {
      await report('check', options, planCheck);
    });

  schema
    .command('adopt')
    .description('write a table that exists already into the ledger, with the ids that its data files know')
    .argument('<TABLE>', 'its name in the ledger, such as silver.trades')
    .option('--metadata <FILE>', "the table's newest metadata file, on the disk or as s3://bucket/key")
    .option('--glue <DATABASE.TABLE>', 'the table in the Glue catalog (default: named as in the ledger)')
    .option('--catalog-id <ACCOUNT>', 'account of the Glue catalog')
    .option('--ledger <FILE>', 'the ledger', 'schemas.lock.json')
    .option('--json', 'print the result as JSON')
    .action(reportAdoption);
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--app <COMMAND>', "command that runs the CDK app, instead of cdk.json's")
    .option('--json', 'print the result as JSON');
}

async function report(command: 'lock' | 'check', options: SchemaOptions, plan: Plan): Promise<void> {
  await reportErrors(command, options, async () => {
    const ledgers = await runPlan(options, plan);
    const ok = ledgers.every(({ tables }) => tables.every(({ problems }) => problems.length === 0));
    if (ok) {
      writeFilesAtomically(ledgers.flatMap(({ file, content }) => (content === undefined ? [] : [{ file, content }])));
    }
    print(options.json ? resultJson(command, ok, ledgers) : ledgers.flatMap((ledger) => ledgerLines(ledger, ok)));
    process.exitCode = ok ? ExitCode.OK : ExitCode.FAILED;
  });
}

async function reportAdoption(table: string, options: AdoptOptions & Pick<SchemaOptions, 'json'>): Promise<void> {
  await reportErrors('adopt', options, async () => {
    const adoption = await adopt(table, options);
    print(options.json ? [JSON.stringify({ command: 'adopt', ok: true, ...adoption })] : adoptionLines(adoption));
    process.exitCode = ExitCode.OK;
  });
}

/** An input error is JSON too where that was asked for. */
async function reportErrors(command: string, { json }: SchemaOptions, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (json && error instanceof UserError) {
      print([JSON.stringify({ command, ok: false, error: error.message })]);
    }
    throw error;
  }
}

async function runPlan(options: SchemaOptions, plan: Plan): Promise<LedgerPlan[]> {
  const project = readCdkProject(process.cwd(), options.app, ', or name the app with --app');
  const declarations = await gatherDeclarations(project);
  if (declarations.tables.length === 0 && declarations.topics.length === 0) {
    throw new UserError(
      `${project.appOrigin} declares no Iceberg table; run this where an app has an IcebergTable, or name that app with --app.`,
    );
  }
  return plan(declarations);
}

function ledgerLines(ledger: LedgerPlan, ok: boolean): string[] {
  const file = displayPath(ledger.file);
  const lines = ledger.tables.flatMap(({ table, added, retired, changed, problems }) => [
    ...problems.map((problem) => `${file}: ${sentenceOf(table, problem)}`),
    // Nothing is written while any table has a problem, so nothing was added either.
    ...(ok && added.length > 0 ? [`${file}: ${table}: added ${added.join(', ')}`] : []),
    ...(ok && retired.length > 0 ? [`${file}: ${table}: retired ${retired.join(', ')}`] : []),
    ...(ok ? changed.map((change) => `${file}: ${table}: ${change}`) : []),
  ]);
  const kept = ledger.undeclared.map(
    (table) =>
      `${file}: ${table}: no longer declared; ${ledger.holds === 'table' ? 'its ids are' : 'its versions are'} kept`,
  );
  const state = ledger.content === undefined ? 'current' : 'written';
  return [...lines, ...kept, ...(ok ? [`${file}: ${state}, ${ledger.tables.length} ${ledger.holds}(s)`] : [])];
}

function resultJson(command: string, ok: boolean, ledgers: LedgerPlan[]): string[] {
  const result = ledgers.map(({ file, tables, undeclared, content }) => ({
    file: displayPath(file),
    written: ok && content !== undefined,
    tables,
    undeclared,
  }));
  return [JSON.stringify({ command, ok, ledgers: result })];
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
