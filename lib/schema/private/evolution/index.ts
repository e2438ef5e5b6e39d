export { judge } from './judge';
export { tableStateFromMetadata } from './metadata';
export type * from './table-state';
export { FIRST_PARTITION_ID } from './table-state';
export { NO_PERMISSIONS } from './verdict';
export type { Permissions, Rename, Verdict } from './verdict';
