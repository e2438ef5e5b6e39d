export * from './generation-switch';
export * from './hot-store';
export * from './hot-store-sink';
export * from './realtime-api';
export * from './serving-operations';
