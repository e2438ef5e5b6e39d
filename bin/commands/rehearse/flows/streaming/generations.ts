import type { StackOutputs } from '../data-flow';

/** A generation of the processing that runs beside the first one, as the outputs of the stack tell. */
export interface Generation {
  readonly number: number;
  readonly application: string;
  readonly topics: { readonly [name in 'enriched' | 'aggregates' | 'summaries' | 'rejected']: string };
  /** The function that compares it with the generation before. */
  readonly comparison: string;
}

const APPLICATION = /^FlinkApplicationNameG(\d+)$/;

/** Every generation but the first, in their order. */
export function laterGenerations(outputs: StackOutputs): Generation[] {
  const numbers = Object.keys(outputs).flatMap((name) => APPLICATION.exec(name)?.[1] ?? []);
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => generation(outputs, number));
}

function generation(outputs: StackOutputs, number: number): Generation {
  const of = (name: string): string => outputs[`${name}G${number}`];
  return {
    number,
    application: of('FlinkApplicationName'),
    topics: {
      enriched: of('EnrichedTopicName'),
      aggregates: of('AggregatesTopicName'),
      summaries: of('SummariesTopicName'),
      rejected: of('RejectedTopicName'),
    },
    comparison: of('ReplayComparisonName'),
  };
}
