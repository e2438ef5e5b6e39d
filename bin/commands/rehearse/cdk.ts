import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';
import { ExitCode, UserError } from '../../cli-errors';
import { readCdkProject } from '../schema/project';
import type { AwsConnection } from './aws';
import { withoutAws } from './engines/emulator';
import { ProcessResult, runProcess } from './run-process';

/** A stack of a cloud assembly. */
export interface AssemblyStack {
  /** The name to pass to the CDK CLI. */
  readonly displayName: string;
  readonly stackName: string;
  /** Twelve digits, or undefined when the stack fits any account. */
  readonly account?: string;
  /** Undefined when the stack fits any region. */
  readonly region?: string;
  /** Folder of the assembly that the stack is in, and its template there. */
  readonly assembly: string;
  readonly template: string;
  /** What the bootstrap of account and region has to be like; undefined for a synthesizer that needs none. */
  readonly bootstrap?: Bootstrap;
  /** Of the role by which CloudFormation deploys, with pseudo parameters in it. */
  readonly executionRole?: string;
}

/** A bootstrap that a stack asks for. */
export interface Bootstrap {
  /** The least version that will do. */
  readonly version: number;
  /** Name of the parameter of Systems Manager that holds the version which is there. */
  readonly parameter: string;
}

export interface CdkOptions {
  /** The folder of the CDK app's cdk.json. */
  readonly project: string;
  /** Receives the cloud assembly and what the CLI leaves. */
  readonly folder: string;
  /** Context of the app, beside that of cdk.json. */
  readonly context?: { readonly [key: string]: string | undefined };
  readonly signal: AbortSignal;
}

/** The real CDK CLI of the project, kept away from the user's own AWS accounts. */
export class Cdk {
  /** Where the cloud assembly is; deployed as it stands. */
  public readonly assembly: string;
  private readonly cli: string;
  /** What the app and the CLI printed when it was synthesized last. */
  private printed = '';
  /** A folder without cdk.json: a bootstrap in the project's would synthesize it once more. */
  private readonly emptyFolder: string;

  public constructor(private readonly options: CdkOptions) {
    // Says what is wrong with cdk.json better than the CLI does.
    readCdkProject(options.project);
    this.cli = findCli(options.project);
    this.assembly = join(options.folder, 'cdk.out');
    this.emptyFolder = join(options.folder, 'empty');
    mkdirSync(this.emptyFolder, { recursive: true });
  }

  /** What was said at the last synthesis, such as which stacks were left out and why. */
  public get said(): string {
    // What the CLI itself says when all went well is of no interest.
    const lines = this.printed
      .split('\n')
      .filter((line) => !/^(Successfully synthesized|Supply a stack id)/.test(line));
    return lines.join('\n').trim();
  }

  /** Builds and synthesizes the app, as `cdk deploy` would. */
  public async synth(account: string, region: string): Promise<AssemblyStack[]> {
    const environment = { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region };
    const { code, output } = await this.run(this.options.project, environment, [
      'synth',
      '--quiet',
      '--output',
      this.assembly,
      ...Object.entries(this.options.context ?? {}).flatMap(([key, value]) =>
        value === undefined ? [] : ['--context', `${key}=${value}`],
      ),
    ]);
    this.printed = output;
    if (code !== 0) {
      throw new UserError(
        `The CDK app in ${this.options.project} cannot be synthesized; mend it until \`npx cdk synth\` works:\n${lastLines(output)}`,
      );
    }
    return readStacks(this.assembly);
  }

  /** Prepares the emulated account for deployments. */
  public async bootstrap(connection: AwsConnection): Promise<void> {
    const target = `aws://${connection.account}/${connection.region}`;
    await this.deployCommand('bootstrap', connection, ['bootstrap', target]);
  }

  /**
   * Deploys a stack, and those that it depends on; gives the stack's outputs.
   *
   * @param assembly of another assembly than the synthesized one
   */
  public async deploy(
    connection: AwsConnection,
    stack: AssemblyStack,
    assembly: string = this.assembly,
  ): Promise<{ readonly [name: string]: string }> {
    const outputs = join(this.options.folder, `outputs-${stack.stackName}.json`);
    const args = ['deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs];
    await this.deployCommand('deploy', connection, [...args, '--progress', 'events', stack.displayName]);
    const byStack = existsSync(outputs)
      ? (JSON.parse(readFileSync(outputs, 'utf8')) as { [name: string]: { [name: string]: string } })
      : {};
    return byStack[stack.stackName] ?? {};
  }

  /** Destroys a stack that was deployed from the assembly, without asking. */
  public async destroy(connection: AwsConnection, stack: AssemblyStack): Promise<void> {
    await this.deployCommand('destroy', connection, ['destroy', '--app', this.assembly, '--force', stack.displayName]);
  }

  private async deployCommand(
    name: string,
    { endpoint, region, credentials }: AwsConnection,
    args: string[],
  ): Promise<void> {
    const environment = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
    };
    const { code, output } = await this.run(this.emptyFolder, environment, args);
    if (code !== 0) {
      const log = join(this.options.folder, `cdk-${name}.log`);
      writeFileSync(log, output);
      throw new UserError(`cdk ${name} failed (${log}):\n${failures(output)}`, ExitCode.FAILED);
    }
  }

  private run(cwd: string, environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<ProcessResult> {
    return runProcess(process.execPath, [this.cli, ...args, '--no-notices', '--no-color'], {
      cwd,
      signal: this.options.signal,
      env: {
        ...withoutAws(process.env),
        // Neither the user's profiles nor the machine's role must be found.
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CI: 'true',
        ...environment,
      },
    });
  }
}

/** The project's own CLI, or the one that this package brings. */
function findCli(project: string): string {
  for (const from of [join(project, 'package.json'), __filename]) {
    try {
      return join(dirname(createRequire(from).resolve('aws-cdk/package.json')), 'bin', 'cdk');
    } catch {
      // Not there; the next one.
    }
  }
  throw new UserError(
    `The CDK CLI is not installed in ${project}: run \`npm install --save-dev aws-cdk@2.1148.1\` there and try again.`,
  );
}

interface Manifest {
  readonly artifacts?: {
    readonly [id: string]: {
      readonly type: string;
      readonly environment?: string;
      readonly displayName?: string;
      readonly properties?: {
        readonly stackName?: string;
        readonly directoryName?: string;
        readonly templateFile?: string;
        readonly requiresBootstrapStackVersion?: number;
        readonly bootstrapStackVersionSsmParameter?: string;
        readonly cloudFormationExecutionRoleArn?: string;
      };
    };
  };
}

/** The stacks of a cloud assembly and of the assemblies of its stages. */
export function readStacks(assembly: string): AssemblyStack[] {
  const manifest = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as Manifest;
  return Object.entries(manifest.artifacts ?? {}).flatMap(([id, artifact]) => {
    if (artifact.type === 'cdk:cloud-assembly') {
      return readStacks(join(assembly, artifact.properties?.directoryName ?? ''));
    }
    if (artifact.type !== 'aws:cloudformation:stack') {
      return [];
    }
    const { requiresBootstrapStackVersion: version, bootstrapStackVersionSsmParameter: parameter } =
      artifact.properties ?? {};
    const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '') ?? [];
    return {
      displayName: artifact.displayName ?? id,
      stackName: artifact.properties?.stackName ?? id,
      account: account === 'unknown-account' ? undefined : account,
      region: region === 'unknown-region' ? undefined : region,
      assembly,
      template: artifact.properties?.templateFile ?? `${id}.template.json`,
      bootstrap: version === undefined || parameter === undefined ? undefined : { version, parameter },
      executionRole: artifact.properties?.cloudFormationExecutionRoleArn,
    };
  });
}

/** The resources that failed with CloudFormation's reasons; the end of the output when it tells none. */
function failures(output: string): string {
  const reasons = output.split('\n').flatMap((line) => {
    const [, status, , resource] = / \| (\w+_FAILED) +\| (\S+) +\| (.+)$/.exec(line) ?? [];
    return status === undefined ? [] : [`${status} ${resource.trim()}`];
  });
  return reasons.length > 0 ? [...new Set(reasons)].join('\n') : lastLines(output);
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-15).join('\n');
}
