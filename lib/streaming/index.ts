export * from './backbone-props';
export * from './event-backbone';
export * from './event-topic';
export * from './ingestion-api';
export * from './kafka-security';
export * from './topic-management';
