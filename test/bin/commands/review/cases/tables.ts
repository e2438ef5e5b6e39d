import { changed, type ReviewCase } from './case';

const field = (Id: number, Name: string, Type = 'string') => ({ Id, Name, Type, Required: false });

const table = (...fields: object[]) => ({
  CatalogId: '1',
  DatabaseName: 'silver',
  Name: 'trades',
  OpenTableFormatInput: {
    IcebergInput: {
      MetadataOperation: 'CREATE',
      Version: '2',
      IcebergTableInput: { Location: 's3://lake/t', Schema: { Type: 'struct', Fields: fields } },
    },
  },
});

const list = (element: string, id = 9) =>
  JSON.stringify({ type: 'list', 'element-id': id, 'element-required': false, element });

/** Evolutions of Iceberg tables that readers survive, beside those that they do not. */
export const TABLE_CASES: readonly ReviewCase[] = [
  changed(
    'an optional column is added',
    'AWS::Glue::Table',
    table(field(1, 'a')),
    table(field(1, 'a'), field(2, 'b')),
    [],
    ['table-evolves'],
  ),
  changed(
    'a decimal is widened',
    'AWS::Glue::Table',
    table(field(1, 'a', 'decimal(18, 8)')),
    table(field(1, 'a', 'decimal(38, 8)')),
    [],
    ['table-evolves'],
  ),
  changed(
    'an int becomes a long',
    'AWS::Glue::Table',
    table(field(1, 'a', 'int')),
    table(field(1, 'a', 'long')),
    [],
    ['table-evolves'],
  ),
  changed(
    'columns stand in another order',
    'AWS::Glue::Table',
    table(field(1, 'a'), field(2, 'b')),
    table(field(2, 'b'), field(1, 'a')),
    [],
  ),
  changed('a column is dropped', 'AWS::Glue::Table', table(field(1, 'a'), field(2, 'b')), table(field(1, 'a')), [
    'column-dropped',
  ]),
  changed(
    'a column is renamed',
    'AWS::Glue::Table',
    table(field(1, 'a'), field(2, 'b')),
    table(field(1, 'a'), field(2, 'c')),
    ['column-renamed'],
  ),
  changed(
    'elements of a list change their type',
    'AWS::Glue::Table',
    table(field(1, 'a', list('string'))),
    table(field(1, 'a', list('int'))),
    ['iceberg-evolution'],
  ),
  changed(
    'ids inside of a list are counted anew',
    'AWS::Glue::Table',
    table(field(1, 'a', list('string', 9))),
    table(field(1, 'a', list('string', 12))),
    ['column-dropped', 'iceberg-evolution'],
  ),
];
