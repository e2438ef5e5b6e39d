import { readFileSync } from 'fs';
import { join } from 'path';
import { UserError } from '../../../cli-errors';
import type { AssemblyStack } from '../cdk';
import type { RehearsalOptions } from '../rehearsal-options';
import type { FlowKind, FlowOption } from './data-flow';
import { LAKEHOUSE } from './lakehouse/lakehouse-flow';
import { STREAMING } from './streaming/streaming-flow';
import { WAREHOUSE } from './warehouse/warehouse-flow';

/** Every pattern whose stacks can be rehearsed. */
const KINDS: readonly FlowKind[] = [LAKEHOUSE, STREAMING, WAREHOUSE];

/**
 * The pattern that a synthesized stack is of: the one whose outputs it has.
 *
 * @throws UserError that names what the stack lacks
 */
export function flowKindOf(stack: AssemblyStack, kinds: readonly FlowKind[] = KINDS): FlowKind {
  const { Outputs = {} } = JSON.parse(readFileSync(join(stack.assembly, stack.template), 'utf8')) as {
    Outputs?: object;
  };
  const lacking = (kind: FlowKind): string[] => kind.outputs.filter((name) => !Object.hasOwn(Outputs, name));
  // Of two that lack as much, the one of which more is there.
  const [nearest] = [...kinds].sort(
    (a, b) => lacking(a).length - lacking(b).length || b.outputs.length - a.outputs.length,
  );
  const missing = lacking(nearest);
  if (missing.length > 0) {
    throw new UserError(
      `${stack.displayName}: the stack has no output ${missing.join(', ')}, by which a rehearsal of a ${nearest.name} finds its parts; add it (CfnOutput), or rehearse a blueprint's stack.`,
    );
  }
  return nearest;
}

/** @throws UserError when an option was given that the pattern has no use for */
export function requireFitting(kind: FlowKind, stack: AssemblyStack, options: RehearsalOptions): void {
  const given: { readonly [option in FlowOption]: boolean } = {
    trades: options.trades !== undefined,
    source: options.source !== undefined,
    faults: options.faults,
    erase: options.erase !== undefined,
    with: options.engines.length > 0,
  };
  const unfit = (Object.keys(given) as FlowOption[]).find((option) => given[option] && !kind.options.includes(option));
  if (unfit !== undefined) {
    throw new UserError(
      `--${unfit} means nothing to ${stack.displayName}, which is a ${kind.name}: leave it out (a ${kind.name} takes ${kind.options.map((option) => `--${option}`).join(', ') || 'no such option'}).`,
    );
  }
}
