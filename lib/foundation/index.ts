export * from './data-bucket';
export * from './data-key';
export * from './data-network';
export * from './deployment-profile';
