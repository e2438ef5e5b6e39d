/** What a topic of upserts holds: the newest value of each key. */
export type Upserts = ReadonlyMap<string, string>;

/** How a generation's results differ from those of the one before. */
export interface Comparison {
  readonly identical: number;
  /** Of the same key, but not the same byte for byte. */
  readonly different: number;
  /** That the new generation lacks. */
  readonly missing: number;
  /** That the new generation alone has. */
  readonly added: number;
  /** Some keys of each kind. */
  readonly examples: { readonly [kind in 'different' | 'missing' | 'added']: readonly string[] };
}

const EXAMPLES = 5;

/** Compares what two generations of the processing have written. */
export function compareGenerations(before: Upserts, after: Upserts): Comparison {
  const shared = [...before.keys()].filter((key) => after.has(key));
  const different = shared.filter((key) => before.get(key) !== after.get(key));
  const missing = [...before.keys()].filter((key) => !after.has(key));
  const added = [...after.keys()].filter((key) => !before.has(key));
  return {
    identical: shared.length - different.length,
    different: different.length,
    missing: missing.length,
    added: added.length,
    examples: {
      different: different.slice(0, EXAMPLES),
      missing: missing.slice(0, EXAMPLES),
      added: added.slice(0, EXAMPLES),
    },
  };
}

/** Takes a message in: a key without a value is gone. */
export function upsert(into: Map<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) into.delete(key);
  else into.set(key, value);
}
