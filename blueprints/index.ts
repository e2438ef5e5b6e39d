// What `cdk-data-patterns/blueprints` offers to a project made by `data-patterns init`.
export {
  type ExistingBrokers,
  type KafkaSettings,
  type LakehouseSettings,
  type ReaderSettings,
} from './lakehouse/settings';
export { loadLakehouseSettings } from './lakehouse/settings';
export { type BlueprintEnvironment, type BlueprintFile } from './trading/blueprint-file';
export { BlueprintFileError, type BlueprintProblem } from './trading/yaml-file';
export { type TradeExtension } from './trading/schemas';
