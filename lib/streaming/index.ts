export * from './backbone-props';
export * from './event-backbone';
export * from './event-topic';
export * from './ingestion-api';
export * from './iot-ingestion';
export * from './kafka-security';
export * from './topic-management';
export * from './topic-schema-registry';
