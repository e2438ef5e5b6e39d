/** Properties of a resource, or any object inside them. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
}

/** A CloudFormation template as JSON. */
export interface CloudFormationTemplate {
  readonly Resources?: Readonly<Record<string, Resource>>;
}

export interface NamedResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
}

// Attributes that name the resource itself, as `Ref` does.
const IDENTITIES = new Set([
  ...['Arn', 'GroupId', 'Id', 'InternetGatewayId', 'NatGatewayId', 'RoleId', 'RouteTableId', 'SubnetId', 'VpcId'],
]);

/** A template that can be asked which resource a value means. */
export class TemplateModel {
  readonly resources: readonly NamedResource[];
  private readonly byId: ReadonlyMap<string, NamedResource>;

  constructor(template: CloudFormationTemplate) {
    this.resources = Object.entries(template.Resources ?? {}).map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties ?? {},
    }));
    this.byId = new Map(this.resources.map((resource) => [resource.id, resource]));
  }

  /** The resources of a type. */
  ofType(...types: readonly string[]): NamedResource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** The resource with that logical id. */
  find(id: string | undefined): NamedResource | undefined {
    return id === undefined ? undefined : this.byId.get(id);
  }

  /**
   * What a value names: the logical id of a resource of this template, or else the value's text. Two values that name the
   * same thing have the same name; that of something outside of the template is no logical id.
   */
  nameOf(value: unknown): string {
    if (isRecord(value)) {
      if (typeof value.Ref === 'string' && this.byId.has(value.Ref)) return value.Ref;
      const attribute = attributeOf(value);
      if (attribute && IDENTITIES.has(attribute.name) && this.byId.has(attribute.id)) return attribute.id;
    }
    return textOf(value);
  }

  /** The resource of this template that a value names. */
  resourceOf(value: unknown): NamedResource | undefined {
    return this.find(this.nameOf(value));
  }
}

export function isRecord(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object, an empty one for anything else. */
export function record(value: unknown): Properties {
  return isRecord(value) ? value : {};
}

/** A list; a single value counts as a list of one, nothing as an empty one. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** Whether a value is an intrinsic function: known only to CloudFormation. */
export function isIntrinsic(value: unknown): value is Properties {
  if (!isRecord(value)) return false;
  const [key, ...others] = Object.keys(value);
  return others.length === 0 && (key === 'Ref' || key?.startsWith('Fn::'));
}

export interface Attribute {
  readonly id: string;
  readonly name: string;
}

/** Resource and attribute of an `Fn::GetAtt`. */
export function attributeOf(value: unknown): Attribute | undefined {
  const parts = record(value)['Fn::GetAtt'];
  const [id, ...rest] = typeof parts === 'string' ? parts.split('.') : list(parts);
  return typeof id === 'string' && rest.length > 0 ? { id, name: rest.join('.') } : undefined;
}

/** A value as text, with `${Id}` and `${Id.Attribute}` where CloudFormation puts something in. */
export function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isRecord(value)) return JSON.stringify(value) ?? '';
  if (typeof value.Ref === 'string') return `\${${value.Ref}}`;
  const attribute = attributeOf(value);
  if (attribute) return `\${${attribute.id}.${attribute.name}}`;
  const join = value['Fn::Join'];
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(textOf).join(String(join[0]));
  const sub = value['Fn::Sub'];
  if (typeof sub === 'string') return sub;
  if (Array.isArray(sub)) return substitute(String(sub[0]), record(sub[1]));
  return JSON.stringify(value);
}

function substitute(text: string, variables: Properties): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => (name in variables ? textOf(variables[name]) : whole));
}
