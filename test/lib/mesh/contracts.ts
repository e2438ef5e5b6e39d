import { DataProductContract } from '../../../lib/mesh';
import type { RecordSchema } from '../../../lib/schema';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';
import { seedBlocks } from '../../seed/blocks';

/** The seed's `data-product.yaml`, to the byte. */
export const SEED_CONTRACT = seedBlocks({ language: 'yaml' })[1].text;

/** A contract that uses every word there is. */
export const FULL_CONTRACT = `name: risk.exposures
version: 2.3.1
owner: risk-domain-team
description: Open position of each trader and symbol.
classification: confidential
schema:
  columns:
    - {name: trader_id, type: string, required: true, classification: confidential, description: Who trades}
    - {name: symbol, type: string, required: true}
    - {name: exposure, type: 'decimal(38, 8)', required: true, wire_name: amount, renamed_from: [position]}
    - {name: valued_at, type: timestamptz, required: true}
    - {name: tags, type: 'map<string, list<string>>'}
  key: [trader_id, symbol]
  event_time: valued_at
  partitioned_by: [day(valued_at), 'bucket(16, symbol)']
interfaces:
  - {type: table, name: risk.exposures, access: sql, engine: athena}
  - {type: stream, name: exposures-events, access: kafka, topic: risk.exposures.v2}
  - {type: api, name: exposures-api, access: rest, endpoint: /api/v2/exposures}
sla: {freshness: 1 hour, availability: 99.5%, quality_score: 100%}
quality:
  tests:
    - unique: [trader_id, symbol]
    - not_null: exposure
    - freshness: 30 minutes
lineage:
  inputs:
    - {product: trading.trades, version: 1}
    - product: trading.quotes
  columns:
    exposure: [trading.trades.quantity, trading.quotes.mid]
retention: 7 years
terms:
  usage: Limits and reports.
  limitations: Not for regulatory filings.
  purposes: [limits, reporting]
  notice_period: 12 weeks
consumers:
  - {domain: finance, product: finance.pnl, version: 2, purpose: reporting, interfaces: [table], columns: [symbol, exposure]}
  - {domain: audit, version: 1, purpose: limits}
changelog:
  - {version: 2.3.1, date: 2026-11-28, changes: Positions of closed accounts are left out.}
  - {version: 2.0.0, changes: One row a trader and symbol.}
documentation: {url: 'https://docs.example.com/exposures', contact: risk@example.com}
`;

/** A contract that stands in a text. */
export function contractOf(text: string, records?: RecordSchema[]): DataProductContract {
  return DataProductContract._fromText('data-product.yaml', text, { records });
}

/** What is said of a contract that cannot be used, one line a problem; nothing when it can. Anything else is thrown. */
export function problemsOf(text: string, records?: RecordSchema[]): string[] {
  try {
    contractOf(text, records);
    return [];
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    return error.message.split('\n');
  }
}
