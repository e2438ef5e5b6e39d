import { NAMESPACE } from './product-objectives';

/** What the portal calls an objective, by the metric that its alarms watch. */
const OBJECTIVES: { readonly [metric: string]: string } = {
  Fresh: 'freshness',
  Available: 'availability',
  Sound: 'quality',
};

/** Whether a promise is kept, as its alarms tell. */
export interface ObjectiveState {
  readonly state: 'kept' | 'broken' | 'unknown';
  /** Since when, ISO 8601 in UTC. */
  readonly since?: string;
}

/** What the portal shows: written beside its pages, read by them. */
export interface PortalState {
  /** When it was asked, ISO 8601 in UTC. */
  readonly at: string;
  /** Objectives by product and major version, such as `trading.trades v1`. */
  readonly products: { readonly [product: string]: { readonly [objective: string]: ObjectiveState } };
  /** Domains that did not answer. */
  readonly silent: readonly string[];
}

/** As much of an alarm of CloudWatch as tells whether a promise is kept. */
export interface SeenAlarm {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Metrics?: readonly {
    readonly MetricStat?: {
      readonly Metric?: {
        readonly Namespace?: string;
        readonly MetricName?: string;
        readonly Dimensions?: readonly Dimension[];
      };
    };
  }[];
  readonly StateValue?: string;
  readonly StateTransitionedTimestamp?: Date;
}

interface Dimension {
  readonly Name?: string;
  readonly Value?: string;
}

/** Where the alarms of a domain are. */
export interface DomainToAsk {
  readonly domainName: string;
  /** The role of the domain that may see them. */
  readonly roleArn: string;
}

/** How many domains are asked at a time. */
const AT_ONCE = 10;

/** Asks every domain. One that does not answer leaves its products unknown, and those of the others as they are. */
export async function portalState(
  domains: readonly DomainToAsk[],
  alarmsOf: (roleArn: string) => Promise<readonly SeenAlarm[]>,
  now: Date,
): Promise<PortalState> {
  const products: Record<string, Record<string, ObjectiveState>> = {};
  const silent: string[] = [];
  const waiting = [...domains];
  const ask = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { domainName, roleArn } = next;
      try {
        // A domain speaks for its own products alone, whatever its alarms are called.
        for (const alarm of await alarmsOf(roleArn)) addAlarm(products, alarm, `${domainName}.`);
      } catch (error) {
        silent.push(domainName);
        console.error(JSON.stringify({ domainName, roleArn, reason: String(error) }));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return { at: now.toISOString(), products, silent: silent.sort() };
}

function addAlarm(products: Record<string, Record<string, ObjectiveState>>, alarm: SeenAlarm, prefix: string): void {
  const metric = [alarm, ...(alarm.Metrics ?? []).map((each) => each.MetricStat?.Metric)].find(
    (each) => each?.Namespace === NAMESPACE,
  );
  const objective = OBJECTIVES[metric?.MetricName ?? ''];
  const product = metric?.Dimensions?.find(({ Name }) => Name === 'Product')?.Value;
  if (objective === undefined || !product?.startsWith(prefix)) return;
  const known = (products[product] ??= {});
  known[objective] = worse(known[objective], stateOf(alarm));
}

function stateOf({ StateValue, StateTransitionedTimestamp: since }: SeenAlarm): ObjectiveState {
  const state = StateValue === 'OK' ? 'kept' : StateValue === 'ALARM' ? 'broken' : 'unknown';
  return since === undefined ? { state } : { state, since: since.toISOString() };
}

/** Of several alarms on an objective one that rings decides, then one that does not know; since when the first rang, or the last was well. */
function worse(one: ObjectiveState | undefined, other: ObjectiveState): ObjectiveState {
  if (one === undefined) return other;
  const order = ['kept', 'unknown', 'broken'];
  const difference = order.indexOf(one.state) - order.indexOf(other.state);
  if (difference !== 0) return difference > 0 ? one : other;
  const [earlier, later] = (one.since ?? '') < (other.since ?? '') ? [one, other] : [other, one];
  return one.state === 'broken' ? earlier : later;
}
