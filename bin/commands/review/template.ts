/** JSON as templates have it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Properties = Readonly<Record<string, Json>>;

/** A resource as a template declares it. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Properties;
  readonly DependsOn?: Json;
  readonly Condition?: string;
}

export interface Template {
  readonly Metadata?: Properties;
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value?: Json; readonly Export?: { readonly Name?: Json } }>>;
}

export function isGroup(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** The value at a path of properties such as `EncryptionInfo.EncryptionInTransit.ClientBroker`. */
export function at(properties: Properties | undefined, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>(
      (value, key) => (isGroup(value) ? value[key] : undefined),
      properties as Json | undefined,
    );
}

/** A value as text: what is known at deployment only stands as `${LogicalId}` or `${LogicalId.Attribute}`. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (!isGroup(value)) return (value as readonly Json[]).map(textOf).join(',');
  const [name, argument] = Object.entries(value)[0] ?? ['', ''];
  switch (name) {
    case 'Ref':
      return `\${${String(argument)}}`;
    case 'Fn::GetAtt':
      return `\${${listOf(argument).map(String).join('.')}}`;
    case 'Fn::Join': {
      const [separator, parts] = listOf(argument);
      return listOf(parts).map(textOf).join(String(separator));
    }
    case 'Fn::Sub':
      return textOf(listOf(argument)[0]);
    case 'Fn::ImportValue':
      return `\${import ${textOf(argument)}}`;
    default:
      return `\${${name} ${JSON.stringify(argument)}}`;
  }
}

/** The same text for the same JSON, whatever the order of its keys. */
export function stable(value: Json | undefined): string {
  if (!isGroup(value)) {
    return Array.isArray(value)
      ? `[${(value as readonly Json[]).map(stable).join(',')}]`
      : JSON.stringify(value ?? null);
  }
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${stable(value[key])}`).join(',')}}`;
}
