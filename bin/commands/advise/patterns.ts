/** What is ranked, by the name of its blueprint. The seed's fifth pattern, the hybrid, has two forms that differ in everything but the name. */
export const PATTERNS = [
  'warehouse',
  'lakehouse',
  'streaming',
  'mesh',
  'lakehouse-warehouse',
  'streaming-batch',
] as const;

export type Pattern = (typeof PATTERNS)[number];

/** As people call them. */
export const PATTERN_TITLES: Readonly<Record<Pattern, string>> = {
  warehouse: 'Modern Data Stack',
  lakehouse: 'Lakehouse',
  streaming: 'Streaming-first',
  mesh: 'Data Mesh',
  'lakehouse-warehouse': 'Hybrid: Lakehouse + Modern Data Stack',
  'streaming-batch': 'Hybrid: Streaming + Batch',
};
