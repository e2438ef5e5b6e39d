import { homedir } from 'node:os';
import { join } from 'node:path';

/** `DATA_PATTERNS_CACHE`, or the user's cache folder: what is fetched or built once stands there. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return (
    environment.DATA_PATTERNS_CACHE ??
    join(environment.XDG_CACHE_HOME ?? join(environment.HOME ?? homedir(), '.cache'), 'cdk-data-patterns')
  );
}
