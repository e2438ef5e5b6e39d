import { type CostRange, HOURS_A_MONTH, priceOf } from '../../pricing/prices';
import { type Answers, gigabytesOf } from './facts';
import type { Pattern } from './patterns';

/** One line of an estimate. */
export interface CostItem {
  /** What is paid for and how much of it. */
  readonly what: string;
  /** The price in the table. */
  readonly price: string;
  /** Units a month. */
  readonly quantity: number;
}

/** A rough monthly cost of a pattern's infrastructure. */
export interface CostEstimate {
  /** From half to twice the sum of the items: the shape of a workload is not known better before it runs. */
  readonly range: CostRange;
  readonly items: readonly CostItem[];
  /** What was assumed because it was not answered. */
  readonly assumptions: readonly string[];
}

interface Workload {
  readonly gigabytes: number;
  readonly eventsPerSecond: number;
  /** Hours a day in which somebody queries. */
  readonly activeHours: number;
  readonly domains: number;
  /** Hours a day in which batches run: more often for minutes than for hours. */
  readonly batchHours: number;
}

const BYTES_AN_EVENT = 200;
const SECONDS_A_MONTH = HOURS_A_MONTH * 3600;
const DAYS_A_MONTH = HOURS_A_MONTH / 24;
const ACTIVE_HOURS: Readonly<Record<string, number>> = { occasional: 1, steady: 6, heavy: 16 };
// Of an average month: the busiest second is about four times the average one.
const PEAK_TO_AVERAGE = 4;

/** @param size the question whose answer is the amount of data */
export function estimate(pattern: Pattern, answers: Answers, size: 'scale.now' | 'scale.in_two_years'): CostEstimate {
  const assumptions: string[] = [];
  const workload = workloadOf(answers, size, assumptions);
  const items = ITEMS[pattern](workload).filter(({ quantity }) => quantity > 0);
  const sum = items.reduce((total, { price, quantity }) => total + quantity * priceOf(price).usd, 0);
  return { range: { low: sum / 2, high: sum * 2 }, items, assumptions };
}

function workloadOf(answers: Answers, size: 'scale.now' | 'scale.in_two_years', assumptions: string[]): Workload {
  const given = <T>(id: string, otherwise: T, shown: string): T => {
    if (answers[id] !== undefined) return answers[id] as T;
    assumptions.push(shown);
    return otherwise;
  };
  const known = answers[size] ?? answers['scale.now'] ?? answers['scale.in_two_years'];
  if (answers[size] === undefined)
    assumptions.push(known === undefined ? '100 GB of data' : `${String(known)} of data`);
  const usage = given('budget.usage', 'steady', 'steady use, six hours a day');
  return {
    gigabytes: gigabytesOf(String(known ?? '100 GB')),
    eventsPerSecond: given('scale.events_per_second', 100, '100 events a second at the busiest time'),
    activeHours: ACTIVE_HOURS[usage],
    domains: given('organisation.domains', 3, 'three domains'),
    batchHours: answers['latency.fastest'] === 'hours' ? 1 : 4,
  };
}

/** Powers of two from the smallest that there is: what serverless engines are sized by. */
function sized(smallest: number, gigabytes: number, gigabytesEach: number): number {
  const wanted = gigabytes / gigabytesEach;
  return Math.min(512, smallest * 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(wanted, 1) / smallest))));
}

function warehouse({ gigabytes, activeHours }: Workload): CostItem[] {
  const units = sized(8, gigabytes, 64);
  return [
    {
      what: `warehouse, ${units} RPU for ${activeHours} hours a day`,
      price: 'redshift.rpu',
      quantity: units * activeHours * DAYS_A_MONTH,
    },
    { what: 'managed storage', price: 'redshift.storage', quantity: gigabytes },
    { what: 'BI service, 1 vCPU', price: 'fargate.vcpu', quantity: HOURS_A_MONTH },
    { what: 'BI service, 4 GB', price: 'fargate.memory', quantity: 4 * HOURS_A_MONTH },
    { what: 'ingestion and dbt, 1 vCPU for 2 hours a day', price: 'fargate.vcpu', quantity: 2 * DAYS_A_MONTH },
    ...network(3),
  ];
}

function lakehouse({ gigabytes, activeHours, batchHours }: Workload): CostItem[] {
  // A batch reads what is new, not all: a hundredth of the data a day, 50 GB an hour and DPU.
  const units = sized(2, gigabytes / 100, 50);
  return [
    { what: 'bronze, silver and gold on S3', price: 's3.storage', quantity: gigabytes },
    {
      what: `Spark jobs, ${units} DPU for ${batchHours} hours a day`,
      price: 'glue.dpu',
      quantity: units * batchHours * DAYS_A_MONTH,
    },
    {
      what: 'Athena, 1 % of the data an hour of use',
      price: 'athena.scan',
      quantity: (gigabytes / 1_000 / 100) * activeHours * DAYS_A_MONTH,
    },
    ...network(3),
  ];
}

function backbone({ eventsPerSecond }: Workload): CostItem[] {
  const small = eventsPerSecond < 5_000;
  const brokers = small ? 2 : 3 * Math.ceil(eventsPerSecond / 100_000);
  const type = small ? 'kafka.t3.small' : 'kafka.m7g.large';
  return [
    { what: `${brokers} brokers ${type}`, price: `msk.${type}`, quantity: brokers * HOURS_A_MONTH },
    {
      what: 'a week of events on their volumes',
      price: 'msk.storage',
      quantity: Math.max(20, (eventsAMonth(eventsPerSecond) / DAYS_A_MONTH) * 7 * 2),
    },
  ];
}

/** Gigabytes. */
function eventsAMonth(atPeak: number): number {
  return (atPeak / PEAK_TO_AVERAGE) * SECONDS_A_MONTH * (BYTES_AN_EVENT / 1e9);
}

function processing({ eventsPerSecond }: Workload): CostItem[] {
  // Two applications; one unit each on top orchestrates.
  const units = 2 * (Math.ceil(eventsPerSecond / 10_000) || 1) + 2;
  return [
    { what: `stream processing, ${units} KPU`, price: 'flink.kpu', quantity: units * HOURS_A_MONTH },
    { what: '50 GB of state a KPU', price: 'flink.storage', quantity: 50 * units },
    { what: 'hot store, 1 GB', price: 'elasticache.valkey.storage', quantity: HOURS_A_MONTH },
  ];
}

function network(endpoints: number): CostItem[] {
  return [
    { what: `${endpoints} interface endpoints`, price: 'vpc.endpoint', quantity: endpoints * HOURS_A_MONTH },
    { what: 'a customer-managed key', price: 'kms.key', quantity: 1 },
  ];
}

const only = (items: readonly CostItem[], ...prices: string[]): CostItem[] =>
  items.filter(({ price }) => !prices.includes(price));

const ITEMS: Readonly<Record<Pattern, (workload: Workload) => CostItem[]>> = {
  warehouse,
  lakehouse,
  streaming: (workload) => [
    ...backbone(workload),
    ...processing(workload),
    { what: 'the lake behind it', price: 's3.storage', quantity: workload.gigabytes },
    ...network(4),
  ],
  mesh: (workload) => {
    const { domains } = workload;
    const each = { ...workload, gigabytes: workload.gigabytes / Math.max(domains, 1) };
    const shared = ['vpc.endpoint'];
    const items = only(lakehouse(each), ...shared).map((item) => ({
      ...item,
      what: `${item.what}, in each of ${domains} domains`,
      quantity: item.quantity * domains,
    }));
    return [
      ...items,
      { what: '4 interface endpoints of the platform', price: 'vpc.endpoint', quantity: 4 * HOURS_A_MONTH },
    ];
  },
  // Silver and gold alone go to the warehouse: about a tenth of what the lake keeps.
  'lakehouse-warehouse': (workload) => [
    ...lakehouse(workload),
    ...only(warehouse({ ...workload, gigabytes: workload.gigabytes / 10 }), 'vpc.endpoint', 'kms.key'),
  ],
  'streaming-batch': (workload) => [
    ...backbone(workload),
    ...processing(workload),
    ...only(lakehouse(workload), 'vpc.endpoint', 'kms.key'),
    ...only(warehouse({ ...workload, gigabytes: workload.gigabytes / 10 }), 'vpc.endpoint', 'kms.key'),
    ...network(4),
  ],
};
