/** As much of a JSON Schema as tells which settings there are. */
interface SchemaNode {
  readonly $ref?: string;
  readonly properties?: { readonly [name: string]: SchemaNode };
  readonly items?: SchemaNode;
}

/**
 * The paths of all settings of a blueprint's schema that are not groups of others.
 *
 * @param intoLists a list of groups gives the settings of its entries, as `list[].name`, in place of itself
 */
export function settingPaths(
  schema: object & { readonly definitions: object },
  { intoLists = false } = {},
): readonly string[] {
  const definitions = schema.definitions as { readonly [name: string]: SchemaNode };
  const resolved = (node: SchemaNode) => (node.$ref ? definitions[node.$ref.replace('#/definitions/', '')] : node);
  const below = (node: SchemaNode, path: string): string[] => {
    const { properties, items } = resolved(node);
    if (properties) {
      return Object.entries(properties).flatMap(([name, child]) => below(child, path ? `${path}.${name}` : name));
    }
    return intoLists && items && resolved(items).properties ? below(items, `${path}[]`) : [path];
  };
  return below(schema as SchemaNode, '');
}

/** The value of the setting at such a path; of the first entry of a list. */
export function settingAt(settings: object, path: string): unknown {
  const keys = path.replace('[]', '.0').split('.');
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], settings);
}
