import type { Stack } from './assembly';
import { type Flow, flowOf } from './flow';
import { isGroup, type Json, listOf, type Resource, textOf } from './template';

/** Who relies on what: readers in the data flow, and resources of other stacks that import its exports. */
export class Consumers {
  private flow?: Flow;
  private importsByExport?: ReadonlyMap<string, readonly string[]>;

  /** @param stacks all of the assembly, those that do not change included: a consumer need not change to be hit */
  public constructor(private readonly stacks: readonly Stack[]) {}

  /** Names of what reads a resource, in any stack, and of what imports its exports. */
  public of(stack: string, logicalId: string): string[] {
    const template = this.stacks.find(({ name }) => name === stack)?.template;
    const exported = Object.values(template?.Outputs ?? {}).flatMap(({ Export, Value }) =>
      Export !== undefined && mentions(Value, logicalId) ? [textOf(Export.Name)] : [],
    );
    return [...new Set([...this.readers(stack, logicalId), ...exported.flatMap((name) => this.importers(name))])];
  }

  /** Paths of resources that import an export. */
  public importers(exportName: string): readonly string[] {
    this.importsByExport ??= importsIn(this.stacks);
    return this.importsByExport.get(exportName) ?? [];
  }

  private readers(stack: string, logicalId: string): string[] {
    this.flow ??= flowOf(this.stacks);
    const { nodes, edges } = this.flow;
    const ids = new Set(edges.filter(({ from }) => from === `${stack}/${logicalId}`).map(({ to }) => to));
    return nodes
      .filter(({ id }) => ids.has(id))
      .map((node) =>
        node.stack === undefined || node.stack === stack ? node.label : `${node.label} of ${node.stack}`,
      );
  }
}

const SHOWN = 6;

/** A few names as a sentence lists them. */
export function listed(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Paths of the resources that import each export. */
function importsIn(stacks: readonly Stack[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name: stack, template } of stacks) {
    for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
      for (const name of importsOf(resource.Properties)) {
        const paths = found.get(name);
        const path = pathOf(resource, `${stack}/${logicalId}`);
        if (paths === undefined) found.set(name, [path]);
        else paths.push(path);
      }
    }
  }
  return found;
}

/** Names of the exports that a value imports, each once. */
function importsOf(value: Json | undefined): Set<string> {
  const names = new Set<string>();
  const walk = (each: Json | undefined): void => {
    if (Array.isArray(each)) each.forEach(walk);
    if (!isGroup(each)) return;
    if ('Fn::ImportValue' in each) names.add(textOf(each['Fn::ImportValue']));
    Object.values(each).forEach(walk);
  };
  walk(value);
  return names;
}

/** Path of the construct of a resource, where its template tells it. */
export function pathOf(resource: Resource | undefined, otherwise: string): string {
  const path = resource?.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/\/(Resource|Default)$/, '') : otherwise;
}

function mentions(value: Json | undefined, logicalId: string): boolean {
  if (isGroup(value)) {
    const attribute = listOf(value['Fn::GetAtt'])[0];
    if (value.Ref === logicalId || attribute === logicalId) return true;
    return Object.values(value).some((each) => mentions(each, logicalId));
  }
  if (Array.isArray(value)) return value.some((each: Json) => mentions(each, logicalId));
  // What Fn::Sub puts in.
  return typeof value === 'string' && new RegExp(`\\$\\{${logicalId}[.}]`).test(value);
}
