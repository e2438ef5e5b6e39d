import { judge } from '../../../../lib/schema/private/evolution';
import type { IcebergType, TableField, TableState, Verdict } from '../../../../lib/schema/private/evolution';
import { flattenFields } from '../../../../lib/schema/private/evolution/columns';
import type { Change } from '../changes';
import { listed } from '../consumers';
import type { Risk } from '../risk';
import { at, isGroup, type Json, listOf, type Properties, type Template, textOf } from '../template';
import type { Comparison, Rule } from './rule';
import { riskOf } from './rule';

const INPUT = 'OpenTableFormatInput.IcebergInput';
const FIRST_PARTITION = 1000;

/** How Iceberg tables evolve, by the rules that `schema lock` and the guard apply, too. */
export const tableRules: Rule = (comparison) =>
  comparison.changes
    .filter(({ type, before, after }) => type === 'AWS::Glue::Table' && before !== undefined && after !== undefined)
    .flatMap((change) => evolutionRisks(comparison, change));

function evolutionRisks({ before: stacks, consumers }: Comparison, change: Change): Risk[] {
  const [was, is] = [change.before?.Properties, change.after?.Properties];
  if (at(was, INPUT) === undefined || at(is, INPUT) === undefined) return plainColumns(change);
  const template = stacks.find(({ name }) => name === change.stack)?.template;
  const past = pastOf(template, was);
  const [before, after] = [{ ...stateOf(was), ...past }, stateOf(is)];
  const [old, now] = [columnsById(before), columnsById(after)];
  const dropped = [...old.values()].filter(({ id }) => !now.has(id)).map(({ path }) => path);
  const renames = [...old.values()].flatMap(({ id, path, name }) => {
    const then = now.get(id);
    return then === undefined || then.name === name ? [] : [{ from: path, to: then.path }];
  });
  const table = nameOf(template, was);
  const readers = readersOf(consumers, change);
  const verdicts = judge(before, after, { drops: dropped, renames });
  const unreadable = verdicts
    .filter(({ legal }) => !legal)
    .map(({ rule, subject, message, remedy }) =>
      riskOf(
        change,
        'iceberg-evolution',
        'data',
        `${table}: ${message}; ${remedy.replaceAll('TABLE', table)}`.replace(/; $/, '.'),
        {
          part: `${rule}:${subject}`,
        },
      ),
    );
  return [
    ...unreadable,
    ...outermost(dropped).map((column) =>
      riskOf(
        change,
        'column-dropped',
        'contract',
        `${table}: column '${column}' is dropped: its values are no longer readable, and every query that names it fails. ${readers} Keep the column, or tell them first.`,
        { part: column },
      ),
    ),
    ...renames.map(({ from, to }) =>
      riskOf(
        change,
        'column-renamed',
        'contract',
        `${table}: column '${from}' is called '${to}': every query that names it fails. ${readers} Add a column of the new name instead, and drop the old one when nobody reads it.`,
        { part: from },
      ),
    ),
    ...evolves(change, table, verdicts),
  ];
}

/** Verdicts that are of no interest to readers, or that are risks by themselves. */
const UNTOLD = ['drop-column', 'rename-column', 'describe-column', 'reorder-columns'];

/** What changes of a table and harms nobody: said, for it is what the change is about. */
function evolves(change: Change, table: string, verdicts: readonly Verdict[]): Risk[] {
  const told = verdicts.filter(({ legal, rule }) => legal && !UNTOLD.includes(rule));
  const subjects = outermost(told.map(({ subject }) => subject));
  const messages = told.filter(({ subject }) => subjects.includes(subject)).map(({ message }) => message);
  if (messages.length === 0) return [];
  const says = `${table}: ${listed(messages)}.`;
  return [riskOf(change, 'table-evolves', 'contract', says, { needsApproval: false })];
}

/** Columns of a table that is not Iceberg: files are read by name and type. */
function plainColumns(change: Change): Risk[] {
  const columns = (properties: Properties | undefined) =>
    new Map(
      listOf(at(properties, 'TableInput.StorageDescriptor.Columns'))
        .filter(isGroup)
        .map((column) => [textOf(column.Name), textOf(column.Type)]),
    );
  const [was, is] = [columns(change.before?.Properties), columns(change.after?.Properties)];
  const table = textOf(at(change.before?.Properties, 'TableInput.Name'));
  return [...was].flatMap(([name, type]) => {
    const now = is.get(name);
    if (now === type) return [];
    const [rule, says] =
      now === undefined
        ? [
            'column-dropped',
            `${table}: column '${name}' is dropped; every query that names it fails. Keep it, or tell its readers first.`,
          ]
        : [
            'column-retyped',
            `${table}: column '${name}' was ${type} and is read as ${now}; files that were written before may not be readable so. Add a new column instead.`,
          ];
    return riskOf(change, rule, 'contract', says, { part: name });
  });
}

function stateOf(properties: Properties | undefined): TableState {
  const input = at(properties, `${INPUT}.IcebergTableInput`) as Properties | undefined;
  const fields = listOf(at(input, 'Schema.Fields')).filter(isGroup).map(fieldOf);
  const partitionFields = listOf(at(input, 'PartitionSpec.Fields'))
    .filter(isGroup)
    .map(({ SourceId, FieldId, Name, Transform }) => ({
      sourceId: Number(SourceId),
      fieldId: Number(FieldId),
      name: textOf(Name),
      transform: textOf(Transform),
    }));
  return {
    formatVersion: Number(at(properties, `${INPUT}.Version`) ?? 2),
    location: textOf(input?.Location),
    fields,
    identifierFieldIds: listOf(at(input, 'Schema.IdentifierFieldIds')).map(Number),
    partitionFields,
    sortFields: [],
    properties: Object.fromEntries(
      Object.entries((input?.Properties ?? {}) as Properties).map(([k, v]) => [k, textOf(v)]),
    ),
    lastColumnId: Math.max(0, ...flattenFields(fields).map(({ id }) => id)),
    lastPartitionId: Math.max(FIRST_PARTITION - 1, ...partitionFields.map(({ fieldId }) => fieldId)),
    retiredColumns: [],
    retiredPartitions: [],
  };
}

function fieldOf({ Id, Name, Type, Required }: Readonly<Record<string, Json>>): TableField {
  const type = textOf(Type);
  return {
    id: Number(Id),
    name: textOf(Name),
    required: Required === true,
    type: (type.startsWith('{') ? JSON.parse(type) : type) as IcebergType,
  };
}

/** The guard of a table, which is given what the ledger knows. */
function guardOf(template: Template | undefined, table: Properties | undefined): Properties | undefined {
  return Object.values(template?.Resources ?? {}).find(
    ({ Type, Properties: guarded }) =>
      Type === 'Custom::IcebergTableGuard' &&
      textOf(guarded?.TableName) === textOf(table?.Name) &&
      textOf(guarded?.DatabaseName) === textOf(table?.DatabaseName),
  )?.Properties;
}

/** The table as the ledger calls it, else as the catalog does. */
function nameOf(template: Template | undefined, table: Properties | undefined): string {
  const inLedger = textOf(guardOf(template, table)?.LedgerName);
  return inLedger || `${textOf(table?.DatabaseName)}.${textOf(table?.Name)}`;
}

/** Columns and partition fields of the past. */
function pastOf(template: Template | undefined, table: Properties | undefined): Partial<TableState> {
  const guard = guardOf(template, table);
  if (guard === undefined) return {};
  const { lastColumnId, lastPartitionId, retiredColumns, retiredPartitions } = JSON.parse(
    textOf(guard.Table),
  ) as TableState;
  return { lastColumnId, lastPartitionId, retiredColumns, retiredPartitions };
}

function readersOf(consumers: Comparison['consumers'], { stack, logicalId }: Change): string {
  const names = consumers.of(stack, logicalId);
  return names.length === 0 ? 'Nothing in this app reads it; others may.' : `It is read by ${listed(names)}.`;
}

function columnsById({ fields }: TableState) {
  return new Map(flattenFields(fields).map((column) => [column.id, column]));
}

/** A struct that is dropped takes its fields with it: it is said once. */
function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}.`)));
}
