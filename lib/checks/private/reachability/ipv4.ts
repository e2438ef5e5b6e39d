import { attributeOf, isIntrinsic, record, type TemplateModel } from '../template';

/** IPv4 addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

export const EVERYWHERE: AddressRange = { first: 0, last: 2 ** 32 - 1 };

/** The range that a CIDR block names; undefined for anything else. */
export function parseCidr(text: string): AddressRange | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [length, ...octets] = [Number(match[5]), ...match.slice(1, 5).map(Number)];
  if (length > 32 || octets.some((octet) => octet > 255)) return undefined;
  const size = 2 ** (32 - length);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/**
 * The range of a value in a template: a literal, the block of a VPC or subnet, or one of those that `Fn::Cidr` cuts out.
 *
 * @returns undefined when only CloudFormation knows it
 */
export function rangeOf(model: TemplateModel, value: unknown): AddressRange | undefined {
  if (typeof value === 'string') return parseCidr(value);
  if (!isIntrinsic(value)) return undefined;
  const attribute = attributeOf(value);
  if (attribute?.name === 'CidrBlock') return rangeOf(model, model.find(attribute.id)?.properties.CidrBlock);
  const [index, choices] = (record(value)['Fn::Select'] ?? []) as [unknown?, unknown?];
  const position = Number(index);
  if (Array.isArray(choices)) return rangeOf(model, choices[position]);
  const [block, count, hostBits] = (record(choices)['Fn::Cidr'] ?? []) as [unknown?, unknown?, unknown?];
  const whole = rangeOf(model, block);
  const size = 2 ** Number(hostBits);
  if (!whole || !(position >= 0 && position < Number(count)) || Number.isNaN(size)) return undefined;
  const first = whole.first + position * size;
  return { first, last: first + size - 1 };
}
