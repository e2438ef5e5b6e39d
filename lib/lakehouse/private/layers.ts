import { MedallionLayer } from '../medallion-lake';
import type { MedallionLake } from '../medallion-lake';

/** What `${bronze}`, `${silver}` and `${gold}` stand for in SQL files: the databases of the lake. */
export function layerVariables(lake: MedallionLake): Record<string, string> {
  const layers = [MedallionLayer.BRONZE, MedallionLayer.SILVER, MedallionLayer.GOLD];
  return Object.fromEntries(layers.map((layer) => [layer, lake.database(layer).databaseName]));
}
