export * from './contract-terms';
export * from './data-domain';
export * from './data-platform';
export * from './data-product';
export * from './data-product-contract';
