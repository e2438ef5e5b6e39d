/**
 * The rules of `data-patterns advise`: every statement of the seed that helps to choose, word for word, with its section
 * and what it does to an advice. Nothing else gives a pattern a point; a change of an advice is a change of this file.
 *
 * Points: 4 for an answer to one of the assessment questions that names the pattern, 2 or 3 for a case in which it works
 * well, struggles or is named by a table, 1 for a comparison or a quality. A hybrid gets half of what a part of it gets.
 * Thresholds that the seed leaves open are set here: small is up to 10 people (its "1-10 data people"), a terabyte is
 * 1,000 GB (its "Under a terabyte"), large is a petabyte, high velocity is 1,000 events a second, hundreds of engineers
 * are 200, dozens of domains are 24.
 */
import { PATTERNS } from './patterns';
import type { Condition, Contradiction, Rule } from './rule';

const is = (fact: string, ...values: (string | boolean)[]): Condition => ({ fact, is: values });
const has = (fact: string, value: string): Condition => ({ fact, has: value });
const lacks = (fact: string, value: string): Condition => ({ fact, lacks: value });
const only = (fact: string, value: string): Condition => ({ fact, only: value });
const atLeast = (fact: string, value: number): Condition => ({ fact, atLeast: value });
const below = (fact: string, value: number): Condition => ({ fact, below: value });

const TERABYTE = 1_000;
const PETABYTE = 1_000_000;
const SMALL_TEAM = below('team.people', 11);
const LARGER_TEAM = atLeast('team.people', 11);
const FAST = is('latency.fastest', 'seconds', 'sub_second');
const SLOW = is('latency.fastest', 'minutes', 'hours');
const wants = (quality: string): Condition => has('priorities', quality);
const uses = (useCase: string): Condition => has('use_cases', useCase);
const serves = (family: string): Condition => has('use_cases.families', family);

const QUALITIES = 'What Makes a Good Architecture > Architecture Qualities';
const TRIANGLE = 'What Makes a Good Architecture > The Architecture Trade-off Triangle';
const STACK = 'Pattern 1: The Modern Data Stack';
const LAKEHOUSE = 'Pattern 2: The Lakehouse';
const STREAMING = 'Pattern 3: Streaming-First Architecture';
const MESH = 'Pattern 4: Data Mesh';
const HYBRID = 'Pattern 5: Hybrid Architectures';
const LAKEHOUSE_STACK = `${HYBRID} > Common Hybrid: Lakehouse + Modern Data Stack`;
const STREAMING_BATCH = `${HYBRID} > Common Hybrid: Streaming + Batch`;
const CHOOSING = `${HYBRID} > Choosing Your Architecture`;
const FRAMEWORK = 'Architecture Decision Framework';
const SUMMARY = 'Summary';

export const RULES: readonly Rule[] = [
  // The six qualities, and the triangle.
  {
    id: 'quality.fitness-for-purpose',
    section: QUALITIES,
    says: '**Fitness for purpose:** Does the architecture serve its primary use cases well? A real-time fraud detection system has different needs than a monthly regulatory report.',
    effects: [
      { when: [wants('fitness_for_purpose'), serves('real_time')], points: { streaming: 1, 'streaming-batch': 1 } },
      { when: [wants('fitness_for_purpose'), serves('bi')], points: { warehouse: 1, 'lakehouse-warehouse': 1 } },
      { when: [wants('fitness_for_purpose'), serves('data')], points: { lakehouse: 1, 'lakehouse-warehouse': 1 } },
    ],
  },
  {
    id: 'quality.simplicity',
    section: QUALITIES,
    says: '**Simplicity:** How many concepts must someone understand to work with the system? Simpler architectures are easier to operate, debug, and evolve.',
    effects: [
      {
        when: [wants('simplicity')],
        points: {
          warehouse: 2,
          lakehouse: -1,
          streaming: -1,
          mesh: -2,
          'lakehouse-warehouse': -2,
          'streaming-batch': -2,
        },
      },
    ],
  },
  {
    id: 'quality.scalability',
    section: QUALITIES,
    says: '**Scalability:** Can the architecture grow with data volume, query complexity, and user count? Scalability has dimensions: data scale, query concurrency, team size.',
    effects: [
      {
        when: [wants('scalability')],
        points: { warehouse: -1, lakehouse: 2, mesh: 1, 'lakehouse-warehouse': 1, 'streaming-batch': 1 },
      },
    ],
  },
  {
    id: 'quality.flexibility',
    section: QUALITIES,
    says: '**Flexibility:** How easily can the architecture adapt to new requirements? Can you add new sources, new use cases, new consumers?',
    effects: [
      {
        when: [wants('flexibility')],
        points: { warehouse: -2, lakehouse: 2, 'lakehouse-warehouse': 1, 'streaming-batch': 1 },
      },
    ],
  },
  {
    id: 'quality.cost-efficiency',
    section: QUALITIES,
    says: "**Cost efficiency:** What's the total cost of ownership—infrastructure, operations, development? Architectures that seem cheaper often have hidden costs in complexity.",
    effects: [
      { when: [wants('cost_efficiency')], points: { lakehouse: 1, streaming: -1, mesh: -1, 'streaming-batch': -1 } },
    ],
  },
  {
    id: 'quality.operational-burden',
    section: QUALITIES,
    says: '**Operational burden:** How much effort does the architecture require to keep running? Some architectures are "set and forget"; others need constant attention.',
    effects: [
      {
        when: [wants('operational_burden')],
        points: {
          warehouse: 2,
          lakehouse: -1,
          streaming: -2,
          mesh: -1,
          'lakehouse-warehouse': -1,
          'streaming-batch': -2,
        },
      },
    ],
  },
  {
    id: 'triangle.simplicity-flexibility',
    section: TRIANGLE,
    says: '**Simplicity vs. Flexibility:** Simple systems constrain options. Flexible systems require more moving parts.',
    conflict: [wants('simplicity'), wants('flexibility')],
  },
  {
    id: 'triangle.flexibility-performance',
    section: TRIANGLE,
    says: '**Flexibility vs. Performance:** General-purpose systems sacrifice optimization. Specialized systems limit use cases.',
    conflict: [wants('flexibility'), wants('performance')],
    effects: [{ when: [wants('performance')], points: { streaming: 1, 'streaming-batch': 1 } }],
  },
  {
    id: 'triangle.performance-simplicity',
    section: TRIANGLE,
    says: '**Performance vs. Simplicity:** High performance requires tuning, caching, denormalization—all complexity.',
    conflict: [wants('performance'), wants('simplicity')],
  },

  // Pattern 1.
  {
    id: 'stack.cloud-native',
    section: `${STACK} > Key Characteristics`,
    says: '**Cloud-native:** All components are managed services. No infrastructure to manage.',
    gains: ['warehouse'],
  },
  {
    id: 'stack.elt',
    section: `${STACK} > Key Characteristics`,
    says: "**ELT over ETL:** Raw data lands in the warehouse first, then transforms. The warehouse's compute power handles transformation.",
    gains: ['warehouse'],
  },
  {
    id: 'stack.sql-centric',
    section: `${STACK} > Key Characteristics`,
    says: '**SQL-centric:** dbt and warehouse SQL handle all transformations. No Spark, no custom code for most use cases.',
    gains: ['warehouse'],
  },
  {
    id: 'stack.best-of-breed',
    section: `${STACK} > Key Characteristics`,
    says: '**Best-of-breed:** Each layer uses specialized tools rather than monolithic platforms.',
    gains: ['warehouse'],
  },
  {
    id: 'stack.works-well.saas-analytics',
    section: `${STACK} > When It Works Well`,
    says: '**B2B SaaS analytics:** Pull from Salesforce, Stripe, Marketo; build marketing attribution, sales forecasting, customer health.',
    effects: [{ when: [uses('saas_analytics')], points: { warehouse: 2, 'lakehouse-warehouse': 1 } }],
  },
  {
    id: 'stack.works-well.small-teams',
    section: `${STACK} > When It Works Well`,
    says: '**Small to mid-size teams:** 1-10 data people can build and maintain a complete platform.',
    effects: [{ when: [SMALL_TEAM], points: { warehouse: 2 } }],
  },
  {
    id: 'stack.works-well.standard-bi',
    section: `${STACK} > When It Works Well`,
    says: '**Standard BI use cases:** Dashboards, reports, ad-hoc queries, self-service analytics.',
    effects: [{ when: [uses('standard_bi')], points: { warehouse: 2, 'lakehouse-warehouse': 1 } }],
  },
  {
    id: 'stack.works-well.rapid-iteration',
    section: `${STACK} > When It Works Well`,
    says: '**Rapid iteration:** Get from source to dashboard in days, not months.',
    effects: [{ when: [is('team.first_result', 'days')], points: { warehouse: 2 } }],
  },
  {
    id: 'stack.struggles.real-time',
    section: `${STACK} > When It Struggles`,
    says: "**Real-time requirements:** The Modern Data Stack is inherently batch-oriented. Near-real-time is possible (hourly syncs), but true streaming doesn't fit.",
    effects: [{ when: [FAST], points: { warehouse: -3, 'lakehouse-warehouse': -1 } }],
    risks: ['warehouse'],
  },
  {
    id: 'stack.struggles.machine-learning',
    section: `${STACK} > When It Struggles`,
    says: "**Large-scale ML:** Cloud warehouses handle SQL well but aren't optimized for iterative ML training on massive datasets.",
    effects: [{ when: [uses('machine_learning'), atLeast('scale.planned_gb', TERABYTE)], points: { warehouse: -2 } }],
    risks: ['warehouse'],
  },
  {
    id: 'stack.struggles.complex-data',
    section: `${STACK} > When It Struggles`,
    says: "**Complex data:** Deeply nested JSON, images, video, unstructured data—these don't fit the relational model cleanly.",
    effects: [{ when: [uses('unstructured_data')], points: { warehouse: -2 } }],
    risks: ['warehouse'],
  },
  {
    id: 'stack.struggles.cost-at-scale',
    section: `${STACK} > When It Struggles`,
    says: '**Cost at scale:** Per-query pricing can become expensive with heavy usage. Pre-aggregation helps but adds complexity.',
    effects: [{ when: [is('budget.usage', 'heavy')], points: { warehouse: -2, 'lakehouse-warehouse': -1 } }],
    risks: ['warehouse', 'lakehouse-warehouse'],
  },

  // Pattern 2.
  {
    id: 'lakehouse.open-formats',
    section: `${LAKEHOUSE} > Key Characteristics`,
    says: '**Open formats:** Data stored in open formats (Parquet) with open table formats (Iceberg, Delta). No vendor lock-in.',
    gains: ['lakehouse', 'lakehouse-warehouse', 'streaming-batch'],
  },
  {
    id: 'lakehouse.storage-compute-separation',
    section: `${LAKEHOUSE} > Key Characteristics`,
    says: '**Storage-compute separation:** Object storage holds data; compute engines attach as needed.',
    gains: ['lakehouse', 'lakehouse-warehouse', 'streaming-batch'],
  },
  {
    id: 'lakehouse.multi-engine',
    section: `${LAKEHOUSE} > Key Characteristics`,
    says: '**Multi-engine:** Different engines for different workloads—Spark for batch, Trino for interactive, specialized engines for ML.',
    gains: ['lakehouse'],
  },
  {
    id: 'lakehouse.acid',
    section: `${LAKEHOUSE} > Key Characteristics`,
    says: '**ACID on object storage:** Table formats enable transactions, time travel, schema evolution on cheap cloud storage.',
    gains: ['lakehouse'],
  },
  {
    id: 'lakehouse.works-well.large-scale',
    section: `${LAKEHOUSE} > When It Works Well`,
    says: '**Large-scale data:** Petabytes of data, billions of records. Object storage scales infinitely.',
    effects: [
      {
        when: [atLeast('scale.planned_gb', PETABYTE)],
        points: { lakehouse: 2, 'lakehouse-warehouse': 1, 'streaming-batch': 1 },
      },
    ],
  },
  {
    id: 'lakehouse.works-well.diverse-workloads',
    section: `${LAKEHOUSE} > When It Works Well`,
    says: '**Diverse workloads:** SQL analytics, ML training, streaming, all on the same data.',
    effects: [
      {
        when: [is('use_cases.diverse', true)],
        points: { lakehouse: 2, 'lakehouse-warehouse': 1, 'streaming-batch': 1 },
      },
    ],
  },
  {
    id: 'lakehouse.works-well.cost-sensitivity',
    section: `${LAKEHOUSE} > When It Works Well`,
    says: '**Cost sensitivity:** Object storage is 10-100x cheaper than data warehouse storage.',
    effects: [{ when: [wants('cost_efficiency')], points: { lakehouse: 2, 'lakehouse-warehouse': 1 } }],
  },
  {
    id: 'lakehouse.works-well.data-science',
    section: `${LAKEHOUSE} > When It Works Well`,
    says: '**Data science teams:** Direct access to raw data for exploration and feature engineering.',
    effects: [{ when: [uses('exploration')], points: { lakehouse: 2, 'lakehouse-warehouse': 1 } }],
  },
  {
    id: 'lakehouse.works-well.multi-engine',
    section: `${LAKEHOUSE} > When It Works Well`,
    says: '**Multi-engine requirements:** Different tools for different jobs, unified by common storage.',
    effects: [{ when: [uses('several_engines')], points: { lakehouse: 2, 'lakehouse-warehouse': 1 } }],
  },
  {
    id: 'lakehouse.struggles.simple-bi',
    section: `${LAKEHOUSE} > When It Struggles`,
    says: "**Simple BI:** If your needs are standard dashboards, the complexity isn't justified.",
    effects: [{ when: [only('use_cases.families', 'bi')], points: { lakehouse: -2 } }],
    risks: ['lakehouse'],
  },
  {
    id: 'lakehouse.struggles.small-data',
    section: `${LAKEHOUSE} > When It Struggles`,
    says: '**Small data:** Under a terabyte, cloud warehouse simplicity wins.',
    effects: [{ when: [below('scale.planned_gb', TERABYTE)], points: { warehouse: 1, lakehouse: -2 } }],
    risks: ['lakehouse'],
  },
  {
    id: 'lakehouse.struggles.limited-engineering',
    section: `${LAKEHOUSE} > When It Struggles`,
    says: '**Limited engineering:** Lakehouse requires more infrastructure knowledge than managed warehouses.',
    effects: [
      {
        when: [lacks('team.skills', 'spark'), lacks('team.skills', 'platform')],
        points: { lakehouse: -2, 'lakehouse-warehouse': -1, 'streaming-batch': -1 },
      },
    ],
    risks: ['lakehouse', 'lakehouse-warehouse', 'streaming-batch'],
  },
  {
    id: 'lakehouse.struggles.governance',
    section: `${LAKEHOUSE} > When It Struggles`,
    says: '**Strong governance needs:** Warehouses often have more mature security and governance features.',
    effects: [{ when: [is('organisation.governance', 'strong')], points: { warehouse: 1, lakehouse: -2 } }],
    risks: ['lakehouse'],
  },
  {
    id: 'lakehouse-or-stack.primary-store',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Primary store | Cloud warehouse | Object storage + table format |',
    effects: [{ when: [uses('several_engines')], points: { warehouse: -1, lakehouse: 1 } }],
    gains: ['lakehouse'],
  },
  {
    id: 'lakehouse-or-stack.lock-in',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Lock-in risk | High (warehouse) | Low (open formats) |',
    effects: [{ when: [is('budget.lock_in', 'avoid')], points: { warehouse: -1, lakehouse: 1 } }],
    gains: ['lakehouse'],
    risks: ['warehouse'],
  },
  {
    id: 'lakehouse-or-stack.complexity',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Complexity | Lower | Higher |',
    effects: [{ when: [wants('simplicity')], points: { warehouse: 1, lakehouse: -1 } }],
    gains: ['warehouse'],
    givesUp: ['lakehouse'],
  },
  {
    id: 'lakehouse-or-stack.cost-at-scale',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Cost at scale | Higher (compute pricing) | Lower (storage pricing) |',
    effects: [{ when: [atLeast('scale.planned_gb', TERABYTE)], points: { warehouse: -1, lakehouse: 1 } }],
    gains: ['lakehouse'],
    givesUp: ['warehouse'],
  },
  {
    id: 'lakehouse-or-stack.ml-support',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| ML support | Limited | Strong |',
    effects: [{ when: [uses('machine_learning')], points: { warehouse: -1, lakehouse: 1 } }],
    gains: ['lakehouse'],
    givesUp: ['warehouse'],
  },
  {
    id: 'lakehouse-or-stack.streaming',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Streaming | Weak | Native |',
    effects: [
      { when: [atLeast('scale.events_per_second', 1_000)], points: { warehouse: -1, lakehouse: 1 } },
      { when: [FAST], points: { warehouse: -1 } },
    ],
    gains: ['lakehouse'],
    givesUp: ['warehouse'],
  },
  {
    id: 'lakehouse-or-stack.team-size',
    section: `${LAKEHOUSE} > Lakehouse vs. Modern Data Stack`,
    says: '| Team size | Smaller can manage | Larger team beneficial |',
    effects: [
      { when: [SMALL_TEAM], points: { warehouse: 1 } },
      { when: [LARGER_TEAM], points: { lakehouse: 1 } },
    ],
    givesUp: ['lakehouse'],
  },

  // Pattern 3.
  {
    id: 'streaming.events-as-truth',
    section: `${STREAMING} > Key Characteristics`,
    says: '**Events as source of truth:** The event log is the primary representation. Derived views are secondary.',
    gains: ['streaming', 'streaming-batch'],
  },
  {
    id: 'streaming.continuous-processing',
    section: `${STREAMING} > Key Characteristics`,
    says: '**Continuous processing:** Transformations happen as data flows, not in scheduled batches.',
    gains: ['streaming'],
  },
  {
    id: 'streaming.multiple-materializations',
    section: `${STREAMING} > Key Characteristics`,
    says: '**Multiple materializations:** The same event stream feeds real-time dashboards, APIs, and batch analytics.',
    gains: ['streaming', 'streaming-batch'],
  },
  {
    id: 'streaming.replay',
    section: `${STREAMING} > Key Characteristics`,
    says: '**Replay capability:** Event log enables reprocessing when logic changes.',
    gains: ['streaming', 'streaming-batch'],
  },
  {
    id: 'kappa.single-path',
    section: `${STREAMING} > The Kappa Pattern`,
    says: '**Single processing path:** All data flows through streams',
    gains: ['streaming'],
  },
  {
    id: 'kappa.replay',
    section: `${STREAMING} > The Kappa Pattern`,
    says: '**Reprocessing via replay:** Correct errors by replaying from the log',
    gains: ['streaming'],
  },
  {
    id: 'kappa.no-batch-layer',
    section: `${STREAMING} > The Kappa Pattern`,
    says: '**No separate batch layer:** Batch is just a special case of streaming',
    gains: ['streaming'],
  },
  {
    id: 'streaming.works-well.real-time',
    section: `${STREAMING} > When It Works Well`,
    says: '**Real-time requirements:** Fraud detection, algorithmic trading, operational dashboards—anything requiring sub-second latency.',
    effects: [
      { when: [uses('real_time')], points: { streaming: 2, 'streaming-batch': 1 } },
      { when: [is('latency.fastest', 'sub_second')], points: { streaming: 2, 'streaming-batch': 1 } },
    ],
  },
  {
    id: 'streaming.works-well.event-driven',
    section: `${STREAMING} > When It Works Well`,
    says: '**Event-driven systems:** Microservices architectures where events are the integration mechanism.',
    effects: [{ when: [uses('event_driven')], points: { streaming: 2, 'streaming-batch': 1 } }],
  },
  {
    id: 'streaming.works-well.high-volume',
    section: `${STREAMING} > When It Works Well`,
    says: '**High-volume ingestion:** IoT, clickstream, log aggregation—continuous data flows.',
    effects: [{ when: [uses('continuous_ingestion')], points: { streaming: 2, 'streaming-batch': 1 } }],
  },
  {
    id: 'streaming.works-well.unified',
    section: `${STREAMING} > When It Works Well`,
    says: '**Unified batch and stream:** When you need both, streaming-first unifies the model.',
    effects: [{ when: [uses('batch_and_stream')], points: { streaming: 2 } }],
  },
  {
    id: 'streaming.struggles.complex-analytics',
    section: `${STREAMING} > When It Struggles`,
    says: '**Complex analytics:** Multi-way joins, complex aggregations across large time ranges are harder in streaming.',
    effects: [{ when: [uses('complex_analytics')], points: { streaming: -2 } }],
    risks: ['streaming'],
  },
  {
    id: 'streaming.struggles.expertise',
    section: `${STREAMING} > When It Struggles`,
    says: '**Team expertise:** Streaming requires different skills than batch SQL.',
    effects: [{ when: [lacks('team.skills', 'streaming')], points: { streaming: -2, 'streaming-batch': -1 } }],
    risks: ['streaming', 'streaming-batch'],
  },
  {
    id: 'streaming.struggles.debugging',
    section: `${STREAMING} > When It Struggles`,
    says: '**Debugging:** Stateful streaming jobs are harder to debug than batch pipelines.',
    effects: [{ when: [wants('operational_burden')], points: { streaming: -1 } }],
    risks: ['streaming', 'streaming-batch'],
  },
  {
    id: 'streaming.struggles.cost',
    section: `${STREAMING} > When It Struggles`,
    says: '**Cost:** Always-on processing infrastructure costs more than batch jobs that scale to zero.',
    effects: [{ when: [is('budget.usage', 'occasional')], points: { streaming: -2, 'streaming-batch': -1 } }],
    risks: ['streaming', 'streaming-batch'],
  },

  // Pattern 4.
  {
    id: 'mesh.domain-ownership',
    section: `${MESH} > Core Principles`,
    says: '**Domain ownership:** Data is owned by domain teams, not a central data team.',
    gains: ['mesh'],
  },
  {
    id: 'mesh.data-as-a-product',
    section: `${MESH} > Core Principles`,
    says: '**Data as a product:** Domains treat their data as products with SLAs, documentation, and quality guarantees.',
    gains: ['mesh'],
  },
  {
    id: 'mesh.self-serve-platform',
    section: `${MESH} > Core Principles`,
    says: '**Self-serve platform:** Central team provides infrastructure; domains operate independently.',
    gains: ['mesh'],
  },
  {
    id: 'mesh.federated-governance',
    section: `${MESH} > Core Principles`,
    says: '**Federated governance:** Standards and interoperability without centralized control.',
    gains: ['mesh'],
  },
  {
    id: 'mesh.works-well.large-organizations',
    section: `${MESH} > When It Works Well`,
    says: '**Large organizations:** Hundreds of engineers, dozens of domains. Central teams become bottlenecks.',
    effects: [
      { when: [atLeast('organisation.engineers', 200)], points: { mesh: 2 } },
      { when: [atLeast('organisation.domains', 24)], points: { mesh: 2 } },
    ],
  },
  {
    id: 'mesh.works-well.domain-expertise',
    section: `${MESH} > When It Works Well`,
    says: '**Domain expertise matters:** Trading data needs trading experts; risk data needs risk experts.',
    effects: [{ when: [is('organisation.domain_expertise', true)], points: { mesh: 2 } }],
  },
  {
    id: 'mesh.works-well.diverse-use-cases',
    section: `${MESH} > When It Works Well`,
    says: "**Diverse use cases:** Different domains have different requirements that generic solutions can't optimize for.",
    effects: [{ when: [atLeast('organisation.domains', 3), atLeast('use_cases.count', 3)], points: { mesh: 2 } }],
  },
  {
    id: 'mesh.works-well.scaling-teams',
    section: `${MESH} > When It Works Well`,
    says: '**Scaling data teams:** Enables parallel development without coordination overhead.',
    effects: [{ when: [atLeast('team.growth', 2), atLeast('team.people_in_two_years', 11)], points: { mesh: 2 } }],
  },
  {
    id: 'mesh.struggles.small-organizations',
    section: `${MESH} > When It Struggles`,
    says: "**Small organizations:** The overhead isn't justified with 5-10 people.",
    effects: [
      { when: [SMALL_TEAM], points: { mesh: -2 } },
      { when: [below('organisation.engineers', 11)], points: { mesh: -2 } },
    ],
    risks: ['mesh'],
  },
  {
    id: 'mesh.struggles.shared-data',
    section: `${MESH} > When It Struggles`,
    says: "**Shared data:** Some data truly spans domains and doesn't have a natural owner.",
    effects: [{ when: [is('organisation.shared_data', true)], points: { mesh: -2 } }],
    risks: ['mesh'],
  },
  {
    id: 'mesh.struggles.platform-maturity',
    section: `${MESH} > When It Struggles`,
    says: '**Platform maturity:** Requires a mature self-serve platform—building that is hard.',
    effects: [{ when: [is('organisation.platform', 'none')], points: { mesh: -2 } }],
    risks: ['mesh'],
  },
  {
    id: 'mesh.struggles.governance',
    section: `${MESH} > When It Struggles`,
    says: '**Governance:** Federated governance is harder than centralized governance.',
    effects: [{ when: [is('organisation.governance', 'strong')], points: { mesh: -2 } }],
    risks: ['mesh'],
  },
  {
    id: 'mesh-or-central.ownership',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Ownership | Central data team | Domain teams |',
    effects: [
      { when: [is('organisation.structure', 'central')], points: { mesh: -1 } },
      { when: [is('organisation.structure', 'distributed')], points: { mesh: 1 } },
    ],
    givesUp: ['mesh'],
  },
  {
    id: 'mesh-or-central.bottleneck',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Bottleneck | Central team capacity | Platform capabilities |',
    effects: [{ when: [is('organisation.platform', 'mature')], points: { mesh: 1 } }],
    risks: [...PATTERNS],
  },
  {
    id: 'mesh-or-central.quality',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Quality | Central enforcement | Federated standards |',
    effects: [{ when: [is('organisation.governance', 'strong')], points: { mesh: -1 } }],
    givesUp: ['mesh'],
  },
  {
    id: 'mesh-or-central.speed',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Speed | Slower (prioritization) | Faster (parallel) |',
    effects: [{ when: [atLeast('organisation.domains', 12)], points: { mesh: 1 } }],
    gains: ['mesh'],
  },
  {
    id: 'mesh-or-central.consistency',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Consistency | Easier | Harder |',
    effects: [{ when: [is('organisation.shared_data', true)], points: { mesh: -1 } }],
    givesUp: ['mesh'],
  },
  {
    id: 'mesh-or-central.team-size',
    section: `${MESH} > Data Mesh vs. Centralized`,
    says: '| Team size | Smaller data team | Larger distributed teams |',
    effects: [
      { when: [SMALL_TEAM], points: { mesh: -1 } },
      { when: [LARGER_TEAM], points: { mesh: 1 } },
    ],
    givesUp: ['mesh'],
  },

  // Pattern 5.
  {
    id: 'lakehouse-warehouse.use-case',
    section: LAKEHOUSE_STACK,
    says: '**Use case:** Heavy data engineering on the lakehouse; business analytics in the warehouse.',
    effects: [{ when: [serves('bi'), serves('data')], points: { 'lakehouse-warehouse': 3 } }],
  },
  {
    id: 'lakehouse-warehouse.benefits',
    section: LAKEHOUSE_STACK,
    says: '**Benefits:** Best of both worlds—lakehouse flexibility for data engineering, warehouse simplicity for BI.',
    effects: [{ when: [serves('bi'), serves('data')], points: { 'lakehouse-warehouse': 1 } }],
    gains: ['lakehouse-warehouse'],
  },
  {
    id: 'lakehouse-warehouse.trade-offs',
    section: LAKEHOUSE_STACK,
    says: '**Trade-offs:** Data moves between systems; latency and sync complexity.',
    effects: [{ when: [SMALL_TEAM], points: { 'lakehouse-warehouse': -2 } }],
    givesUp: ['lakehouse-warehouse'],
    risks: ['lakehouse-warehouse'],
  },
  {
    id: 'streaming-batch.use-case',
    section: STREAMING_BATCH,
    says: '**Use case:** Real-time operational needs (fraud, alerting) plus batch analytics.',
    effects: [
      { when: [serves('real_time'), serves('bi')], points: { 'streaming-batch': 3 } },
      { when: [serves('real_time'), serves('data')], points: { 'streaming-batch': 3 } },
    ],
  },
  {
    id: 'streaming-batch.benefits',
    section: STREAMING_BATCH,
    says: '**Benefits:** Right tool for each job; streaming for speed, batch for depth.',
    effects: [{ when: [serves('real_time'), uses('complex_analytics')], points: { 'streaming-batch': 1 } }],
    gains: ['streaming-batch'],
  },
  {
    id: 'streaming-batch.trade-offs',
    section: STREAMING_BATCH,
    says: '**Trade-offs:** Two processing paths; potential inconsistency; more infrastructure.',
    effects: [{ when: [SMALL_TEAM], points: { 'streaming-batch': -2 } }],
    givesUp: ['streaming-batch'],
    risks: ['streaming-batch'],
  },

  // The five assessment questions.
  {
    id: 'latency.minutes-to-hours',
    section: CHOOSING,
    under: '**What are your latency requirements?**',
    says: 'Minutes to hours: Modern Data Stack or Lakehouse',
    effects: [{ when: [SLOW], points: { warehouse: 4, lakehouse: 4, 'lakehouse-warehouse': 2 } }],
  },
  {
    id: 'latency.seconds',
    section: CHOOSING,
    under: '**What are your latency requirements?**',
    says: 'Seconds: Streaming-first',
    effects: [{ when: [FAST], points: { streaming: 4, 'streaming-batch': 2 } }],
  },
  {
    id: 'latency.mixed',
    section: CHOOSING,
    under: '**What are your latency requirements?**',
    says: 'Mixed: Hybrid',
    effects: [{ when: [is('latency.mixed', true)], points: { 'lakehouse-warehouse': 4, 'streaming-batch': 4 } }],
  },
  {
    id: 'volume.gigabytes',
    section: CHOOSING,
    under: "**What's your data volume?**",
    says: 'Gigabytes: Modern Data Stack',
    effects: [{ when: [below('scale.planned_gb', TERABYTE)], points: { warehouse: 4 } }],
  },
  {
    id: 'volume.terabytes',
    section: CHOOSING,
    under: "**What's your data volume?**",
    says: 'Terabytes to Petabytes: Lakehouse',
    effects: [
      {
        when: [atLeast('scale.planned_gb', TERABYTE)],
        points: { lakehouse: 4, 'lakehouse-warehouse': 2, 'streaming-batch': 2 },
      },
    ],
  },
  {
    id: 'volume.events',
    section: CHOOSING,
    under: "**What's your data volume?**",
    says: 'High-velocity events: Streaming',
    effects: [{ when: [atLeast('scale.events_per_second', 1_000)], points: { streaming: 4, 'streaming-batch': 2 } }],
  },
  {
    id: 'team.small',
    section: CHOOSING,
    under: "**What's your team size and expertise?**",
    says: 'Small, SQL-focused: Modern Data Stack',
    effects: [{ when: [SMALL_TEAM, only('team.skills', 'sql')], points: { warehouse: 4 } }],
  },
  {
    id: 'team.large',
    section: CHOOSING,
    under: "**What's your team size and expertise?**",
    says: 'Large, diverse: Lakehouse or Data Mesh',
    effects: [
      {
        when: [LARGER_TEAM, atLeast('team.skills.count', 3)],
        points: { lakehouse: 4, mesh: 4, 'lakehouse-warehouse': 2, 'streaming-batch': 2 },
      },
    ],
  },
  {
    id: 'team.streaming',
    section: CHOOSING,
    under: "**What's your team size and expertise?**",
    says: 'Streaming expertise: Streaming-first',
    effects: [{ when: [has('team.skills', 'streaming')], points: { streaming: 4, 'streaming-batch': 2 } }],
  },
  {
    id: 'organisation.central',
    section: CHOOSING,
    under: "**What's your organizational structure?**",
    says: 'Central data team: Modern Data Stack or Lakehouse',
    effects: [
      {
        when: [is('organisation.structure', 'central')],
        points: { warehouse: 4, lakehouse: 4, 'lakehouse-warehouse': 2 },
      },
    ],
  },
  {
    id: 'organisation.distributed',
    section: CHOOSING,
    under: "**What's your organizational structure?**",
    says: 'Distributed domain teams: Data Mesh',
    effects: [{ when: [is('organisation.structure', 'distributed')], points: { mesh: 4 } }],
  },
  {
    id: 'budget.predictable',
    section: CHOOSING,
    under: "**What's your budget model?**",
    says: 'Predictable costs preferred: Lakehouse (storage-based)',
    effects: [{ when: [is('budget.model', 'predictable')], points: { lakehouse: 4, 'lakehouse-warehouse': 2 } }],
  },
  {
    id: 'budget.variable',
    section: CHOOSING,
    under: "**What's your budget model?**",
    says: 'Variable usage: Modern Data Stack (pay-per-query)',
    effects: [{ when: [is('budget.model', 'variable')], points: { warehouse: 4, 'lakehouse-warehouse': 2 } }],
  },

  // The framework's four steps.
  {
    id: 'requirements.latency',
    section: `${FRAMEWORK} > Step 1: Clarify Requirements`,
    says: "| Latency | What's the fastest data needs to be available? |",
    asks: ['latency.fastest', 'latency.mixed'],
  },
  {
    id: 'requirements.scale',
    section: `${FRAMEWORK} > Step 1: Clarify Requirements`,
    says: '| Scale | How much data now? In 2 years? |',
    asks: ['scale.now', 'scale.in_two_years', 'scale.events_per_second'],
  },
  {
    id: 'requirements.use-cases',
    section: `${FRAMEWORK} > Step 1: Clarify Requirements`,
    says: '| Use cases | BI? ML? Real-time? All of the above? |',
    asks: ['use_cases'],
  },
  {
    id: 'requirements.team',
    section: `${FRAMEWORK} > Step 1: Clarify Requirements`,
    says: '| Team | Size? Skills? Growth plans? |',
    asks: ['team.people', 'team.skills', 'team.people_in_two_years'],
  },
  {
    id: 'requirements.budget',
    section: `${FRAMEWORK} > Step 1: Clarify Requirements`,
    says: '| Budget | Constraints? Predictability needs? |',
    asks: ['budget.monthly_usd', 'budget.model', 'budget.usage', 'budget.lock_in'],
  },
  {
    id: 'map.simple-bi',
    section: `${FRAMEWORK} > Step 2: Map to Patterns`,
    says: '| Simple BI, small data | Modern Data Stack |',
    effects: [
      { when: [only('use_cases.families', 'bi'), below('scale.planned_gb', TERABYTE)], points: { warehouse: 2 } },
    ],
  },
  {
    id: 'map.large-scale',
    section: `${FRAMEWORK} > Step 2: Map to Patterns`,
    says: '| Large scale, diverse workloads | Lakehouse |',
    effects: [
      {
        when: [atLeast('scale.planned_gb', TERABYTE), is('use_cases.diverse', true)],
        points: { lakehouse: 2, 'lakehouse-warehouse': 1, 'streaming-batch': 1 },
      },
    ],
  },
  {
    id: 'map.real-time',
    section: `${FRAMEWORK} > Step 2: Map to Patterns`,
    says: '| Real-time processing | Streaming-first |',
    effects: [{ when: [serves('real_time')], points: { streaming: 2, 'streaming-batch': 1 } }],
  },
  {
    id: 'map.domain-autonomy',
    section: `${FRAMEWORK} > Step 2: Map to Patterns`,
    says: '| Domain autonomy at scale | Data Mesh |',
    effects: [
      { when: [is('organisation.structure', 'distributed'), atLeast('organisation.domains', 12)], points: { mesh: 2 } },
    ],
  },
  {
    id: 'map.multiple-requirements',
    section: `${FRAMEWORK} > Step 2: Map to Patterns`,
    says: '| Multiple requirements | Hybrid |',
    effects: [
      { when: [serves('bi'), serves('data')], points: { 'lakehouse-warehouse': 2 } },
      { when: [serves('real_time'), serves('bi')], points: { 'streaming-batch': 2 } },
      { when: [serves('real_time'), serves('data')], points: { 'streaming-batch': 2 } },
    ],
  },
  {
    id: 'trade-offs.gains',
    section: `${FRAMEWORK} > Step 3: Validate Trade-offs`,
    says: 'What you gain',
    demands: 'gains',
  },
  {
    id: 'trade-offs.gives-up',
    section: `${FRAMEWORK} > Step 3: Validate Trade-offs`,
    says: 'What you give up',
    demands: 'givesUp',
  },
  {
    id: 'trade-offs.risks',
    section: `${FRAMEWORK} > Step 3: Validate Trade-offs`,
    says: 'What risks you accept',
    demands: 'risks',
  },
  {
    id: 'evolution.migrations',
    section: `${FRAMEWORK} > Step 4: Plan Evolution`,
    says: 'How to migrate if needs change',
    demands: 'migrations',
  },
  {
    id: 'evolution.decisions',
    section: `${FRAMEWORK} > Step 4: Plan Evolution`,
    says: 'What decisions are reversible vs. irreversible',
    demands: 'decisions',
  },
  {
    id: 'evolution.lock-in',
    section: `${FRAMEWORK} > Step 4: Plan Evolution`,
    says: 'How to avoid lock-in where possible',
    demands: 'lockIn',
  },

  // The summary.
  {
    id: 'summary.stack.is',
    section: SUMMARY,
    under: '**Modern Data Stack:**',
    says: 'Cloud-native, SQL-centric, ELT-based',
    gains: ['warehouse'],
  },
  {
    id: 'summary.stack.best-for',
    section: SUMMARY,
    under: '**Modern Data Stack:**',
    says: 'Best for: Standard BI, small-medium teams',
    effects: [{ when: [uses('standard_bi'), SMALL_TEAM], points: { warehouse: 1 } }],
  },
  {
    id: 'summary.stack.trade-off',
    section: SUMMARY,
    under: '**Modern Data Stack:**',
    says: 'Trade-off: Simplicity over flexibility',
    effects: [{ when: [wants('flexibility')], points: { warehouse: -1 } }],
    givesUp: ['warehouse'],
  },
  {
    id: 'summary.lakehouse.is',
    section: SUMMARY,
    under: '**Lakehouse:**',
    says: 'Open formats, multi-engine, cost-efficient at scale',
    gains: ['lakehouse'],
  },
  {
    id: 'summary.lakehouse.best-for',
    section: SUMMARY,
    under: '**Lakehouse:**',
    says: 'Best for: Large data, diverse workloads, ML',
    effects: [{ when: [atLeast('scale.planned_gb', TERABYTE), uses('machine_learning')], points: { lakehouse: 1 } }],
  },
  {
    id: 'summary.lakehouse.trade-off',
    section: SUMMARY,
    under: '**Lakehouse:**',
    says: 'Trade-off: Flexibility over simplicity',
    effects: [{ when: [wants('flexibility')], points: { lakehouse: 1 } }],
    givesUp: ['lakehouse'],
  },
  {
    id: 'summary.streaming.is',
    section: SUMMARY,
    under: '**Streaming-First:**',
    says: 'Events as source of truth, real-time processing',
    gains: ['streaming'],
  },
  {
    id: 'summary.streaming.best-for',
    section: SUMMARY,
    under: '**Streaming-First:**',
    says: 'Best for: Low-latency, event-driven systems',
    effects: [{ when: [FAST, uses('event_driven')], points: { streaming: 1 } }],
  },
  {
    id: 'summary.streaming.trade-off',
    section: SUMMARY,
    under: '**Streaming-First:**',
    says: 'Trade-off: Real-time capability over simplicity',
    effects: [{ when: [wants('simplicity')], points: { streaming: -1 } }],
    givesUp: ['streaming'],
  },
  {
    id: 'summary.mesh.is',
    section: SUMMARY,
    under: '**Data Mesh:**',
    says: 'Domain ownership, data as product',
    gains: ['mesh'],
  },
  {
    id: 'summary.mesh.best-for',
    section: SUMMARY,
    under: '**Data Mesh:**',
    says: 'Best for: Large organizations, distributed teams',
    effects: [
      {
        when: [is('organisation.structure', 'distributed'), atLeast('organisation.engineers', 200)],
        points: { mesh: 1 },
      },
    ],
  },
  {
    id: 'summary.mesh.trade-off',
    section: SUMMARY,
    under: '**Data Mesh:**',
    says: 'Trade-off: Autonomy over centralization',
    givesUp: ['mesh'],
  },
  {
    id: 'summary.hybrid.is',
    section: SUMMARY,
    under: '**Hybrid:**',
    says: 'Combine patterns for different needs',
    gains: ['lakehouse-warehouse', 'streaming-batch'],
  },
  {
    id: 'summary.hybrid.best-for',
    section: SUMMARY,
    under: '**Hybrid:**',
    says: 'Best for: Complex requirements',
    effects: [
      {
        when: [serves('bi'), serves('data'), serves('real_time')],
        points: { 'lakehouse-warehouse': 2, 'streaming-batch': 2 },
      },
    ],
  },
  {
    id: 'summary.hybrid.trade-off',
    section: SUMMARY,
    under: '**Hybrid:**',
    says: 'Trade-off: Capability over simplicity',
    effects: [{ when: [wants('simplicity')], points: { 'lakehouse-warehouse': -1, 'streaming-batch': -1 } }],
    givesUp: ['lakehouse-warehouse', 'streaming-batch'],
  },
  {
    id: 'summary.key-insight',
    section: SUMMARY,
    says: "**Key insight:** There's no best architecture—only appropriate architectures for specific contexts. Understanding trade-offs lets you choose deliberately rather than following trends.",
    demands: 'tipping',
  },
];

/** Answers that do not go together, beyond those that a rule above names. */
export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    id: 'slow-but-real-time',
    when: [SLOW, uses('real_time')],
    says: 'Nothing needs data within seconds, but fraud detection, trading or operational dashboards are among the use cases.',
    remedy: "Take them out of 'use_cases', or set 'latency.fastest' to what they need.",
  },
  {
    id: 'mixed-without-speed',
    when: [SLOW, is('latency.mixed', true)],
    says: 'The latencies are said to be mixed, but the fastest of them is minutes or more.',
    remedy: "Set 'latency.mixed' to false, or 'latency.fastest' to what the fastest use needs.",
  },
  {
    id: 'fast-without-skills',
    when: [FAST, lacks('team.skills', 'streaming'), SMALL_TEAM],
    says: 'Data is needed within seconds, but nobody in a small team has run stream processing.',
    remedy: 'Ask whether minutes do for the first year, or hire before you build.',
  },
  {
    id: 'sub-second-but-simple',
    when: [is('latency.fastest', 'sub_second'), wants('operational_burden')],
    says: 'Less than a second is needed, and a low operational burden too; always-on jobs with state need attention.',
    remedy: 'Decide which of the two gives way.',
  },
  {
    id: 'shrinking-data',
    when: [below('scale.growth', 1)],
    says: 'There will be less data in two years than there is now.',
    remedy: "Correct 'scale.in_two_years', or say in the record what goes.",
  },
  {
    id: 'petabytes-with-few-people',
    when: [atLeast('scale.planned_gb', PETABYTE), below('team.people', 4)],
    says: 'A petabyte or more is expected, and fewer than four people work on data.',
    remedy: 'Check the figure, or plan for more people.',
  },
  {
    id: 'distributed-but-one-domain',
    when: [is('organisation.structure', 'distributed'), below('organisation.domains', 2)],
    says: 'The data is owned by distributed domain teams, but there is one domain.',
    remedy: "Correct 'organisation.structure' or 'organisation.domains'.",
  },
  {
    id: 'distributed-but-tiny',
    when: [is('organisation.structure', 'distributed'), below('organisation.engineers', 11)],
    says: 'The data is owned by distributed domain teams, in an organisation of ten engineers or fewer.',
    remedy: 'Treat them as one team until there are more of them.',
  },
  {
    id: 'more-data-people-than-engineers',
    when: [below('organisation.engineers', 11), atLeast('team.people', 20)],
    says: 'More people work on data than the organisation has engineers.',
    remedy: "Count the data people among 'organisation.engineers'.",
  },
];
