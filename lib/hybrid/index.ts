export * from './silver-sync';
