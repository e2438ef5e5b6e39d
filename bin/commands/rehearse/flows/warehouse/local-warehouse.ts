import { randomBytes } from 'crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ExitCode, UserError } from '../../../../cli-errors';
import { packageRoot } from '../../../../package-root';
import { type AwsConnection, callAws } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import { withoutAws } from '../../engines/emulator';
import type { EngineEndpoints } from '../../engines/endpoints';
import { type Postgres, startPostgres } from '../../engines/postgres';
import { startSourceApis } from '../../engines/source-apis';
import { runPipeline } from '../../jobs';
import { accountOwner } from '../../principals';
import { dashboardPage, type ShownDashboard } from '../../report/dashboard-page';
import { count } from '../../report/format';
import type { EnvironmentDifference, ReportedCheck } from '../../report/model';
import { runProcess } from '../../run-process';
import { pythonEnvironment } from '../../toolchain/locate';
import { prepareWarehouse, type WarehouseToolchain } from '../../toolchain/warehouse';
import type { Deployed, RehearsalHost } from '../data-flow';
import { asOperator, asOwner, endsWell, lastLineAsJson } from '../outcomes';
import { inspectSql } from './sql-inspection';
import { environmentOf } from './tasks';

/** What a report says of every rehearsal with this warehouse. */
export const NOT_RUN: readonly string[] = [
  'Metabase was not run: its API was answered by a stand-in, and dashboards.html shows the dashboards from the same YAML and SQL.',
  "No query ran on Redshift: models are parsed with sqlglot's grammar of it, and their results are PostgreSQL's.",
];

/** What the dashboards of a folder show. */
export interface Shown {
  readonly dashboards: readonly ShownDashboard[];
  readonly check: ReportedCheck;
  /** Rows of all their cards. */
  readonly rows: number;
}

/** That the SQL is Redshift's, and what of it is written otherwise here. */
export interface Dialect {
  readonly check: ReportedCheck;
  readonly differences: readonly EnvironmentDifference[];
}

/** A secret that a task reads: its definition, the variable that names the secret, and what a person puts into it. */
export type FilledSecret = readonly [taskDefinition: string, variable: string, value: object];

/** PostgreSQL in Redshift's place, with the environment that the deployed tasks run in. */
export class LocalWarehouse {
  private toolchain?: WarehouseToolchain;
  private started?: Postgres;
  private readonly metabasePassword = randomBytes(12).toString('hex');

  public constructor(private readonly host: RehearsalHost) {}

  /** @throws UserError when the stack has a warehouse that reads the lake's files in place */
  public requireCopies({ assembly, template, displayName }: AssemblyStack): void {
    if (readFileSync(join(assembly, template), 'utf8').includes('"Custom::WarehouseExternalSchema"')) {
      throw new UserError(
        `${displayName}: PostgreSQL, which stands in Redshift's place, reads no external schema; set mode: incremental_copy to rehearse the copy.`,
      );
    }
  }

  /** @returns bytes that came over the network */
  public async prepare(onProgress: (message: string) => void): Promise<number> {
    this.toolchain = await prepareWarehouse(this.host.toolchain, { onProgress });
    return this.toolchain.downloadedBytes;
  }

  public async start(): Promise<void> {
    this.started = await startPostgres(this.host.supervisor, this.tools, this.host.folder);
  }

  public get tools(): WarehouseToolchain {
    if (this.toolchain === undefined) throw new Error('the toolchain of the warehouse was not prepared');
    return this.toolchain;
  }

  public get postgres(): Postgres {
    if (this.started === undefined) throw new Error('PostgreSQL has not been started');
    return this.started;
  }

  public address(database = 'postgres'): string {
    const { user, password, host, port } = this.postgres;
    return `postgresql://${user}:${password}@${host}:${port}/${database}`;
  }

  /**
   * Starts what answers as Metabase does, for a warehouse whose sources are none of those that it could play, too.
   *
   * @returns what the emulator's plugins ask for
   */
  public async startMetabase(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    const [trades, billing] = [this.file('no-trades.jsonl'), this.file('no-billing.json')];
    writeFileSync(trades, '');
    writeFileSync(billing, '{}');
    const { metabase } = await startSourceApis(supervisor, toolchain, {
      ...{ trades, billing, folder, served: this.file('served.jsonl'), complete: false, token: '' },
      metabasePassword: this.metabasePassword,
    });
    return {
      postgres: this.address(),
      warehouse_python: this.tools.python,
      warehouse_environment: JSON.stringify({
        environment: { WAREHOUSE_ENGINE: 'postgres', METABASE_URL: metabase },
      }),
    };
  }

  /** Fills in what lets the dashboards' task into what `startMetabase` started. */
  public fillMetabaseSecret(deployed: Deployed): Promise<void> {
    const administrator = { username: 'admin', password: this.metabasePassword };
    return this.fillSecrets(deployed, [[deployed.outputs.DashboardsTaskArn, 'METABASE_SECRET_ARN', administrator]]);
  }

  /** Of the rehearsal's folder. */
  public file(name: string): string {
    return join(this.host.folder, name);
  }

  /**
   * What a person fills in after a deployment.
   *
   * @param deployed whose tasks read the secrets
   */
  public async fillSecrets({ emulator }: Deployed, secrets: readonly FilledSecret[]): Promise<void> {
    const owner = asOwner(emulator);
    for (const [task, variable, value] of secrets) {
      const { [variable]: SecretId } = await environmentOf(owner, task);
      const SecretString = JSON.stringify(value);
      await callAws(owner, 'secretsmanager', 'secretsmanager.PutSecretValue', { SecretId, SecretString });
    }
  }

  /**
   * Runs the state machine of sources, models and dashboards.
   *
   * @returns seconds that it took
   * @throws UserError when it does not succeed
   */
  public async runOrchestration(
    operator: AwsConnection,
    stateMachineArn: string,
    input: object,
    name: string,
  ): Promise<number> {
    const begun = Date.now();
    const result = await runPipeline(operator, stateMachineArn, input, () => undefined);
    this.host.addChecks(endsWell(`state machine, ${name}`, result));
    if (result.state !== 'SUCCEEDED') {
      throw new UserError(`The state machine ended ${result.state}: ${result.error}`, ExitCode.FAILED);
    }
    return (Date.now() - begun) / 1000;
  }

  /** Fetches the project that a deployed task works with. */
  public async fetchProject({ emulator }: Deployed, taskDefinition: string, folder: string): Promise<void> {
    const { accessKeyId, secretAccessKey } = accountOwner(emulator.account);
    const { PROJECT_URI } = await environmentOf(asOperator(emulator), taskDefinition);
    await this.python(
      this.host.toolchain.python,
      ['-m', 'warehouse_checks.fetch_project', PROJECT_URI, this.file(folder)],
      {
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_REGION: emulator.region,
        AWS_DEFAULT_REGION: emulator.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    );
  }

  /** The login that the deployed task of the dashboards gives to Metabase. */
  public async reader(
    { emulator }: Deployed,
    dashboardsTask: string,
  ): Promise<{ readonly username: string; readonly password: string }> {
    const owner = asOwner(emulator);
    const { BI_CONNECTION } = await environmentOf(owner, dashboardsTask);
    const { secretArn: SecretId } = JSON.parse(BI_CONNECTION) as { secretArn: string };
    const { SecretString } = await callAws<{ SecretString: string }>(
      owner,
      'secretsmanager',
      'secretsmanager.GetSecretValue',
      { SecretId },
    );
    return JSON.parse(SecretString) as { username: string; password: string };
  }

  /**
   * Asks for what the dashboards of a folder show, and writes their page beside the report.
   *
   * @param reader who asks, with what the stack has granted to it and nothing else
   */
  public async showDashboards(database: string, folder: string, reader: string): Promise<Shown> {
    const asked = ['--address', this.address(database), '--reader', reader, this.file(folder)];
    const answer = await this.inWarehouse(
      ['-m', 'warehouse_checks.dashboard_results', ...asked],
      'The dashboards cannot be asked for',
    );
    const shown = lastLineAsJson<{ dashboards: ShownDashboard[]; queries: number; problems: string[] }>(answer);
    mkdirSync(this.host.options.out, { recursive: true });
    writeFileSync(join(this.host.options.out, 'dashboards.html'), dashboardPage(shown.dashboards));
    const cards = shown.dashboards.flatMap((dashboard) => dashboard.cards);
    const expected = `${count(shown.queries)} queries of ${reader}, no problem`;
    const problems = shown.problems.slice(0, 3).join('; ');
    return {
      dashboards: shown.dashboards,
      rows: cards.reduce((sum, card) => sum + card.rows.length, 0),
      check: {
        name: 'dashboards: every query answers the reader, with each of its filters',
        expected,
        actual: problems || expected,
        passed: problems === '' && cards.every(({ rows }) => rows.length > 0),
      },
    };
  }

  /**
   * Judges the SQL of a synthesized stack by Redshift's grammar and by the columns that there are.
   *
   * @throws UserError with file, line and remedy of all that is wrong
   */
  public async checkDialect(stack: AssemblyStack): Promise<Dialect> {
    const { queries, differences } = await inspectSql(stack, this.host.options.project, this.host.folder, (args) =>
      this.inWarehouse(args, 'The models cannot be rendered for Redshift'),
    );
    const expected = `${count(queries)} queries that Redshift's grammar takes, of columns that there are`;
    return {
      check: {
        name: 'dialect: every model and test, rendered for Redshift, is its SQL',
        expected,
        actual: expected,
        passed: queries > 0,
      },
      differences: differences.map((line) => {
        const [place, texts] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)];
        const [onAws, here] = texts.split(' | ');
        return { what: `SQL of ${place}`, onAws, here };
      }),
    };
  }

  /** What is otherwise here than on AWS, whatever flows into the warehouse. */
  public get differences(): EnvironmentDifference[] {
    return [
      {
        what: 'Amazon Redshift Serverless',
        onAws: 'the deployed workgroup, TLS',
        here: `PostgreSQL ${this.postgres.version}, plain text on 127.0.0.1 (WAREHOUSE_PORT=${this.postgres.port})`,
      },
      { what: "dbt's profile", onAws: 'target redshift', here: 'WAREHOUSE_ENGINE=postgres: target postgres' },
      { what: 'AWS Fargate', onAws: 'the deployed image', here: 'its code and packages as a local process' },
      {
        what: 'Metabase',
        onAws: 'its service on Fargate',
        here: 'METABASE_URL: a server that answers as its API does',
      },
    ];
  }

  /** Writes tables as Parquet; gives the number of rows of each. */
  public async export(
    database: string,
    folder: string,
    tables: readonly string[],
  ): Promise<{ readonly [table: string]: number }> {
    const args = ['-m', 'warehouse_checks.export_tables', '--address', this.address(database), '--folder', folder];
    return lastLineAsJson(await this.inWarehouse([...args, ...tables], 'The tables of the warehouse cannot be read'));
  }

  /** The only value of a query, empty for NULL. */
  public async query(database: string, query: string): Promise<string> {
    return (
      await this.inWarehouse(
        ['-m', 'warehouse_checks.ask', this.address(database), query],
        'The warehouse cannot be asked',
      )
    ).trim();
  }

  /** Runs a module of this command's folder in the environment of the warehouse. */
  public inWarehouse(args: readonly string[], failure: string): Promise<string> {
    return this.python(this.tools.python, args, {}, failure);
  }

  public async command(
    program: string,
    args: readonly string[],
    environment: { readonly [name: string]: string },
    cwd: string,
    failure = `${program} failed`,
  ): Promise<string> {
    const { code, output } = await runProcess(program, args, {
      env: { ...withoutAws(pythonEnvironment()), PYTHONDONTWRITEBYTECODE: '1', ...environment },
      cwd,
      signal: this.host.options.signal,
    });
    if (code !== 0) {
      throw new UserError(`${failure}:\n${output.trimEnd().split('\n').slice(-15).join('\n')}`, ExitCode.FAILED);
    }
    return output.trimEnd();
  }

  private python(
    python: string,
    args: readonly string[],
    environment: { readonly [name: string]: string } = {},
    failure = 'A step of the rehearsal failed',
  ): Promise<string> {
    const path = join(packageRoot(), 'bin', 'commands', 'rehearse');
    return this.command(python, args, { PYTHONPATH: path, ...environment }, this.host.folder, failure);
  }
}
