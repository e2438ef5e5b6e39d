import type { FlatTable } from './columns';
import { Verdict, illegal, legal } from './verdict';

/** Names that Iceberg keeps for itself (`TableProperties.RESERVED_PROPERTIES`) and those that the Glue catalog sets. */
const RESERVED = new Set([
  'format-version',
  'location',
  'uuid',
  'snapshot-count',
  'current-snapshot-summary',
  'current-snapshot-id',
  'current-snapshot-timestamp-ms',
  'current-schema',
  'default-partition-spec',
  'default-sort-order',
  'table_type',
  'metadata_location',
  'previous_metadata_location',
]);

/** How files that were written by another system than Iceberg, and so have no ids in them, are read. */
const NAME_MAPPING = 'schema.name-mapping.default';

/** Format version, location and properties. */
export function judgeTable(before: FlatTable, after: FlatTable): Verdict[] {
  return [...judgeFormatVersion(before, after), ...judgeLocation(before, after), ...judgeProperties(before, after)];
}

function judgeFormatVersion({ formatVersion: from }: FlatTable, { formatVersion: to }: FlatTable): Verdict[] {
  if (from === to) {
    return [];
  }
  const message = `format version changes from ${from} to ${to}`;
  const keep = `keep version ${from}`;
  if (to < from) {
    return [illegal('format-version', 'format-version', `${message}, and Iceberg never goes back`, `${keep}.`)];
  }
  if (to >= 3) {
    return [
      illegal(
        'format-version',
        'format-version',
        `${message}, which Athena does not read, and there is no way back`,
        `${keep}, or copy the rows into a new table.`,
      ),
    ];
  }
  return [
    illegal(
      'format-version',
      'format-version',
      `${message}, which CloudFormation cannot do in place`,
      `${keep} in code, or raise it in the table first: ALTER TABLE ... SET TBLPROPERTIES ('format-version'='${to}').`,
    ),
  ];
}

function judgeLocation({ location: from }: FlatTable, { location: to }: FlatTable): Verdict[] {
  if (from === undefined || to === undefined || withoutSlash(from) === withoutSlash(to)) {
    return [];
  }
  return [
    illegal(
      'location',
      'location',
      `location changes from ${from} to ${to}, and Iceberg knows its files by absolute path`,
      `put ${from} back, or migrate the rows into a new table.`,
    ),
  ];
}

function withoutSlash(location: string): string {
  return location.replace(/\/+$/, '');
}

function judgeProperties({ properties: before }: FlatTable, { properties: after }: FlatTable): Verdict[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => judgeProperty(name, before[name], after[name]));
}

function judgeProperty(name: string, before: string | undefined, after: string | undefined): Verdict {
  const message = `property '${name}' ${propertyChange(before, after)}`;
  if (RESERVED.has(name)) {
    return illegal(
      'reserved-property',
      name,
      `${message}, and Iceberg and its catalog keep that name for themselves`,
      'leave it out.',
    );
  }
  if (name === NAME_MAPPING && before !== undefined) {
    return illegal(
      'name-mapping',
      name,
      `${message}, and files without ids are read by it`,
      'put it back as it was; engines extend it themselves when a column comes or is renamed.',
    );
  }
  return legal('property', name, message);
}

function propertyChange(before: string | undefined, after: string | undefined): string {
  if (before === undefined) {
    return `is set to '${after}'`;
  }
  return after === undefined ? `is removed (it was '${before}')` : `changes from '${before}' to '${after}'`;
}
