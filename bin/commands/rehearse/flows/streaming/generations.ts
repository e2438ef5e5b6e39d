import type { StackOutputs } from '../data-flow';

/** A generation of the processing that runs beside the first one, as the outputs of the stack tell. */
export interface Generation {
  readonly number: number;
  readonly application: string;
  readonly topics: { readonly [name in 'enriched' | 'aggregates' | 'summaries' | 'rejected']: string };
  /** The function that compares it with the generation before. */
  readonly comparison: string;
}

/** The second generation; undefined where there is none. */
export function secondGeneration(outputs: StackOutputs): Generation | undefined {
  const of = (name: string): string => outputs[`${name}G2`];
  if (of('FlinkApplicationName') === undefined) return undefined;
  return {
    number: 2,
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
