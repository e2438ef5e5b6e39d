export * from './event-topic';
export * from './hot-store';
export * from './lake-table';
export * from './query-endpoint';
export * from './warehouse';
