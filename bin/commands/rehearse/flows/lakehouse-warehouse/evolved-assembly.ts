import { createHash } from 'crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { parse, stringify } from 'yaml';
import { type EditableTemplate, editedAssembly } from '../../faults/edited-assembly';

/** Optional fields of a trade; silver gets the first that it lacks. */
const COLUMNS = ['venue', 'trader_id', 'side'] as const;
/** The first column of a judged trade that is no field of the message. */
const JUDGEMENT = 'is_valid';

interface Field {
  readonly Id: number;
  readonly Name: string;
  readonly Type: string;
  readonly Required: boolean;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties: {
    readonly DatabaseName?: unknown;
    readonly Name?: unknown;
    readonly TableName?: unknown;
    readonly OpenTableFormatInput?: {
      readonly IcebergInput?: { readonly IcebergTableInput?: { readonly Schema: { readonly Fields: Field[] } } };
    };
    Table?: { readonly 'Fn::Join': [string, unknown[]] };
    readonly DefaultArguments?: { readonly [name: string]: unknown };
  };
}

/** What a deployment adds: a column in silver, a mart by it, a card that shows the mart. */
export interface EvolvedAssembly {
  readonly folder: string;
  readonly column: string;
  /** `schema.table` of the mart. */
  readonly mart: string;
  /** Title of the card. */
  readonly card: string;
}

/**
 * A copy of a cloud assembly as a team would change it to know more of its trades: silver and its quarantine get an
 * optional column, the jobs fill it from the messages, dbt has one model more, a dashboard one card. What was there stays
 * as it is.
 *
 * @param projects the folders of the assembly's dbt project and dashboards, by the digest of their asset
 * @returns undefined when silver has every optional column already
 */
export function evolvedAssembly(
  assembly: string,
  stackName: string,
  copy: string,
  projects: { readonly dbt: string; readonly dashboards: string },
): EvolvedAssembly | undefined {
  const template = JSON.parse(readFileSync(join(assembly, `${stackName}.template.json`), 'utf8')) as EditableTemplate;
  const conformed = conformedTables(template);
  const column = COLUMNS.find((each) => conformed.every(({ fields }) => !fields.some(({ Name }) => Name === each)));
  if (column === undefined) return undefined;
  const mart = `fct_trades_by_${column}`;
  const card = `Trades by ${column}`;
  const folder = editedAssembly(assembly, stackName, copy, (edited) => {
    for (const table of conformedTables(edited)) addColumn(edited, table, column);
    const target = { assembly: copy, stackName, column };
    const records = new Set(Object.values(edited.Resources).flatMap(recordDigests));
    const changed: (readonly [string, string])[] = [
      ...[...records].map((digest) => [digest, changeAsset(target, digest, (file) => addField(file, column))] as const),
      [projects.dbt, changeAsset(target, projects.dbt, (project) => addModel(project, mart, column))],
      [
        projects.dashboards,
        changeAsset(target, projects.dashboards, (boards) => addCard(boards, { column, mart, title: card })),
      ],
    ];
    let text = JSON.stringify(edited.Resources);
    for (const [before, after] of changed) text = text.replaceAll(before, after);
    Object.assign(edited.Resources, JSON.parse(text));
  });
  return { folder, column, mart: `marts.${mart}`, card };
}

interface ConformedTable {
  readonly name: unknown;
  readonly database: string;
  readonly fields: Field[];
}

/** The tables whose rows are judged trades. */
function conformedTables({ Resources }: EditableTemplate): ConformedTable[] {
  return Object.values(Resources as { [id: string]: TemplateResource }).flatMap(({ Properties }) => {
    const fields = Properties?.OpenTableFormatInput?.IcebergInput?.IcebergTableInput?.Schema.Fields ?? [];
    const isConformed = fields.some(({ Name }) => Name === JUDGEMENT);
    return isConformed ? [{ name: Properties.Name, database: JSON.stringify(Properties.DatabaseName), fields }] : [];
  });
}

/** Adds the column to the table, and to what its guard expects of it. */
function addColumn({ Resources }: EditableTemplate, { name, database, fields }: ConformedTable, column: string): void {
  const nested = fields.flatMap(({ Type }) =>
    [...Type.matchAll(/"(?:element-|key-|value-)?id":(\d+)/g)].map(([, id]) => Number(id)),
  );
  const id = Math.max(...fields.map(({ Id }) => Id), ...nested) + 1;
  // Where the library puts an optional field: before what the judgement adds.
  const place = fields.findIndex(({ Name }) => Name === JUDGEMENT);
  fields.splice(place, 0, { Id: id, Name: column, Required: false, Type: 'string' });
  for (const { Type, Properties } of Object.values(Resources as { [id: string]: TemplateResource })) {
    const isGuard = Type === 'Custom::IcebergTableGuard' && Properties.TableName === name;
    if (!isGuard || JSON.stringify(Properties.DatabaseName) !== database || Properties.Table === undefined) continue;
    const [separator, pieces] = Properties.Table['Fn::Join'];
    const field = JSON.stringify({ id, name: column, required: false, type: 'string' });
    const after = pieces.map((piece) =>
      typeof piece === 'string' ? piece.replace(new RegExp(`{"id":\\d+,"name":"${JUDGEMENT}"`), `${field},$&`) : piece,
    );
    Properties.Table = { 'Fn::Join': [separator, after] };
  }
}

/** Of the files by which jobs read messages as records. */
function recordDigests(resource: object): string[] {
  const argument = JSON.stringify((resource as TemplateResource).Properties?.DefaultArguments?.['--record'] ?? '');
  const [, digest] = /([0-9a-f]{64})\.json/.exec(argument) ?? [];
  return digest === undefined ? [] : [digest];
}

function addField(file: string, column: string): void {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as { readonly fields: object[] };
  spec.fields.push({ name: column, wire: column, type: 'string' });
  writeFileSync(file, JSON.stringify(spec));
}

function addModel(project: string, name: string, column: string): void {
  const sql = `-- Trades and turnover of each ${column}; none where the message did not tell.
select
    ${column},
    count(*) as trades,
    cast(sum(cast(price as decimal(18, 8)) * cast(quantity as decimal(18, 8))) as decimal(38, 16)) as turnover
from {{ source('lake', 'trades') }}
where is_valid
group by ${column}
`;
  writeFileSync(join(project, 'models', 'marts', `${name}.sql`), sql);
}

function addCard(
  boards: string,
  { column, mart, title }: { readonly column: string; readonly mart: string; readonly title: string },
): void {
  const [first] = readdirSync(boards).sort();
  const file = join(boards, first);
  const dashboard = parse(readFileSync(file, 'utf8')) as { readonly cards: object[] };
  dashboard.cards.push({
    title,
    chart: 'bar',
    sql: `select coalesce(${column}, 'none') as ${column}, trades, turnover from marts.${mart} order by 1`,
    x: column,
    y: ['trades'],
    position: { row: 100, column: 0, width: 24, height: 8 },
  });
  writeFileSync(file, stringify(dashboard));
}

/** Puts a changed copy of a stack's asset, a folder or a file, in its place; gives the copy's digest. */
function changeAsset(
  { assembly, stackName, column }: { readonly assembly: string; readonly stackName: string; readonly column: string },
  digest: string,
  change: (place: string) => void,
): string {
  const after = createHash('sha256').update(`${digest} with ${column}`).digest('hex');
  const [name] = readdirSync(assembly).filter((each) => each.startsWith(`asset.${digest}`));
  const place = join(assembly, name.replace(digest, after));
  cpSync(join(assembly, name), place, { recursive: true });
  change(place);
  const assets = join(assembly, `${stackName}.assets.json`);
  writeFileSync(assets, readFileSync(assets, 'utf8').replaceAll(digest, after));
  return after;
}
