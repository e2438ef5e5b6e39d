import type { Change } from '../changes';
import { listed } from '../consumers';
import { MINOR, STATEFUL } from '../stateful';
import { at, stable } from '../template';
import type { Rule } from './rule';
import { riskOf } from './rule';

const KEEPS = new Set(['Retain', 'Snapshot', 'RetainExceptOnCreate']);

/** Stateful resources that are replaced, deleted or given up, and those that lose their protection. */
export const stateRules: Rule = ({ changes, consumers }) => [
  ...changes.filter(isStateful).flatMap((change) => {
    const { type, effect, before, after, replacedFor } = change;
    const holds = STATEFUL[before?.Type ?? type];
    const needsApproval = !MINOR.has(type);
    const users = consumers.of(change.stack, change.logicalId);
    const hits = users.length === 0 ? '' : ` It is read by ${listed(users)}.`;
    const because = replacedFor.length > 0 ? ` because of ${replacedFor.join(', ')}` : '';
    switch (effect) {
      case 'replace':
      case 'may replace': {
        const keeps = KEEPS.has(before?.UpdateReplacePolicy ?? '');
        const fate = keeps
          ? `the new one begins empty, and the old one stays behind unused with ${holds}`
          : `${holds} is lost`;
        const verb = effect === 'replace' ? 'is replaced' : 'may be replaced';
        const remedy =
          'Put the old value back, or migrate first: add a second resource, copy, switch, then remove this one.';
        return riskOf(change, 'stateful-replaced', 'data', `${type} ${verb}${because}: ${fate}.${hits} ${remedy}`, {
          needsApproval,
        });
      }
      case 'delete':
        return riskOf(
          change,
          'stateful-deleted',
          'data',
          `${type} is deleted: ${holds} is lost.${hits} Keep it, or set its removal policy to RETAIN in a deployment before this one.`,
          { needsApproval },
        );
      case 'leave behind':
        return riskOf(
          change,
          'stateful-left-behind',
          'data',
          `${type} leaves the stack and stays in the account: nothing manages it any more, and a resource of the same name cannot be created. Import it where it goes on, or delete it by hand when it is over.`,
          { needsApproval },
        );
      default:
        if (isRenamed(change)) {
          const says = `${type} is renamed, which the catalog cannot do: a new one is created, and ${holds} stay under the old name or go with it. Put the old name back, or migrate.`;
          return riskOf(change, 'stateful-replaced', 'data', says);
        }
        return after !== undefined && before !== undefined && KEEPS.has(policy(before)) && !KEEPS.has(policy(after))
          ? riskOf(
              change,
              'retention-policy-removed',
              'data',
              `${type} was kept when the stack is deleted and will not be any more: the next deletion takes ${holds} with it. Keep removal policy RETAIN in production.`,
              { needsApproval },
            )
          : [];
    }
  }),
];

/** Names inside of a property that CloudFormation’s schema calls changeable. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::Glue::Database': 'DatabaseInput.Name',
  'AWS::Glue::Table': 'TableInput.Name',
};

function isRenamed({ type, before, after }: Change): boolean {
  const name = NAMES[type];
  if (name === undefined || before === undefined || after === undefined) return false;
  return stable(at(before.Properties, name)) !== stable(at(after.Properties, name));
}

function isStateful({ type, before }: Change): boolean {
  return before !== undefined && Object.hasOwn(STATEFUL, before.Type) && type !== '';
}

function policy({ DeletionPolicy, Type }: { DeletionPolicy?: string; Type: string }): string {
  // CloudFormation's own default for clusters and instances of RDS is a snapshot.
  return DeletionPolicy ?? (Type.startsWith('AWS::RDS::DBCluster') ? 'Snapshot' : 'Delete');
}
