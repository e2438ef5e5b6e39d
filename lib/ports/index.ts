export * from './event-topic';
export * from './lake-table';
export * from './query-endpoint';
