export * from './column';
export * from './partition-transform';
export * from './record-schema';
export * from './schema-ledger';
export * from './sort-field';
export * from './source-mapping';
export * from './table-declaration';
export * from './topic-ledger';
