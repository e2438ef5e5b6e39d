import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import type { PortalState } from '../../../../../lib/mesh/runtime/portal-state';
import { NAMESPACE } from '../../../../../lib/mesh/runtime/product-objectives';
import { callAws } from '../../aws';
import { accountOwner } from '../../principals';
import { packageRoot } from '../../../../package-root';
import type { DeployedStack, RehearsalHost } from '../data-flow';
import { endsWell } from '../outcomes';
import { callAsScheduled, evaluateAsScheduled, type Schedule, schedulesOf } from './schedules';

/** What the alarms of a product watch, by the metric: 1 while the promise is kept. */
const OBJECTIVES: { readonly [metric in keyof Measured]-?: string } = {
  Fresh: 'freshness',
  Available: 'availability',
  Sound: 'quality',
};

/** Between two measurements, as deployed; the emulated CloudWatch's clock goes on by it. */
const MEASURED_EVERY_SECONDS = 300;

/** One after the other, each in a domain of its own; what was broken stays so. */
const BREACHES: readonly {
  readonly domain: string;
  readonly table: string;
  /** What break_promise.py does. */
  readonly kind: string;
  readonly what: string;
  readonly broken: readonly string[];
  /** How many measurements it takes until the alarm has to ring. */
  readonly measurements: number;
}[] = [
  {
    domain: 'trading',
    table: 'trading.fct_trades',
    kind: 'stale',
    what: 'nothing was committed to trading.fct_trades for an hour',
    // The contract's test on freshness is one of its rules: its score falls, too.
    broken: ['trading.trades v1 freshness', 'trading.trades v1 quality'],
    measurements: 2,
  },
  {
    domain: 'finance',
    table: 'finance.costs',
    kind: 'repeated',
    what: 'a row stands twice in finance.costs',
    broken: ['finance.costs v1 quality'],
    measurements: 1,
  },
  {
    domain: 'risk',
    table: 'risk.var',
    kind: 'lost',
    what: 'the metadata of risk.var cannot be read',
    broken: ['risk.var v1 availability'],
    measurements: 1,
  },
];
const STALE_SECONDS = 3600;

/** What the deployed function has measured of a product, in order. */
type Measurements = Map<string, Measured[]>;

interface Measured {
  readonly Available?: number;
  readonly Fresh?: number;
  readonly Sound?: number;
}

interface Alarm {
  readonly StateValue: string;
  readonly AlarmActions?: readonly string[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Value: string }[];
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Alarm } }[];
}

/** An alarm on a promise. */
interface Watch {
  /** Such as `trading.trades v1`. */
  readonly product: string;
  readonly metric: keyof Measured;
  readonly objective: string;
  readonly account: string;
  readonly alarm: Alarm;
}

/**
 * Breaks promises of products, one in each domain, and looks whose alarms ring and what the portal shows: all as deployed,
 * what is measured and evaluated by schedules included.
 */
export class PromiseBreaking {
  private readonly measured: Measurements = new Map();
  private readonly schedules = new Map<string, Schedule[]>();
  private measurementsToCome = 1 + BREACHES.reduce((sum, { measurements }) => sum + measurements, 0);

  /**
   * @param domains by name, in lower case
   * @param platform the stack with the portal; none when the mesh has no portal
   */
  public constructor(
    private readonly host: RehearsalHost,
    private readonly domains: ReadonlyMap<string, DeployedStack>,
    private readonly platform?: DeployedStack,
  ) {}

  public async run(): Promise<void> {
    for (const [name, { emulator }] of this.domains) this.schedules.set(name, await schedulesOf(emulator));
    for (const name of this.domains.keys()) {
      await this.evaluate(name, `objectives: Glue evaluates every rule of ${name}`, () => true);
    }
    await this.measure();
    await this.check('before anything is broken, every promise is kept and no alarm rings', []);
    const broken: string[] = [];
    for (const breach of BREACHES) {
      await this.commit(breach);
      broken.push(...breach.broken);
      for (let count = 0; count < breach.measurements; count++) await this.measure();
      await this.check(`${breach.what}: the alarm of ${breach.domain} rings, and nobody else's`, broken);
    }
    await this.checkTopics();
    if (this.platform) await this.checkPortal(this.platform, broken);
    else this.host.addNotes('This mesh has no portal, so that nothing of it was rehearsed.');
  }

  private async commit({ domain, table, kind }: (typeof BREACHES)[number]): Promise<void> {
    const { emulator } = this.stackOf(domain);
    const file = join(this.host.folder, 'breach.json');
    const { endpoint, region, account, principals } = emulator;
    writeFileSync(
      file,
      JSON.stringify({
        ...{ kind, table, seconds: STALE_SECONDS, endpoint, region },
        auditor: principals.auditor,
        owner: accountOwner(account),
      }),
    );
    const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'faults', 'break_promise.py');
    await this.host.python([script, file], `The promise of ${table} cannot be broken`);
    if (kind !== 'repeated') return;
    const name = `objectives: Glue evaluates the rules of ${table} again`;
    await this.evaluate(domain, name, (input) => JSON.stringify(input).includes(table.split('.')[1]));
  }

  /** Has the rules of a domain's tables evaluated, as their schedules do. */
  private async evaluate(domain: string, name: string, fits: (input: Schedule['input']) => boolean): Promise<void> {
    const due = this.schedulesOf(domain).filter(({ input }) => 'RulesetNames' in input && fits(input));
    const { emulator } = this.stackOf(domain);
    const results = await Promise.all(due.map((schedule) => evaluateAsScheduled(emulator, schedule)));
    const [failed] = results.filter(({ state }) => state !== 'SUCCEEDED');
    this.host.addChecks(endsWell(name, failed ?? { state: 'SUCCEEDED' }));
    this.host.update('promises', `rules of ${domain} evaluated`);
  }

  /** Every product once, at a time of its own on the clock of the emulated CloudWatch. */
  private async measure(): Promise<void> {
    this.measurementsToCome -= 1;
    const behind = this.measurementsToCome * MEASURED_EVERY_SECONDS;
    for (const [domain, { emulator }] of this.domains) {
      // The name is that of emulator/alarms.py.
      writeFileSync(join(dirname(emulator.journal), 'cloudwatch-clock'), String(-behind));
      for (const schedule of this.schedulesOf(domain).filter(({ input }) => 'product' in input)) {
        const product = String(schedule.input.product);
        const found = await callAsScheduled<Measured>(emulator, schedule);
        this.measured.set(product, [...(this.measured.get(product) ?? []), found]);
      }
    }
  }

  /** The alarms that ring are those of promises that what was measured breaks, among them the ones that were planted. */
  private async check(name: string, planted: readonly string[]): Promise<void> {
    const watches = await this.watches();
    const state = (wanted: (watch: Watch) => boolean): string =>
      distinct(watches.filter(wanted).map(({ account, product, objective }) => `${product} ${objective} (${account})`));
    const expected = state((watch) => this.isBroken(watch));
    const actual = state(({ alarm }) => alarm.StateValue !== 'OK');
    this.host.addChecks({
      name: `objectives: ${name}`,
      expected,
      actual,
      passed: watches.length > 0 && expected === actual && planted.every((each) => actual.includes(each)),
    });
  }

  private async checkTopics(): Promise<void> {
    const told = (await this.watches()).map(({ account, alarm }) => ({
      account,
      accounts: (alarm.AlarmActions ?? []).map((arn) => arn.split(':')[4]),
    }));
    const strange = told.filter(
      ({ account, accounts }) => accounts.length === 0 || accounts.some((each) => each !== account),
    );
    this.host.addChecks({
      name: 'objectives: each alarm tells the topic of its own domain, and no other',
      expected: `${told.length} alarms`,
      actual: strange.length === 0 ? `${told.length} alarms` : `not so: ${strange.length}`,
      passed: told.length > 0 && strange.length === 0,
    });
  }

  private async checkPortal({ emulator, outputs }: DeployedStack, broken: readonly string[]): Promise<void> {
    const { host } = this;
    const [ask] = (await schedulesOf(emulator)).filter(({ input }) => 'domains' in input);
    await callAsScheduled(emulator, ask);
    const folder = join(host.folder, 'portal');
    mkdirSync(folder, { recursive: true });
    const config = join(host.folder, 'portal.json');
    const { endpoint, region, principals } = emulator;
    const bucket = outputs.PortalBucketName;
    writeFileSync(config, JSON.stringify({ endpoint, region, bucket, folder, auditor: principals.auditor }));
    await host.python(['-m', 'checks.download', '--config', config], 'The portal cannot be read');
    const { products, silent } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as PortalState;
    const shown = Object.entries(products).flatMap(([product, objectives]) =>
      Object.entries(objectives)
        .filter(([, { state }]) => state !== 'kept')
        .map(([objective, { state }]) => `${product} ${objective}${state === 'broken' ? '' : ` (${state})`}`),
    );
    const slow = (await this.watches())
      .filter((watch) => this.isBroken(watch))
      .map((each) => `${each.product} ${each.objective}`);
    const [expected, actual] = [distinct([...broken, ...slow]), distinct(shown)];
    host.addChecks({
      name: 'portal: it shows which promises are broken, and no other',
      expected: `${expected}; every domain answers`,
      actual: `${actual}; ${silent.length === 0 ? 'every domain answers' : `silent: ${silent.join(', ')}`}`,
      passed: expected === actual && silent.length === 0,
    });
  }

  /**
   * Whether what was measured breaks a promise: all of it lies within an hour, and one of so few measurements is more than any
   * alarm allows, 14.4 % of that hour at most.
   */
  private isBroken({ product, metric }: Watch): boolean {
    return (this.measured.get(product) ?? []).some((measured) => (measured[metric] ?? 1) < 1);
  }

  /** The alarms on promises, in every account. */
  private async watches(): Promise<Watch[]> {
    const found: Watch[] = [];
    for (const { emulator } of this.domains.values()) {
      const auditor = { ...emulator, credentials: emulator.principals.auditor };
      const { MetricAlarms } = await callAws<{ MetricAlarms: Alarm[] }>(
        auditor,
        'monitoring',
        'GraniteServiceVersion20100801.DescribeAlarms',
        { MaxRecords: 100 },
      );
      for (const alarm of MetricAlarms) {
        const metric = [alarm, ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])].find(
          ({ Namespace }) => Namespace === NAMESPACE,
        );
        if (metric === undefined) continue;
        const watched = metric.MetricName as keyof Measured;
        const product = metric.Dimensions?.[0].Value ?? '';
        found.push({ product, metric: watched, objective: OBJECTIVES[watched], account: emulator.account, alarm });
      }
    }
    return found;
  }

  private stackOf(domain: string): DeployedStack {
    const found = this.domains.get(domain);
    if (found === undefined) throw new Error(`no stack of the domain ${domain}`);
    return found;
  }

  private schedulesOf(domain: string): Schedule[] {
    return this.schedules.get(domain) ?? [];
  }
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(', ') || 'none';
}
