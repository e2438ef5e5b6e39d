import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../../../../bin/cli-errors';
import { registerSchemaCommand } from '../../../../bin/commands/schema';
import { Column, ColumnType, RecordSchema, TableDeclaration } from '../../../../lib/schema';
import { declaredTable } from '../../../../lib/schema/private/declaration';

const HOME = process.cwd();
export const LEDGER = 'schemas.lock.json';
/** Makes an empty folder the working folder, and names it. */
export function enterProject(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'schema-command-')));
  process.chdir(folder);
  return folder;
}

/** Removes the folder, and what a command said of its exit status. */
export function leaveProject(): void {
  const folder = process.cwd();
  process.chdir(HOME);
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
}

export const COLUMNS: Column[] = [
  { name: 'id', type: ColumnType.STRING },
  { name: 'price', type: ColumnType.decimal(18, 8) },
];

export const table = (columns: Column[], name = 'silver.t'): TableDeclaration => ({
  name,
  schema: new RecordSchema({ name: 't', columns }),
});

export interface Result {
  readonly status: number | undefined;
  readonly stdout: string;
  /** The message of a `UserError`, which the command line prints. */
  readonly stderr: string;
}

/** Runs `data-patterns schema` in this process. */
export async function run(...args: string[]): Promise<Result> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    }),
  );
  try {
    process.exitCode = undefined;
    const program = new Command().exitOverride();
    registerSchemaCommand(program);
    await program.parseAsync(['schema', ...args], { from: 'user' });
    return { status: process.exitCode as number | undefined, ...written };
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    return { status: error.exitCode, ...written, stderr: `${error.message}\n` };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

/** An app in the folder that leaves a cloud assembly with these declarations, without loading the CDK. */
export function project(tables: TableDeclaration[], ledger = LEDGER): void {
  const metadata = Object.fromEntries(
    tables.map((each, index) => [
      `/S/T${index}`,
      [{ type: 'cdk-data-patterns:table', data: declaredTable(each, join(process.cwd(), ledger)) }],
    ]),
  );
  const manifest = { artifacts: { S: { type: 'aws:cloudformation:stack', metadata } } };
  writeFileSync('manifest.json', JSON.stringify(manifest));
  writeFileSync('cdk.json', JSON.stringify({ app: 'cp manifest.json "$CDK_OUTDIR/manifest.json"' }));
}
