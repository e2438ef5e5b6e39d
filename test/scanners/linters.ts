import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pythonEnvironment } from '../../bin/commands/rehearse/toolchain/locate';
import type { PackageSet } from '../support/python-environment';

/** What scans the templates. */
export const SCANNERS: PackageSet = {
  name: 'scanners',
  requirements: join(__dirname, 'requirements.txt'),
  about: 'cfn-lint and checkov, about 0.3 GB',
};

/** Templates by name. */
export type Templates = Readonly<Record<string, object>>;

/** Rules that are wrong for every template of this library. All others are accepted beside the resource they are about. */
const WRONG_FOR_ALL: Readonly<Record<string, string>> = {
  W3005:
    'The CDK writes every order between constructs down, also where a reference implies it: said twice, meant once, and ' +
    'still true when the reference goes.',
};

/** Open findings of cfn-lint, as `template: rule resource: message`. */
export async function cfnLint(commands: string, templates: Templates, regions: readonly string[]): Promise<string[]> {
  return withFiles(templates, async (files) => {
    const ignored = ['--ignore-checks', ...Object.keys(WRONG_FOR_ALL)];
    const options = ['--format', 'json', '--regions', ...regions, ...ignored];
    const output = await run(join(commands, 'cfn-lint'), [...options, '--template', ...files]);
    return (JSON.parse(output) as CfnLintMatch[]).map(
      ({ Filename, Rule, Location, Message }) =>
        `${basename(Filename, '.json')}: ${Rule.Id} ${Location.Path?.[1] ?? ''}: ${Message}`,
    );
  });
}

/**
 * Open findings of checkov, as `template: rule resource: message`.
 *
 * @throws when it has not read every template whole
 */
export async function checkov(commands: string, templates: Templates): Promise<string[]> {
  return withFiles(templates, async (files) => {
    const options = ['--framework', 'cloudformation', '--skip-download', '--compact', '--output', 'json'];
    const output = await run(join(commands, 'checkov'), [...options, ...files.flatMap((file) => ['--file', file])]);
    // Without any template that it can read, it prints a bare summary.
    const { results = { failed_checks: [], passed_checks: [] }, summary } = JSON.parse(
      output,
    ) as Partial<CheckovReport>;
    const read = new Set(
      [...results.failed_checks, ...results.passed_checks].map(({ file_path }) => basename(file_path)),
    );
    if (read.size < files.length || summary?.parsing_errors !== 0) {
      throw new Error(`checkov has read ${read.size} of ${files.length} templates`);
    }
    return results.failed_checks.map(
      ({ file_path, check_id, resource, check_name }) =>
        `${basename(file_path, '.json')}: ${check_id} ${resource.split('.').pop()}: ${check_name}`,
    );
  });
}

interface CfnLintMatch {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path?: readonly (string | number)[] };
  readonly Message: string;
}

interface CheckovCheck {
  readonly file_path: string;
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}

interface CheckovReport {
  readonly results: {
    readonly failed_checks: readonly CheckovCheck[];
    readonly passed_checks: readonly CheckovCheck[];
  };
  readonly summary: { readonly parsing_errors: number };
}

async function withFiles<T>(templates: Templates, work: (files: string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  try {
    const files = Object.entries(templates).map(([name, template]) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(template, undefined, 1));
      return file;
    });
    return await work(files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Standard output of a scanner, which exits with another status than 0 when it has findings. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: pythonEnvironment(), maxBuffer: 256 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (stdout.trim() === '')
        reject(new Error(`${basename(command)} printed no report: ${stderr || error?.message}`));
      else resolve(stdout);
    });
  });
}
