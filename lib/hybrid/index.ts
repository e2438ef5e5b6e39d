export * from './path-reconciliation';
export * from './silver-sync';
export * from './stream-rules';
