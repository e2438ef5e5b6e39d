export * from './path-reconciliation';
export * from './silver-sync';
