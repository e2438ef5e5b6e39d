import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { federatedQueries } from '../../../../../blueprints/mesh/federated-queries';
import { assumeRole, AwsError } from '../../aws';
import { environmentDifferences } from '../../differences';
import type { EngineEndpoints } from '../../engines/endpoints';
import { Kafka, startKafka } from '../../engines/kafka';
import { pipelineJobs, runPipeline } from '../../jobs';
import { Journal } from '../../journal';
import type { ReportedCheck } from '../../report/model';
import { writeTrades } from '../../trades';
import { type QueryResult, runQuery } from '../athena-query';
import type { DataFlow, Deployed, DeployedStack, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { addJobStages } from '../job-stages';
import { asOperator, endsWell } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { sendTrades } from '../send-trades';
import { meshQuotes, meshTrades, TRADES_PER_QUOTE } from './mesh-events';
import { ASKED_TRADES, ProductApi } from './product-api';
import { PromiseBreaking } from './promises';

/** In the order in which each finds what it reads of the others. */
const DOMAINS = ['Trading', 'Risk', 'Finance'] as const;
type Domain = (typeof DOMAINS)[number];

const TOPICS = { trades: 'trading.trades.v1', quotes: 'trading.quotes.v1' } as const;

/** The table of each product, and whose it is. */
const TABLES: { readonly [product: string]: readonly [domain: Domain, table: string] } = {
  symbols: ['Trading', 'trading.symbols'],
  trades: ['Trading', 'trading.fct_trades'],
  quotes: ['Trading', 'trading.fct_quotes'],
  volumes: ['Trading', 'trading.volumes'],
  exposures: ['Risk', 'risk.exposures'],
  var: ['Risk', 'risk.var'],
  limits: ['Risk', 'risk.limits'],
  revenue: ['Finance', 'finance.revenue'],
  costs: ['Finance', 'finance.costs'],
  pnl: ['Finance', 'finance.pnl'],
};

/** One query over products of three domains, which stands ready for the people of the third. */
const [{ sql: FEDERATED }] = federatedQueries('finance');

/** What the people of a domain ask for, and what the answer has to tell when they must not have it. */
const REFUSED: readonly {
  readonly by: Domain;
  readonly what: string;
  readonly sql: string;
  readonly reason: RegExp;
}[] = [
  {
    by: 'Finance',
    what: 'a product that only a job of the domain has subscribed to',
    sql: 'SELECT count(*) FROM trading.fct_trades',
    reason: /Required SELECT on trading\.fct_trades/,
  },
  {
    by: 'Finance',
    what: 'a product of a domain that it reads another product of',
    sql: 'SELECT count(*) FROM risk.limits',
    reason: /Required SELECT on risk\.limits/,
  },
  {
    by: 'Finance',
    what: 'a column that was not given',
    sql: 'SELECT position FROM risk.exposures',
    reason: /position/,
  },
  {
    by: 'Risk',
    what: 'a product of a domain that it has subscribed to nothing of',
    sql: 'SELECT count(*) FROM finance.pnl',
    reason: /finance|pnl/,
  },
];

/** Rows of risk.exposures that the owner keeps from the people of finance. */
const HIDDEN_SECTORS = ['crypto'];

/** Products of three domains, each in an account of its own, from one platform. */
export const MESH: FlowKind = {
  name: 'mesh',
  outputs: DOMAINS.flatMap((domain) =>
    ['PipelineArn', 'WorkgroupName', 'ReaderRoleArn'].map((name) => domain + name),
  ).concat('TradingApiUrl'),
  options: [],
  spansStacks: true,
  create: (host) => new MeshFlow(host),
};

const LEAD =
  'Rows that each domain took in and passed on. Every domain computes its products in its own account, from its own data and what it has subscribed to.';

const PICTURE: readonly PictureStep[] = [
  { title: 'Kafka', kind: 'source', stage: /^kafka$/ },
  { title: 'Arrivals', kind: 'bronze', stage: / arrive$/ },
  { title: 'Trading', kind: 'silver', stage: /^trading\./ },
  { title: 'Risk', kind: 'gold', stage: /^risk\./ },
  { title: 'Finance', kind: 'gold', stage: /^finance\./ },
];

class MeshFlow implements DataFlow {
  private kafka?: Kafka;

  public constructor(private readonly host: RehearsalHost) {}

  public async startEngines(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    this.kafka = await startKafka(supervisor, toolchain, join(folder, 'kafka'));
    return { kafka: this.kafka.bootstrapServers };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    const domains = new Map(DOMAINS.map((domain) => [domain, stackOf(deployed.stacks, domain)]));
    const of = (domain: Domain): DeployedStack => domains.get(domain) as DeployedStack;
    const rows = await host.stage('trades', 'Trades and quotes into Kafka', () => this.send());
    for (const domain of DOMAINS) {
      await host.stage(domain.toLowerCase(), `Products of ${domain}: pipeline of Step Functions`, () =>
        this.compute(domain, of(domain)),
      );
    }
    const api = new ProductApi(of('Trading'), of('Risk'), of('Finance'));
    const answered = await host.stage('api', 'API of trading.trades, asked by people of Risk', () =>
      api.read(host.options.rows),
    );
    await host.stage('checks', 'Checks by an independent computation', () => this.judge(of, answered));
    host.addChecks(...(await api.doors()));
    await host.stage('access', 'What other domains may not read', () => this.tryDoors(of));
    await host.stage('promises', 'Promises broken: whose alarms ring', () =>
      new PromiseBreaking(
        host,
        new Map(DOMAINS.map((domain) => [domain.toLowerCase(), of(domain)])),
        deployed.stacks.find(({ outputs }) => 'PortalBucketName' in outputs),
      ).run(),
    );
    host.addNotes(
      'Permissions of Lake Formation and across accounts were evaluated, not enforced by AWS: the emulator judges principal, action, resource, tag expression, columns and rows of the deployed grants, of the owner and of the consumer, on every request and query. AWS RAM and its invitations are not in play.',
      'CloudFront is not in play: the pages and the state of the portal are those in its bucket.',
    );
    return {
      rows,
      pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
      environment: [
        ...environmentDifferences(deployed.emulator.sparkOverrides),
        {
          what: 'Files of a table of another account',
          onAws: 'read with the credentials that Lake Formation vends',
          here: 'S3 lets whoever would get them read',
        },
        {
          what: 'Time between two measurements of a product',
          onAws: 'five minutes',
          here: 'none; the clock of CloudWatch goes on by five minutes',
        },
        { what: 'Evaluations of Glue Data Quality', onAws: 'once a day', here: 'at once; one Spark for all of them' },
      ],
    };
  }

  private async send(): Promise<number> {
    const { folder, options } = this.host;
    const { kafka } = this;
    if (kafka === undefined) throw new Error('the engines have not been started');
    const quotes = Math.ceil(options.rows / TRADES_PER_QUOTE);
    const files = { trades: meshTrades(options.rows, options.seed), quotes: meshQuotes(quotes, options.seed) };
    let sent = 0;
    for (const [product, messages] of Object.entries(files)) {
      const file = join(folder, `${product}.jsonl`);
      await writeTrades(messages, file);
      sent += (await sendTrades(this.host, kafka, TOPICS[product as keyof typeof TOPICS], file, 'trades')).rows;
    }
    return sent;
  }

  /** Runs a domain's pipeline, as its schedule would. */
  private async compute(domain: Domain, { emulator, outputs }: DeployedStack): Promise<void> {
    const arn = outputs[`${domain}PipelineArn`];
    const jobs = await pipelineJobs(asOperator(emulator), arn);
    const done = Journal.read(emulator.journal).executions('glue-job').length;
    const result = await runPipeline(asOperator(emulator), arn, {}, () => {
      const runs = Journal.read(emulator.journal).executions('glue-job').length - done;
      this.host.update(domain.toLowerCase(), `${runs} of ${jobs.size} jobs`);
    });
    this.host.addChecks(endsWell(`${domain}: the pipeline succeeds`, result));
    addJobStages(this.host, emulator, done, (job) => stageName(domain, jobs.get(job) ?? job));
  }

  private async judge(of: (domain: Domain) => DeployedStack, answered: object): Promise<void> {
    const { host } = this;
    const federated = await this.ask(of('Finance'), 'Finance', FEDERATED);
    host.addChecks(endsWell('federated query: it succeeds', federated));
    const { endpoint, region } = of('Trading').emulator;
    const config = {
      endpoint,
      region,
      kafkaBootstrap: this.kafka?.bootstrapServers,
      topics: TOPICS,
      tables: TABLES,
      accounts: Object.fromEntries(DOMAINS.map((domain) => [domain, of(domain).emulator.principals.auditor])),
      federated: { rows: federated.rows, hiddenSectors: HIDDEN_SECTORS },
      api: { ...answered, asked: ASKED_TRADES },
      tablesDir: join(host.folder, 'tables'),
      result: join(host.folder, 'checks.json'),
    };
    const file = join(host.folder, 'checks-config.json');
    writeFileSync(file, JSON.stringify(config));
    await host.python(['-m', 'checks.mesh', '--config', file], 'The checks cannot be made');
    const { checks } = JSON.parse(readFileSync(config.result, 'utf8')) as { checks: ReportedCheck[] };
    host.addChecks(...checks);
  }

  /** People who ask for what nobody gave them get nothing, and hear what they lack. */
  private async tryDoors(of: (domain: Domain) => DeployedStack): Promise<void> {
    for (const { by, what, sql, reason } of REFUSED) {
      const { state, error, rows } = await this.ask(of(by), by, sql);
      const told = `${state}${error === undefined ? '' : `: ${error}`}${rows.length > 0 ? `, ${rows.length} rows` : ''}`;
      this.host.addChecks({
        name: `access: people of ${by} do not read ${what}`,
        expected: `FAILED, for it lacks ${reason.source.replaceAll('\\', '')}`,
        actual: told,
        passed: state === 'FAILED' && rows.length === 0 && reason.test(error ?? ''),
      });
    }
  }

  /** Asks as the people of a domain do, by the role that they take. */
  private async ask({ emulator, outputs }: DeployedStack, domain: Domain, sql: string): Promise<QueryResult> {
    try {
      const people = await assumeRole(asOperator(emulator), outputs[`${domain}ReaderRoleArn`]);
      return await runQuery(people, outputs[`${domain}WorkgroupName`], domain.toLowerCase(), sql);
    } catch (error) {
      if (error instanceof AwsError) return { state: 'FAILED', error: error.message, rows: [] };
      throw error;
    }
  }
}

function stackOf(stacks: readonly DeployedStack[], domain: Domain): DeployedStack {
  const found = stacks.find(({ outputs }) => `${domain}PipelineArn` in outputs);
  if (found === undefined) throw new Error(`no stack has the output ${domain}PipelineArn`);
  return found;
}

/** As people call what a job does: `trading: quotes arrive`, or the product that it computes, `trading.quotes`. */
function stageName(domain: Domain, state: string): string {
  const [what, arrivals] = state.toLowerCase().split(' ');
  const owner = domain.toLowerCase();
  return arrivals === undefined ? `${owner}.${what}` : `${owner}: ${what} arrive`;
}
