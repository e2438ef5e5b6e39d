export { judge } from './judge';
export { tableStateFromMetadata } from './metadata';
export type * from './table-state';
export type { Permissions, Rename, Verdict } from './verdict';
