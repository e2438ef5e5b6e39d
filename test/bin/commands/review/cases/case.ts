import type { Resource, Template } from '../../../../../bin/commands/review/template';

/** One change of a template, and what a careful engineer would say about it. */
export interface ReviewCase {
  readonly title: string;
  readonly base: Template;
  readonly head: Template;
  /** Rules whose risks need an approval; empty for a harmless change. */
  readonly approve: readonly string[];
  /** Rules whose risks are said and need none. */
  readonly say?: readonly string[];
}

type Resources = Readonly<Record<string, Resource>>;

/** A change of one resource's properties. */
export function changed(
  title: string,
  type: string,
  base: Record<string, unknown>,
  head: Record<string, unknown>,
  approve: readonly string[],
  say?: readonly string[],
): ReviewCase {
  const resource = (properties: object): Resources => ({
    Thing: { Type: type, Properties: properties } as Resource,
  });
  return between(title, resource(base), resource(head), approve, say);
}

/** A change of a template's resources. */
export function between(
  title: string,
  base: Resources,
  head: Resources,
  approve: readonly string[],
  say?: readonly string[],
): ReviewCase {
  return { title, base: { Resources: base }, head: { Resources: head }, approve, say };
}

/** A resource that stands in the stack before and is not there after. */
export function removed(
  title: string,
  resource: Record<string, unknown>,
  approve: readonly string[],
  say?: readonly string[],
): ReviewCase {
  return between(title, { Thing: resource as unknown as Resource }, {}, approve, say);
}
