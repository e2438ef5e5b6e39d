// What `cdk-data-patterns/blueprints` offers to a project made by `data-patterns init`.
export { type KafkaSettings, type LakehouseSettings, type ReaderSettings } from './lakehouse/settings';
export { loadLakehouseSettings } from './lakehouse/settings';
export { type GenerationSettings, type StreamingSettings } from './streaming/settings';
export { loadStreamingSettings, sqlFiles } from './streaming/settings';
export { type BackboneSettings, type ExistingBrokers } from './trading/backbone';
export { type BlueprintEnvironment, type BlueprintFile, loadBlueprintFile } from './trading/blueprint-file';
export { errorMessage } from './trading/error-message';
export { YamlFileError, type FileProblem } from '../lib/foundation/private/yaml-file';
export { type BlueprintPart, type HybridFile, loadHybridFile } from './trading/hybrid-file';
export { type TradeExtension } from './trading/schemas';
export { recordUsage, type UsageSettings } from './trading/usage';
export { loadWarehouseSettings, type SourceSettings, type WarehouseSettings } from './warehouse/settings';
export { type BlueprintSync, WarehouseSources, type WarehouseSourcesProps } from './warehouse/warehouse-sources';
