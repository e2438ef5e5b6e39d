import type { Answers } from '../../../../bin/commands/advise/facts';
import type { Pattern } from '../../../../bin/commands/advise/patterns';

/**
 * What the seed states, read by a person: for each rule an example of answers, and what then has to come out. Written
 * from the seed's text and not from the rules.
 *
 * - `first`: with these answers alone, exactly these patterns are before all others
 * - `up`, `down`: with these answers the patterns stand better or worse than with `unless`
 */
export interface Stated {
  readonly answers: Answers;
  readonly unless?: Answers;
  readonly first?: readonly Pattern[];
  readonly up?: readonly Pattern[];
  readonly down?: readonly Pattern[];
}

const HYBRIDS: readonly Pattern[] = ['lakehouse-warehouse', 'streaming-batch'];
const SMALL = { 'team.people': 5 };
const LARGE = { 'team.people': 60 };

export const STATED: Readonly<Record<string, Stated>> = {
  'quality.fitness-for-purpose': {
    answers: { priorities: ['fitness_for_purpose'], use_cases: ['real_time'] },
    unless: { priorities: [], use_cases: ['real_time'] },
    up: ['streaming'],
  },
  'quality.simplicity': { answers: { priorities: ['simplicity'] }, first: ['warehouse'] },
  'quality.scalability': { answers: { priorities: ['scalability'] }, first: ['lakehouse'], down: ['warehouse'] },
  'quality.flexibility': { answers: { priorities: ['flexibility'] }, first: ['lakehouse'], down: ['warehouse'] },
  'quality.cost-efficiency': {
    answers: { priorities: ['cost_efficiency'] },
    first: ['lakehouse'],
    down: ['streaming'],
  },
  'quality.operational-burden': {
    answers: { priorities: ['operational_burden'] },
    first: ['warehouse'],
    down: ['streaming'],
  },
  'triangle.flexibility-performance': { answers: { priorities: ['performance'] }, up: ['streaming'] },

  'stack.works-well.saas-analytics': { answers: { use_cases: ['saas_analytics'] }, first: ['warehouse'] },
  'stack.works-well.small-teams': { answers: { 'team.people': 10 }, first: ['warehouse'] },
  'stack.works-well.standard-bi': { answers: { use_cases: ['standard_bi'] }, first: ['warehouse'] },
  'stack.works-well.rapid-iteration': { answers: { 'team.first_result': 'days' }, first: ['warehouse'] },
  'stack.struggles.real-time': { answers: { 'latency.fastest': 'seconds' }, down: ['warehouse'] },
  'stack.struggles.machine-learning': {
    answers: { use_cases: ['machine_learning'], 'scale.now': '5 TB' },
    unless: { use_cases: [], 'scale.now': '5 TB' },
    down: ['warehouse'],
  },
  'stack.struggles.complex-data': { answers: { use_cases: ['unstructured_data'] }, down: ['warehouse'] },
  'stack.struggles.cost-at-scale': { answers: { 'budget.usage': 'heavy' }, down: ['warehouse'] },

  'lakehouse.works-well.large-scale': {
    answers: { 'scale.now': '3 PB' },
    unless: { 'scale.now': '3 TB' },
    up: ['lakehouse'],
  },
  'lakehouse.works-well.diverse-workloads': {
    answers: { use_cases: ['complex_analytics', 'machine_learning'] },
    first: ['lakehouse'],
  },
  'lakehouse.works-well.cost-sensitivity': { answers: { priorities: ['cost_efficiency'] }, first: ['lakehouse'] },
  'lakehouse.works-well.data-science': { answers: { use_cases: ['exploration'] }, first: ['lakehouse'] },
  'lakehouse.works-well.multi-engine': { answers: { use_cases: ['several_engines'] }, first: ['lakehouse'] },
  'lakehouse.struggles.simple-bi': { answers: { use_cases: ['standard_bi'] }, down: ['lakehouse'] },
  'lakehouse.struggles.small-data': { answers: { 'scale.now': '900 GB' }, down: ['lakehouse'], up: ['warehouse'] },
  'lakehouse.struggles.limited-engineering': { answers: { 'team.skills': ['sql'] }, down: ['lakehouse'] },
  'lakehouse.struggles.governance': {
    answers: { 'organisation.governance': 'strong' },
    down: ['lakehouse'],
    first: ['warehouse'],
  },
  'lakehouse-or-stack.primary-store': {
    answers: { use_cases: ['several_engines'] },
    up: ['lakehouse'],
    down: ['warehouse'],
  },
  'lakehouse-or-stack.lock-in': { answers: { 'budget.lock_in': 'avoid' }, first: ['lakehouse'], down: ['warehouse'] },
  'lakehouse-or-stack.complexity': { answers: { priorities: ['simplicity'] }, up: ['warehouse'], down: ['lakehouse'] },
  'lakehouse-or-stack.cost-at-scale': { answers: { 'scale.now': '40 TB' }, up: ['lakehouse'], down: ['warehouse'] },
  'lakehouse-or-stack.ml-support': {
    answers: { use_cases: ['machine_learning'] },
    up: ['lakehouse'],
    down: ['warehouse'],
  },
  'lakehouse-or-stack.streaming': {
    answers: { 'scale.events_per_second': 20_000 },
    up: ['lakehouse'],
    down: ['warehouse'],
  },
  'lakehouse-or-stack.team-size': { answers: LARGE, unless: SMALL, up: ['lakehouse'], down: ['warehouse'] },

  'streaming.works-well.real-time': {
    answers: { 'latency.fastest': 'sub_second' },
    unless: { 'latency.fastest': 'seconds' },
    up: ['streaming'],
  },
  'streaming.works-well.event-driven': { answers: { use_cases: ['event_driven'] }, first: ['streaming'] },
  'streaming.works-well.high-volume': { answers: { use_cases: ['continuous_ingestion'] }, first: ['streaming'] },
  'streaming.works-well.unified': { answers: { use_cases: ['batch_and_stream'] }, first: ['streaming'] },
  'streaming.struggles.complex-analytics': { answers: { use_cases: ['complex_analytics'] }, down: ['streaming'] },
  'streaming.struggles.expertise': { answers: { 'team.skills': ['sql', 'spark'] }, down: ['streaming'] },
  'streaming.struggles.debugging': { answers: { priorities: ['operational_burden'] }, down: ['streaming'] },
  'streaming.struggles.cost': { answers: { 'budget.usage': 'occasional' }, down: ['streaming'] },

  'mesh.works-well.large-organizations': {
    answers: { 'organisation.engineers': 400, 'organisation.domains': 30 },
    first: ['mesh'],
  },
  'mesh.works-well.domain-expertise': { answers: { 'organisation.domain_expertise': true }, first: ['mesh'] },
  'mesh.works-well.diverse-use-cases': {
    answers: { 'organisation.domains': 5, use_cases: ['standard_bi', 'machine_learning', 'real_time'] },
    unless: { 'organisation.domains': 1, use_cases: ['standard_bi', 'machine_learning', 'real_time'] },
    up: ['mesh'],
  },
  'mesh.works-well.scaling-teams': {
    answers: { 'team.people': 20, 'team.people_in_two_years': 60 },
    unless: { 'team.people': 20, 'team.people_in_two_years': 20 },
    up: ['mesh'],
  },
  'mesh.struggles.small-organizations': { answers: { 'organisation.engineers': 8 }, down: ['mesh'] },
  'mesh.struggles.shared-data': { answers: { 'organisation.shared_data': true }, down: ['mesh'] },
  'mesh.struggles.platform-maturity': { answers: { 'organisation.platform': 'none' }, down: ['mesh'] },
  'mesh.struggles.governance': { answers: { 'organisation.governance': 'strong' }, down: ['mesh'] },
  'mesh-or-central.ownership': {
    answers: { 'organisation.structure': 'distributed' },
    unless: { 'organisation.structure': 'central' },
    up: ['mesh'],
    down: ['warehouse', 'lakehouse'],
  },
  'mesh-or-central.bottleneck': { answers: { 'organisation.platform': 'mature' }, first: ['mesh'] },
  'mesh-or-central.quality': { answers: { 'organisation.governance': 'strong' }, down: ['mesh'] },
  'mesh-or-central.speed': { answers: { 'organisation.domains': 15 }, first: ['mesh'] },
  'mesh-or-central.consistency': { answers: { 'organisation.shared_data': true }, down: ['mesh'] },
  'mesh-or-central.team-size': { answers: LARGE, unless: SMALL, up: ['mesh'] },

  'lakehouse-warehouse.use-case': {
    answers: { use_cases: ['standard_bi', 'machine_learning'] },
    first: ['lakehouse-warehouse'],
  },
  'lakehouse-warehouse.benefits': {
    answers: { use_cases: ['saas_analytics', 'exploration'] },
    first: ['lakehouse-warehouse'],
  },
  'lakehouse-warehouse.trade-offs': { answers: SMALL, down: ['lakehouse-warehouse'] },
  'streaming-batch.use-case': { answers: { use_cases: ['real_time', 'standard_bi'] }, first: ['streaming-batch'] },
  'streaming-batch.benefits': {
    answers: { use_cases: ['real_time', 'complex_analytics'] },
    first: ['streaming-batch'],
  },
  'streaming-batch.trade-offs': { answers: SMALL, down: ['streaming-batch'] },

  'latency.minutes-to-hours': { answers: { 'latency.fastest': 'minutes' }, first: ['warehouse', 'lakehouse'] },
  'latency.seconds': { answers: { 'latency.fastest': 'seconds' }, first: ['streaming'] },
  'latency.mixed': { answers: { 'latency.mixed': true }, first: HYBRIDS },
  'volume.gigabytes': { answers: { 'scale.now': '80 GB' }, first: ['warehouse'] },
  'volume.terabytes': { answers: { 'scale.now': '80 TB' }, first: ['lakehouse'] },
  'volume.events': { answers: { 'scale.events_per_second': 50_000 }, first: ['streaming'] },
  'team.small': { answers: { 'team.people': 4, 'team.skills': ['sql'] }, first: ['warehouse'] },
  'team.large': {
    answers: { 'team.people': 50, 'team.skills': ['sql', 'spark', 'machine_learning', 'platform'] },
    first: ['lakehouse', 'mesh'],
  },
  'team.streaming': { answers: { 'team.skills': ['streaming'] }, first: ['streaming'] },
  'organisation.central': { answers: { 'organisation.structure': 'central' }, first: ['warehouse', 'lakehouse'] },
  'organisation.distributed': { answers: { 'organisation.structure': 'distributed' }, first: ['mesh'] },
  'budget.predictable': { answers: { 'budget.model': 'predictable' }, first: ['lakehouse'] },
  'budget.variable': { answers: { 'budget.model': 'variable' }, first: ['warehouse'] },

  'map.simple-bi': { answers: { use_cases: ['standard_bi'], 'scale.now': '50 GB' }, first: ['warehouse'] },
  'map.large-scale': {
    answers: { use_cases: ['machine_learning', 'exploration', 'complex_analytics'], 'scale.now': '50 TB' },
    first: ['lakehouse'],
  },
  'map.real-time': { answers: { use_cases: ['real_time'] }, first: ['streaming'] },
  'map.domain-autonomy': {
    answers: { 'organisation.structure': 'distributed', 'organisation.domains': 20 },
    first: ['mesh'],
  },
  'map.multiple-requirements': {
    answers: { use_cases: ['standard_bi', 'machine_learning', 'real_time'] },
    first: HYBRIDS,
  },

  'summary.stack.best-for': { answers: { use_cases: ['standard_bi'], 'team.people': 8 }, first: ['warehouse'] },
  'summary.stack.trade-off': {
    answers: { priorities: ['flexibility'] },
    unless: { priorities: ['simplicity'] },
    down: ['warehouse'],
  },
  'summary.lakehouse.best-for': {
    answers: { use_cases: ['machine_learning', 'several_engines'], 'scale.now': '200 TB' },
    first: ['lakehouse'],
  },
  'summary.lakehouse.trade-off': {
    answers: { priorities: ['flexibility'] },
    unless: { priorities: ['simplicity'] },
    up: ['lakehouse'],
  },
  'summary.streaming.best-for': {
    answers: { 'latency.fastest': 'sub_second', use_cases: ['event_driven'] },
    first: ['streaming'],
  },
  'summary.streaming.trade-off': { answers: { priorities: ['simplicity'] }, down: ['streaming'] },
  'summary.mesh.best-for': {
    answers: { 'organisation.structure': 'distributed', 'organisation.engineers': 500 },
    first: ['mesh'],
  },
  'summary.hybrid.best-for': {
    answers: { use_cases: ['standard_bi', 'machine_learning', 'event_driven'], 'latency.mixed': true },
    first: HYBRIDS,
  },
  'summary.hybrid.trade-off': { answers: { priorities: ['simplicity'] }, down: HYBRIDS },
};
