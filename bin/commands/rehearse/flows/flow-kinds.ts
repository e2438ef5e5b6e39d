import { readFileSync } from 'fs';
import { join } from 'path';
import { UserError } from '../../../cli-errors';
import type { AssemblyStack } from '../cdk';
import type { RehearsalOptions } from '../rehearsal-options';
import type { FlowKind, FlowOption } from './data-flow';
import { LAKEHOUSE } from './lakehouse/lakehouse-flow';
import { LAKEHOUSE_WAREHOUSE } from './lakehouse-warehouse/lakehouse-warehouse-flow';
import { MESH } from './mesh/mesh-flow';
import { STREAMING_BATCH } from './streaming-batch/streaming-batch-flow';
import { STREAMING } from './streaming/streaming-flow';
import { WAREHOUSE } from './warehouse/warehouse-flow';

/** Every pattern whose stacks can be rehearsed. */
const KINDS: readonly FlowKind[] = [LAKEHOUSE, LAKEHOUSE_WAREHOUSE, STREAMING, STREAMING_BATCH, WAREHOUSE, MESH];

/**
 * What a name of the command line stands for: the stack of that name, or all stacks of a pattern that spans several and
 * whose names begin with it (`TradingMesh`, `TradingMesh*`).
 *
 * @returns none when there is no such stack
 */
export function stacksNamed(
  name: string,
  stacks: readonly AssemblyStack[],
  kinds: readonly FlowKind[] = KINDS,
): AssemblyStack[] {
  const named = stacks.filter(({ displayName, stackName }) => displayName === name || stackName === name);
  if (named.length > 0) return named.slice(0, 1);
  const begun = stacks.filter(({ displayName }) => displayName.startsWith(name.replace(/\*$/, '')));
  const spanning = kinds.filter(({ spansStacks }) => spansStacks);
  return spanning.some((kind) => lackingOutputs(begun, kind).length === 0) ? begun : [];
}

/**
 * The pattern that synthesized stacks are of: the one whose outputs they have.
 *
 * @throws UserError that names what the stack lacks
 */
export function flowKindOf(stacks: readonly AssemblyStack[], kinds: readonly FlowKind[] = KINDS): FlowKind {
  const [stack] = stacks;
  const fitting = kinds.filter(({ spansStacks = false }) => spansStacks === stacks.length > 1);
  const lacking = (kind: FlowKind): string[] => lackingOutputs(stacks, kind);
  // Of two that lack as much, the one of which more is there.
  const [nearest] = [...fitting].sort(
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

/** The outputs by which a rehearsal finds its parts, and which none of the stacks has. */
function lackingOutputs(stacks: readonly AssemblyStack[], { outputs }: FlowKind): string[] {
  const there = new Set(stacks.flatMap(outputsOf));
  return outputs.filter((name) => !there.has(name));
}

function outputsOf({ assembly, template }: AssemblyStack): string[] {
  const { Outputs = {} } = JSON.parse(readFileSync(join(assembly, template), 'utf8')) as { Outputs?: object };
  return Object.keys(Outputs);
}

/** @throws UserError when an option was given that the pattern has no use for */
export function requireFitting(kind: FlowKind, stack: AssemblyStack, options: RehearsalOptions): void {
  const given: { readonly [option in FlowOption]: boolean } = {
    trades: options.trades !== undefined,
    rate: options.rate !== undefined,
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
