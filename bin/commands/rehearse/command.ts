import { Command, InvalidArgumentError, Option } from 'commander';
import { rmSync } from 'fs';
import { relative, resolve } from 'path';
import pc from 'picocolors';
import { join } from 'path';
import { ExitCode, UserError } from '../../cli-errors';
import { makeFolder } from '../../make-folder';
import { formatSeconds, LiveView, PlainView, ProgressView } from './progress';
import { Rehearsal, RehearsalResult } from './rehearsal';
import { EngineOnRequest, ENGINES_ON_REQUEST } from './rehearsal-options';
import type { ErasureWish } from './flows/lakehouse/erasure';
import type { RehearsalReport } from './report/model';
import { writeReport } from './report/write-report';
import { Estimate, saveTimings } from './timings';
import { cacheFolder } from '../../../lib/foundation/private/cache-folder';
import { checkTradesFile } from './trades';

const DEFAULT_ROWS = 100_000;
const MOST_ROWS = 100_000_000;
const DEFAULT_SEED = 1;

interface RehearseOptions {
  readonly environment?: string;
  readonly trades?: string;
  readonly source?: string;
  readonly rows?: number;
  readonly seed?: number;
  readonly rate?: number;
  readonly out?: string;
  readonly keep?: boolean;
  readonly erase?: ErasureWish;
  readonly port?: number;
  readonly json?: boolean;
  readonly with?: EngineOnRequest;
  readonly faults?: boolean;
  readonly iam: boolean;
}

/** Adds `data-patterns rehearse` to the command line. */
export function registerRehearseCommand(program: Command): void {
  program
    .command('rehearse')
    .argument('<stack>', "name of a stack of this folder's CDK app, such as TradingLakehouseStack")
    .description(
      'deploy a stack to a local AWS emulator, run trades through it on the real engines, and check the outcome',
    )
    .option(
      '--environment <name>',
      "rehearse what that environment of blueprint.yaml deploys, instead of the app's own",
    )
    .option('--trades <file>', 'take the trades from a file, one a line, instead of generated ones')
    .option('--source <name>', "read the file with the blueprint's mapping of that name, sources/<name>.yaml")
    .option(
      '--rows <n>',
      `how many trades to generate (default: ${DEFAULT_ROWS})`,
      integer('a number of trades', 1, MOST_ROWS),
    )
    .option(
      '--seed <n>',
      `the same seed gives the same trades (default: ${DEFAULT_SEED})`,
      integer('a seed', -(2 ** 31), 2 ** 31 - 1),
    )
    .option(
      '--rate <n>',
      'how many trades to send a second (default: as many as the brokers take)',
      integer('a number of trades a second', 1, MOST_ROWS),
    )
    .option('--out <dir>', 'where the report goes (default: rehearsals/<stack>)')
    .option(
      '--faults',
      'kill the jobs and the broker, fail S3 and fill the disk while the last part of the trades is on its way',
    )
    .option('--erase <column=value>', 'at the end, erase rows by the deployed job and look for what is left', erasure)
    .option('--keep', 'keep the working folder: cloud assembly, logs, journal')
    .option('--port <n>', 'port of the emulator on 127.0.0.1 (default: a free one)', integer('a port', 1, 65535))
    .addOption(
      new Option(
        '--with <engine>',
        "let one more engine read silver and gold; trino speaks Athena's own dialect (821 MB, fetched once)",
      ).choices(ENGINES_ON_REQUEST),
    )
    // For the benchmark of what IAM costs: such a rehearsal fails.
    .addOption(new Option('--no-iam', 'let every request pass, whoever sends it').hideHelp())
    .option('--json', 'print report.json, and nothing else, on standard output')
    .action(rehearse);
}

function integer(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replace(/_/g, ''));
    if (!/^-?[\d_]+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give ${what} from ${least} to ${most}.`);
    }
    return value;
  };
}

function erasure(text: string): ErasureWish {
  const [, column, value] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (column === undefined || value === undefined) {
    throw new InvalidArgumentError('Give a column and a value, such as trade_id=T000000001.');
  }
  return { column, value };
}

async function rehearse(stack: string, options: RehearseOptions): Promise<void> {
  if (options.trades !== undefined) {
    if (options.rows !== undefined || options.seed !== undefined) {
      throw new UserError('--rows and --seed are about generated trades: leave them out, or leave out --trades.');
    }
    checkTradesFile(options.trades);
  } else if (options.source !== undefined) {
    throw new UserError('--source says whose messages a file has: name the file with --trades, or leave out --source.');
  }
  const rows = options.rows ?? DEFAULT_ROWS;
  const out = resolve(options.out ?? join('rehearsals', stack));
  const engines = options.with === undefined ? [] : [options.with];
  const environment = options.environment === undefined ? [] : [options.environment];
  const kind = [stack, ...environment, ...engines, ...(options.faults ? ['faults'] : [])].join('-with-');
  const timingsFile = join(cacheFolder(), `timings-${kind}.json`);
  const view = createView(options.json === true, Estimate.read(timingsFile, rows));
  const interruption = catchSignals();
  try {
    const result = await new Rehearsal(
      {
        stack,
        project: process.cwd(),
        environment: options.environment,
        trades: options.trades && resolve(options.trades),
        source: options.source,
        rows,
        seed: options.seed ?? DEFAULT_SEED,
        rate: options.rate,
        out: emptied(out),
        keep: options.keep === true,
        port: options.port,
        engines,
        faults: options.faults === true,
        erase: options.erase,
        enforceIam: options.iam,
        signal: interruption.signal,
      },
      view,
    ).run();
    saveTimings(timingsFile, result.timings);
    const { html } = writeReport(result.report, out);
    view.close();
    process.stdout.write(options.json ? `${JSON.stringify(result.report)}\n` : summary(result, html));
    process.exit(result.report.checks.every(({ passed }) => passed) ? ExitCode.OK : ExitCode.FAILED);
  } finally {
    view.close();
  }
}

function createView(json: boolean, estimate: Estimate): ProgressView {
  // Standard output is for the result alone when a program reads it.
  const output = json ? process.stderr : process.stdout;
  return output.isTTY ? new LiveView(output, estimate) : new PlainView(output);
}

/** Makes the folder, and removes an earlier report: a rehearsal that fails must not seem to have left it. */
function emptied(out: string): string {
  try {
    makeFolder(out);
    for (const name of ['report.json', 'report.html', 'tables']) {
      rmSync(join(out, name), { recursive: true, force: true });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`--out ${out}: cannot be written to (${code}); name a folder that can.`);
  }
  return out;
}

/** An interrupted rehearsal stops what it started, then ends as a shell expects it: 128 and the signal's number. */
function catchSignals(): AbortController {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  const controller = new AbortController();
  for (const [signal, number] of Object.entries(numbers)) {
    process.on(signal, () => {
      controller.abort(
        new UserError(`Interrupted by ${signal}; every process of the rehearsal was stopped.`, 128 + number),
      );
    });
  }
  return controller;
}

function summary({ report, folder }: RehearsalResult, page: string): string {
  const failed = report.checks.filter(({ passed }) => !passed);
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  const lines = report.checks.map(({ name, actual, passed }) =>
    passed
      ? `  ${pc.green('✔')} ${name.padEnd(width)}  ${pc.dim(String(actual))}`
      : `  ${pc.red('✖')} ${name.padEnd(width)}`,
  );
  const verdict =
    failed.length === 0
      ? pc.green(`All ${report.checks.length} checks passed`)
      : pc.red(`${failed.length} of ${report.checks.length} checks failed`);
  return [
    '',
    ...stageLines(report),
    '',
    ...lines,
    ...failed.flatMap(({ name, expected, actual }) => [
      '',
      `${pc.red('✖')} ${name}`,
      `    expected  ${expected}`,
      `    actual    ${actual}`,
    ]),
    '',
    `${verdict}: ${report.rows.toLocaleString('en-US')} trades, ${formatSeconds(report.seconds)}, ${report.peakMemoryMiB.toLocaleString('en-US')} MiB`,
    ...(folder === undefined ? [] : [`Working folder: ${folder}`]),
    `Report: ${relative(process.cwd(), page) || page}`,
    '',
  ].join('\n');
}

/** A table of the stages: rows in, out and rejected, seconds. */
function stageLines({ stages }: RehearsalReport): string[] {
  const header = ['stage', 'rows in', 'rows out', 'rejected', 'time'];
  const body = stages.map(({ name, rowsIn, rowsOut, rowsRejected, seconds }) => [
    name,
    ...[rowsIn, rowsOut, rowsRejected].map((rows) => rows.toLocaleString('en-US')),
    formatSeconds(seconds),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...body].map((row) => row[column].length)));
  const format = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')}`;
  return [pc.dim(format(header)), ...body.map(format)];
}
