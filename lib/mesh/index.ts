export * from './contract-terms';
export * from './data-product-contract';
