/** The value of an answer as requirements.yaml holds it. */
export type AnswerValue = string | number | boolean | readonly string[];

/** One possible answer. */
export interface Option {
  readonly value: string | number | boolean;
  readonly label: string;
}

/** One question of the assessment. */
export interface Question {
  /** Its place in requirements.yaml, e.g. `latency.fastest`. */
  readonly id: string;
  /**
   * - `one`: one of the options
   * - `many`: any of the options
   * - `number`: a whole number; the options are what the questionnaire offers, requirements.yaml takes any
   * - `size`: an amount of data such as `2 TB`, likewise
   */
  readonly kind: 'one' | 'many' | 'number' | 'size';
  readonly text: string;
  /** Why it is asked and how to find the answer. */
  readonly help: string;
  /** In rising order where there is one: what would tip a decision is looked for among the neighbours first. */
  readonly options: readonly Option[];
  /** Largest number of options that may be chosen together. */
  readonly atMost?: number;
}

const YES_NO: readonly Option[] = [
  { value: false, label: 'no' },
  { value: true, label: 'yes' },
];

const SIZES: readonly Option[] = ['10 GB', '100 GB', '500 GB', '1 TB', '10 TB', '100 TB', '1 PB', '10 PB'].map(
  (value) => ({ value, label: value }),
);

const people = (counts: readonly number[]): Option[] => counts.map((value) => ({ value, label: String(value) }));

/** Every question, in the order in which they are asked. */
export const QUESTIONS: readonly Question[] = [
  {
    id: 'latency.fastest',
    kind: 'one',
    text: 'What is the fastest that data needs to be available?',
    help: 'Think of the one use that cannot wait: how old may the data be when somebody acts on it? A dashboard that people look at in the morning needs hours, an alert that stops a payment needs seconds.',
    options: [
      { value: 'hours', label: 'hours' },
      { value: 'minutes', label: 'minutes' },
      { value: 'seconds', label: 'seconds' },
      { value: 'sub_second', label: 'less than a second' },
    ],
  },
  {
    id: 'latency.mixed',
    kind: 'one',
    text: 'Do other uses of the same data do with minutes or hours?',
    help: 'Yes, when only some uses need the speed of the answer before, and reports, training or audits over the same data may come later.',
    options: YES_NO,
  },
  {
    id: 'scale.now',
    kind: 'size',
    text: 'How much data is there now?',
    help: 'All that must be kept and queried, compressed, all tables together. The order of magnitude is enough.',
    options: SIZES,
  },
  {
    id: 'scale.in_two_years',
    kind: 'size',
    text: 'How much will it be in two years?',
    help: 'With the growth that you expect, and with the sources that you mean to add. Decisions that are hard to undo are made for this figure.',
    options: SIZES,
  },
  {
    id: 'scale.events_per_second',
    kind: 'number',
    text: 'How many events arrive in a second, at the busiest time?',
    help: 'Trades, clicks, readings of sensors: what is produced one at a time and all the time. 0, when data comes in files or is fetched from systems.',
    options: [
      { value: 0, label: 'none' },
      { value: 100, label: '100' },
      { value: 1_000, label: '1,000' },
      { value: 10_000, label: '10,000' },
      { value: 100_000, label: '100,000' },
    ],
  },
  {
    id: 'use_cases',
    kind: 'many',
    text: 'What is the data used for?',
    help: 'Choose what somebody has asked for and would miss, not what might come. Every use case that you add speaks for more machinery.',
    options: [
      { value: 'standard_bi', label: 'dashboards, reports, ad-hoc queries, self-service analytics' },
      { value: 'saas_analytics', label: 'analytics of SaaS systems (CRM, payments, marketing)' },
      { value: 'machine_learning', label: 'training of models on large data' },
      { value: 'exploration', label: 'data scientists on raw data: exploration, feature engineering' },
      { value: 'several_engines', label: 'several engines on the same data' },
      { value: 'complex_analytics', label: 'multi-way joins and aggregations across long time ranges' },
      { value: 'unstructured_data', label: 'deeply nested JSON, images, video, text' },
      { value: 'real_time', label: 'fraud detection, algorithmic trading, operational dashboards' },
      { value: 'event_driven', label: 'services that are integrated by events' },
      { value: 'continuous_ingestion', label: 'IoT, clickstreams, logs: a continuous flow' },
      { value: 'batch_and_stream', label: 'one logic for both batch and stream' },
    ],
  },
  {
    id: 'team.people',
    kind: 'number',
    text: 'How many people work on data now?',
    help: 'Data engineers, analysts and data scientists who build or operate it; not those who read dashboards.',
    options: people([1, 3, 8, 15, 40, 150]),
  },
  {
    id: 'team.people_in_two_years',
    kind: 'number',
    text: 'How many will they be in two years?',
    help: 'With the hiring that is agreed. A plan that needs people whom nobody has promised is a risk, not a plan.',
    options: people([1, 3, 8, 15, 40, 150]),
  },
  {
    id: 'team.skills',
    kind: 'many',
    text: 'What can they do today?',
    help: 'What at least two people have run in production: one person alone is on holiday when it breaks.',
    options: [
      { value: 'sql', label: 'SQL and modelling' },
      { value: 'spark', label: 'Spark or another distributed engine' },
      { value: 'machine_learning', label: 'machine learning' },
      { value: 'streaming', label: 'stream processing: Kafka, Flink' },
      { value: 'platform', label: 'infrastructure: cloud, networks, deployment' },
    ],
  },
  {
    id: 'team.first_result',
    kind: 'one',
    text: 'When must the first result be there?',
    help: 'From a source to something that its user looks at.',
    options: [
      { value: 'months', label: 'within months' },
      { value: 'weeks', label: 'within weeks' },
      { value: 'days', label: 'within days' },
    ],
  },
  {
    id: 'organisation.structure',
    kind: 'one',
    text: 'Who owns the data?',
    help: 'Central: one data team builds for everybody. Distributed: the teams of the domains own what they produce, and are answerable for it.',
    options: [
      { value: 'central', label: 'a central data team' },
      { value: 'distributed', label: 'distributed domain teams' },
    ],
  },
  {
    id: 'organisation.engineers',
    kind: 'number',
    text: 'How many engineers does the organisation have?',
    help: 'All of them, not those of the data team alone.',
    options: people([5, 20, 100, 300, 1_000]),
  },
  {
    id: 'organisation.domains',
    kind: 'number',
    text: 'How many business domains produce data?',
    help: 'Such as trading, risk, finance: parts with their own language, and people who know it.',
    options: people([1, 3, 12, 30]),
  },
  {
    id: 'organisation.domain_expertise',
    kind: 'one',
    text: 'Does the data need experts of its domain to be got right?',
    help: 'Yes, when a data engineer from outside regularly gets it wrong: what counts as a trade, which exposure is meant.',
    options: YES_NO,
  },
  {
    id: 'organisation.platform',
    kind: 'one',
    text: 'Is there a self-serve platform?',
    help: 'Mature: a team gets storage, compute, catalog and access by itself, within a day, without a ticket.',
    options: [
      { value: 'none', label: 'none, or a beginning' },
      { value: 'mature', label: 'a mature one' },
    ],
  },
  {
    id: 'organisation.shared_data',
    kind: 'one',
    text: 'Does much of the data span domains, with no natural owner?',
    help: 'Such as customers or instruments that everybody changes and nobody answers for.',
    options: YES_NO,
  },
  {
    id: 'organisation.governance',
    kind: 'one',
    text: 'How strong must governance be?',
    help: 'Strong: column and row rights, masking and audits that a regulator asks for from the first day.',
    options: [
      { value: 'standard', label: 'standard' },
      { value: 'strong', label: 'strong' },
    ],
  },
  {
    id: 'budget.model',
    kind: 'one',
    text: 'Which kind of bill do you prefer?',
    help: 'Predictable: nearly the same each month, by what is stored. Variable: by what is queried, little when nobody asks.',
    options: [
      { value: 'predictable', label: 'predictable costs' },
      { value: 'variable', label: 'variable with usage' },
    ],
  },
  {
    id: 'budget.usage',
    kind: 'one',
    text: 'How heavily will it be used?',
    help: 'Occasional: most hours of a day nothing runs. Heavy: hundreds of users or scheduled queries all day long.',
    options: [
      { value: 'occasional', label: 'occasional' },
      { value: 'steady', label: 'steady' },
      { value: 'heavy', label: 'heavy' },
    ],
  },
  {
    id: 'budget.monthly_usd',
    kind: 'number',
    text: 'What may the infrastructure cost in a month, in US dollars?',
    help: 'The limit that nobody would question; 0 for none. People cost more than that in every pattern, and are not in it.',
    options: [
      { value: 0, label: 'no limit set' },
      { value: 200, label: '200' },
      { value: 1_000, label: '1,000' },
      { value: 5_000, label: '5,000' },
      { value: 20_000, label: '20,000' },
      { value: 100_000, label: '100,000' },
    ],
  },
  {
    id: 'budget.lock_in',
    kind: 'one',
    text: 'May the data be locked into one vendor’s system?',
    help: 'Avoid: the data must stay readable by another engine without an export.',
    options: [
      { value: 'accept', label: 'that is acceptable' },
      { value: 'avoid', label: 'avoid it' },
    ],
  },
  {
    id: 'priorities',
    kind: 'many',
    atMost: 3,
    text: 'Which qualities matter most? (at most three)',
    help: 'Everybody wants all of them. Choose those for which you would give the others up: simplicity, flexibility and performance pull against one another.',
    options: [
      { value: 'fitness_for_purpose', label: 'fitness for purpose: the primary use case is served well' },
      { value: 'simplicity', label: 'simplicity: few concepts to understand' },
      { value: 'scalability', label: 'scalability: of data, queries, teams' },
      { value: 'flexibility', label: 'flexibility: new sources, uses and consumers' },
      { value: 'cost_efficiency', label: 'cost efficiency: total cost of ownership' },
      { value: 'operational_burden', label: 'a low operational burden' },
      { value: 'performance', label: 'performance' },
    ],
  },
];

const BY_ID = new Map(QUESTIONS.map((question) => [question.id, question]));

/** @throws Error when there is no such question */
export function questionOf(id: string): Question {
  const question = BY_ID.get(id);
  if (question === undefined) throw new Error(`there is no question '${id}'`);
  return question;
}

/** An answer in the words of the questionnaire, e.g. `less than a second`. */
export function wordsOf(id: string, value: AnswerValue): string {
  const labels = new Map(questionOf(id).options.map((option) => [option.value, option.label]));
  const values = Array.isArray(value) ? (value as readonly string[]) : [value as string | number | boolean];
  return values.map((each) => labels.get(each) ?? String(each)).join('; ') || 'none of them';
}
