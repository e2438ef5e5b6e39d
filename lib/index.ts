export * from './checks';
export * from './foundation';
export * from './lakehouse';
export * from './ports';
export * from './schema';
export * from './serving';
export * from './streaming';
export * from './warehouse';
