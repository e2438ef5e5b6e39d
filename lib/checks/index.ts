export * from './data-platform-checks';
