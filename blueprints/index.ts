// What `cdk-data-patterns/blueprints` offers to a project made by `data-patterns init`.
export { type ExistingBrokers, type KafkaSettings, type LakehouseSettings } from './lakehouse/settings';
export { loadLakehouseSettings } from './lakehouse/settings';
export { type BlueprintEnvironment, type BlueprintFile, BlueprintFileError } from './trading/blueprint-file';
export { type BlueprintProblem } from './trading/blueprint-file';
export { type TradeExtension } from './trading/schemas';
