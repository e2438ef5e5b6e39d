import { Document } from 'yaml';
import type { RecordSchema } from '../../lib/schema';
import { WAREHOUSE_RECORDS } from './records';

const HEADER = ` Rendered from blueprints/warehouse/records.ts; do not edit. UPDATE=1 npx jest --testPathPatterns dbt-sources writes it anew.`;

/** Of every table of a source; how late is too late depends on the source's schedule. */
const FRESHNESS = {
  warn_after: { count: 6, period: 'hour' },
  error_after: { count: 24, period: 'hour' },
};

/** dbt's declaration of the raw tables, `models/sources.yml`. */
export function dbtSources(): string {
  const document = new Document(
    {
      version: 2,
      sources: Object.entries(WAREHOUSE_RECORDS).map(([name, records]) => ({
        name,
        schema: `raw_${name}`,
        config: { loaded_at_field: 'ingested_at', freshness: FRESHNESS },
        tables: records.map(table),
      })),
    },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = HEADER;
  return document.toString({ lineWidth: 0, singleQuote: true });
}

function table(record: RecordSchema): object {
  return {
    name: record.name,
    description: record.doc,
    columns: [
      ...record.columns.map(({ name, doc }) => ({ name, description: doc })),
      { name: 'ingested_at', description: 'When it arrived in the warehouse' },
    ],
  };
}
