import { FieldNode, typeText } from './type-node';

/** One column of the conform spec, the contract with the Spark runner. */
export interface ConformField {
  readonly name: string;
  readonly wire: string;
  readonly type: string;
  readonly required: boolean;
  readonly positive?: true;
  readonly eventTime?: true;
}

/** Renders the conform spec; `positive` and `eventTime` appear only where true. */
export function conformSpecOf(fields: FieldNode[], eventTime: string | undefined): { fields: ConformField[] } {
  return {
    fields: fields.map((field) => ({
      name: field.name,
      wire: field.wireName,
      type: typeText(field.type).replaceAll(', ', ','),
      required: field.required,
      ...(field.positive ? { positive: true as const } : {}),
      ...(field.name === eventTime ? { eventTime: true as const } : {}),
    })),
  };
}
