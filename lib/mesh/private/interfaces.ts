import type { ContractTerms } from '../contract-terms';

/** The interfaces of a product by what a reader has to know of them: `table 'trading.trades'`. */
export function interfacesOf({ tables, streams, apis }: ContractTerms): { type: string; what: string }[] {
  return [
    ...tables.map((each) => ({ type: 'table', what: `table '${each.databaseName}.${each.tableName}'` })),
    ...streams.map((each) => ({ type: 'stream', what: `topic '${each.topicName}'` })),
    ...apis.map((each) => ({ type: 'api', what: `endpoint '${each.endpoint}'` })),
  ];
}
