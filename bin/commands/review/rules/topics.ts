import type { Change } from '../changes';
import { listed } from '../consumers';
import type { Risk } from '../risk';
import { textOf } from '../template';
import { kafkaConfigs } from './retention';
import type { Comparison, Rule } from './rule';
import { riskOf } from './rule';

const TOPICS = ['AWS::MSK::Topic', 'Custom::KafkaTopic'];

/** Partitions, cleanup and copies of topics; how long events are kept is a rule of retention. */
export const topicRules: Rule = ({ changes, consumers }) =>
  changes
    .filter(({ type, before, after }) => TOPICS.includes(type) && before !== undefined && after !== undefined)
    .flatMap((change) => topicRisks(change, consumers));

function topicRisks(change: Change, consumers: Comparison['consumers']): Risk[] {
  const [was, is] = [change.before?.Properties ?? {}, change.after?.Properties ?? {}];
  const name = textOf(was.TopicName);
  const number = (value: unknown): number => Number(value ?? 0);
  const [old, now] = [number(was.PartitionCount ?? was.Partitions), number(is.PartitionCount ?? is.Partitions)];
  const readers = consumers.of(change.stack, change.logicalId);
  const hits = readers.length === 0 ? '' : ` It is read by ${listed(readers)}.`;
  const risks: Risk[] = [];
  if (now < old) {
    const says = `topic '${name}': ${old} partitions become ${now}; Kafka cannot take partitions away, so the deployment fails or the topic is made anew without its events.${hits} Keep ${old}, or create a second topic and move.`;
    risks.push(riskOf(change, 'partitions-reduced', 'data', says));
  }
  if (now > old) {
    const says = `topic '${name}': ${old} partitions become ${now}; from then on a key may go to another partition, so that its events are no longer in order across the change.${hits} Fine where nobody relies on the order of a key.`;
    risks.push(riskOf(change, 'partitions-added', 'contract', says, { needsApproval: false }));
  }
  if (number(is.ReplicationFactor) < number(was.ReplicationFactor)) {
    const says = `topic '${name}': ${textOf(was.ReplicationFactor)} copies of each event become ${textOf(is.ReplicationFactor)}; the loss of one broker may lose events. Keep the factor.`;
    risks.push(riskOf(change, 'copies-reduced', 'data', says));
  }
  const cleanup = (value: typeof was): string => textOf(kafkaConfigs(value.Configs)['cleanup.policy']) || 'delete';
  if (cleanup(was) !== cleanup(is)) {
    const says = `topic '${name}': cleanup.policy '${cleanup(was)}' becomes '${cleanup(is)}'; ${cleanup(is).includes('compact') ? 'all but the last event of each key is removed' : 'old events are removed by age and no longer by key'}. Consumers that replay read something else.${hits}`;
    risks.push(riskOf(change, 'cleanup-changed', 'data', says));
  }
  return risks;
}
