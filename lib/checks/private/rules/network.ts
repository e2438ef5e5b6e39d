import { reachabilityOf } from '../reachability/reachability';
import { TASK_TYPES } from '../reachability/tasks';
import type { Rule } from '../rule';

/** The rule for tasks in a network. */
export const NETWORK: readonly Rule[] = [
  {
    id: 'NetworkReachability',
    types: TASK_TYPES,
    text: 'A task in a network does not reach what it calls.',
    remedy: 'Add the endpoint, route, rule or statement that is missing.',
    source: 'https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html (2026-11-23)',
    judge: ({ id }, model) => {
      const findings = reachabilityOf(model).filter(({ task }) => task === id);
      const certain = findings.filter(({ verdict }) => verdict === 'unreachable');
      const shown = certain.length > 0 ? certain : findings;
      if (shown.length === 0) return 'compliant';
      const detail = shown.map(({ message }) => message).join(' ');
      return { outcome: certain.length > 0 ? 'non-compliant' : 'unresolved', detail };
    },
  },
];
