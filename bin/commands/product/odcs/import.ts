import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import Ajv2019 from 'ajv/dist/2019';
import type { ContractContent, TestContent } from '../../../../lib/mesh/private/contract-content';
import { durationText } from '../../../../lib/mesh/private/quantities';
import { YamlFile } from '../../../../lib/foundation/private/yaml-file';
import schema from './odcs-3.1.0.schema.json';
import { type OdcsProperty, type OdcsQuality, typeTextOf } from './types';

type Json = Record<string, unknown>;

/** As much of a contract of the standard as is read here. */
interface Odcs {
  readonly id: string;
  readonly name?: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly domain?: string;
  readonly dataProduct?: string;
  readonly description?: { readonly purpose?: string; readonly usage?: string; readonly limitations?: string };
  readonly schema?: readonly (OdcsProperty & { readonly physicalName?: string })[];
  readonly team?: { readonly name?: string } | readonly { readonly username?: string; readonly role?: string }[];
  readonly support?: readonly { readonly channel: string }[];
  readonly authoritativeDefinitions?: readonly { readonly url: string }[];
  readonly slaProperties?: readonly { readonly property: string; readonly value: unknown; readonly unit?: string }[];
  readonly customProperties?: readonly { readonly property: string; readonly value: unknown }[];
}

/** A contract of the standard in our words. */
export interface Imported {
  readonly content: ContractContent;
  /** What had to be adapted or left out, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads a contract of the Open Data Contract Standard, version 3.1.0 or earlier of 3, checked by the standard's own
 * JSON Schema.
 *
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function importOdcs(yaml: YamlFile): Imported {
  yaml.checkBy(validator(), yaml.content);
  return new Import(yaml.content as unknown as Odcs).done();
}

/** Compiled once: that is dearer than all else here. */
function validator(): ValidateFunction {
  // The standard's schema is not written for ajv's strict mode; verbose, so that errors carry their remedies.
  compiled ??= addFormats(new Ajv2019({ allErrors: true, verbose: true, strict: false })).compile(schema);
  return compiled;
}
let compiled: ValidateFunction | undefined;

class Import {
  private readonly notes: string[] = [];
  private readonly custom: Json;

  public constructor(private readonly odcs: Odcs) {
    this.custom = Object.fromEntries((odcs.customProperties ?? []).map(({ property, value }) => [property, value]));
  }

  public done(): Imported {
    const { odcs, custom } = this;
    const name = this.name();
    const { purposes, noticePeriod: notice_period, inputs } = custom;
    const { usage, limitations } = odcs.description ?? {};
    const content = nonEmpty({
      name,
      version: this.version(),
      owner: this.owner(),
      description: odcs.description?.purpose ?? this.missing('description.purpose', `Data product ${name}.`),
      classification: custom.classification,
      schema: this.schema(),
      interfaces: custom.interfaces ?? this.interfaces(name.split('.')[0]),
      sla: nonEmpty({
        freshness: this.duration('latency') ?? this.duration('freshness'),
        availability: this.percent('availability'),
        quality_score: this.percent('qualityScore'),
      }),
      quality: nonEmpty({ tests: this.tests() }),
      lineage: nonEmpty({ inputs, columns: custom.columnOrigins ?? this.origins(inputs) }),
      retention: this.duration('retention'),
      terms: nonEmpty({ usage, limitations, purposes, notice_period }),
      consumers: custom.consumers,
      changelog: custom.changelog,
      documentation: nonEmpty({
        url: odcs.authoritativeDefinitions?.find(({ url }) => /^https?:/.test(url))?.url,
        contact: odcs.support?.[0]?.channel,
      }),
    });
    return { content: content as unknown as ContractContent, notes: this.notes };
  }

  private name(): string {
    const full = [this.odcs.dataProduct, this.odcs.name, this.odcs.id].find((each) => NAME.test(each ?? ''));
    if (full !== undefined) return full;
    const { domain, dataProduct, name, id } = this.odcs;
    const made = `${slug(domain ?? 'domain')}.${slug(dataProduct ?? name ?? id)}`;
    this.notes.push(`no name of the form domain.product; named it ${made}`);
    return made;
  }

  private version(): string {
    const { version } = this.odcs;
    const [, major, minor = '0', patch = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(version) ?? [];
    if (major === undefined) {
      this.notes.push(`version '${version}' has no numbers; made it 1.0.0`);
      return '1.0.0';
    }
    return [major, minor, patch].map(Number).join('.');
  }

  private owner(): string {
    const { team } = this.odcs;
    const named = Array.isArray(team)
      ? ((team.find((each) => each.role === 'owner') ?? team[0]) as { username?: string } | undefined)?.username
      : (team as { name?: string } | undefined)?.name;
    return named ?? this.missing('team.name', 'unknown');
  }

  private missing(what: string, instead: string): string {
    this.notes.push(`no ${what}; wrote '${instead}'`);
    return instead;
  }

  /** The first object with properties: what a product offers by several interfaces is one record. */
  private get object(): NonNullable<Odcs['schema']>[number] | undefined {
    return this.odcs.schema?.find(({ properties = [] }) => properties.length > 0);
  }

  private schema(): Json | undefined {
    const { record, eventTime: event_time, partitionedBy: partitioned_by } = this.custom;
    const properties = this.object?.properties ?? [];
    if (properties.length > 0 && properties.every((each) => !each.physicalType && !each.logicalType)) {
      if (record === undefined) this.notes.push('no column has a type; left the columns to the code');
      return nonEmpty({ record, partitioned_by });
    }
    const others = (this.odcs.schema ?? []).filter((each) => (each.properties ?? []).length > 0).slice(1);
    const differ = others.filter((each) => JSON.stringify(each.properties) !== JSON.stringify(properties));
    for (const { name } of differ) this.notes.push(`'${name}' has other columns; make it a product of its own`);
    const key = properties
      .filter((each) => each.primaryKey)
      .sort((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
      .map(({ name }) => name);
    const columns = properties.flatMap((each) => this.column(each));
    return nonEmpty(record === undefined ? { columns, key, event_time, partitioned_by } : { record, partitioned_by });
  }

  private column(property: OdcsProperty): Json[] {
    const { name, required, description, classification } = property;
    const type = typeTextOf(property);
    if (type === undefined) {
      this.notes.push(
        `column '${name}' has no type that is known (${property.physicalType ?? property.logicalType ?? 'none'}); left it out`,
      );
      return [];
    }
    const custom = Object.fromEntries((property.customProperties ?? []).map((each) => [each.property, each.value]));
    const known = ['public', 'internal', 'confidential', 'personal'].includes(classification ?? '');
    if (classification !== undefined && !known) {
      this.notes.push(
        `column '${name}' is classified '${classification}', which is none of ours; left the classification out`,
      );
    }
    return [
      nonEmpty({
        name,
        type,
        required,
        positive: custom.positive,
        description,
        classification: known ? classification : undefined,
        wire_name: custom.wireName,
        renamed_from: custom.renamedFrom,
      }) as Json,
    ];
  }

  private interfaces(domain: string): Json[] {
    const objects = this.odcs.schema ?? [];
    if (objects.length === 0) this.notes.push('no schema, and so no interface; add one');
    return objects.map(({ name = '', physicalName = name, physicalType = 'table' }) => {
      if (/topic|stream/i.test(physicalType)) {
        const topic = physicalName.startsWith(`${domain}.`) ? physicalName : `${domain}.${physicalName}`;
        if (topic !== physicalName) this.notes.push(`topic '${physicalName}' is named ${topic}`);
        return { type: 'stream', name, access: 'kafka', topic };
      }
      const table = `${domain}.${slug(physicalName.split('.').pop() ?? name)}`;
      if (table !== physicalName) this.notes.push(`table '${physicalName}' is named ${table}`);
      return { type: 'table', name: table, access: 'sql' };
    });
  }

  private tests(): TestContent[] {
    const { object } = this;
    const ofColumns = (object?.properties ?? []).flatMap(({ name = '', unique, quality = [] }) => [
      ...(unique ? [NO_DUPLICATES] : []).map((check) => ({ check, columns: [name] })),
      ...quality.map((check) => ({ check, columns: [name] })),
    ]);
    const ofRows = (this.odcs.schema?.[0]?.quality ?? []).map((check) => ({
      check,
      columns: check.arguments?.properties ?? [],
    }));
    const checks = [...ofColumns, ...ofRows];
    const known = ({ check, columns }: (typeof checks)[number], metric: string) =>
      check.metric === metric && check.mustBe === 0 && columns.length > 0;
    const unique = checks.filter((each) => known(each, 'duplicateValues')).map(({ columns }) => [...columns]);
    const notNull = checks.filter((each) => known(each, 'nullValues')).flatMap(({ columns }) => columns);
    for (const { check } of checks.filter((each) => !known(each, 'duplicateValues') && !known(each, 'nullValues'))) {
      this.notes.push(`a check of '${check.metric ?? check.type ?? 'text'}' has no counterpart; left it out`);
    }
    return [
      ...unique.map((columns) => ({ unique: columns.length === 1 ? columns[0] : columns })),
      ...(notNull.length === 0 ? [] : [{ not_null: notNull }]),
      ...(typeof this.custom.freshnessTest === 'string' ? [{ freshness: this.custom.freshnessTest }] : []),
    ];
  }

  /** Foreign lineage names no products, and so is left out. */
  private origins(inputs: unknown): Json | undefined {
    const entries = (this.object?.properties ?? []).flatMap(({ name, transformSourceObjects: origins }) =>
      origins === undefined ? [] : [[name, origins] as const],
    );
    if (inputs !== undefined) return Object.fromEntries(entries);
    if (entries.length > 0) this.notes.push('transformSourceObjects name no data products; left the lineage out');
    return undefined;
  }

  private sla(name: string) {
    return this.odcs.slaProperties?.find(({ property }) => property.toLowerCase() === name.toLowerCase());
  }

  private duration(name: string): string | undefined {
    const found = this.sla(name);
    if (found === undefined) return undefined;
    const [, amount, inText] = /^([\d.]+)\s*([a-z]*)$/i.exec(String(found.value)) ?? [];
    const size = UNITS[(found.unit ?? inText ?? '').toLowerCase()];
    if (amount !== undefined && size !== undefined) return durationText(Number(amount) * size);
    this.notes.push(`'${name}' of '${String(found.value)} ${found.unit ?? ''}' is no duration; left it out`);
    return undefined;
  }

  private percent(name: string): string | undefined {
    const found = this.sla(name);
    const amount = found && /^([\d.]+)\s*%?$/.exec(String(found.value))?.[1];
    if (found && amount === undefined)
      this.notes.push(`'${name}' of '${String(found.value)}' is no share; left it out`);
    return amount && `${amount}%`;
  }
}

const NAME = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;
const NO_DUPLICATES: OdcsQuality = { metric: 'duplicateValues', mustBe: 0 };
const UNITS: { readonly [unit: string]: number } = Object.fromEntries(
  (
    [
      [1, 's sec second seconds'],
      [60, 'm min minute minutes'],
      [3600, 'h hr hour hours'],
      [86_400, 'd day days'],
      [7 * 86_400, 'w week weeks'],
      [365 * 86_400, 'y yr year years'],
    ] as const
  ).flatMap(([size, names]) => names.split(' ').map((name) => [name, size])),
);

function slug(text: string): string {
  const made = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '');
  return made.slice(0, 63) || 'product';
}

/** Without what is undefined; undefined when nothing is left. */
function nonEmpty(value: Json): Json | undefined {
  const kept = Object.entries(value).filter(
    ([, each]) => each !== undefined && !(typeof each === 'object' && Object.keys(each as object).length === 0),
  );
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
