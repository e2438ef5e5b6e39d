import { suggest, type Path } from '../../foundation/private/problem-sentences';
import { type RecordSchema, Sensitivity } from '../../schema';
import type { ContractContent } from './contract-content';
import { secondsOf } from './quantities';

/** Something that no JSON Schema can say. */
export interface ContractFinding {
  /** What of the file it is about. */
  readonly at: Path;
  /** What is wrong and how to put it right. */
  readonly sentence: string;
}

type Rule = (content: ContractContent, schema: RecordSchema | undefined) => ContractFinding[];

/** All that is wrong with a contract which its JSON Schema has let pass. */
export function findingsOf(content: ContractContent, schema: RecordSchema | undefined): ContractFinding[] {
  return RULES.flatMap((rule) => rule(content, schema));
}

const majorOf = ({ version = '1.0.0' }: ContractContent) => Number(version.split('.')[0]);
const domainOf = ({ name }: ContractContent) => name.split('.')[0];

/** A domain publishes under its own name: nobody can offer another's data as his own. */
const interfacesAreOfTheDomain: Rule = (content) =>
  content.interfaces.flatMap(({ type, name, topic }, index) => {
    const domain = domainOf(content);
    if (type === 'table' && name.split('.')[0] !== domain) {
      const sentence = `table '${name}' stands in the database '${name.split('.')[0]}', but the product is of '${domain}'; name it ${domain}.${name.split('.')[1]}`;
      return [{ at: ['interfaces', index, 'name'], sentence }];
    }
    if (type === 'stream' && !topic?.startsWith(`${domain}.`)) {
      const sentence = `topic '${topic}' does not begin with '${domain}.'; name it ${domain}.${topic}`;
      return [{ at: ['interfaces', index, 'topic'], sentence }];
    }
    return [];
  });

const interfacesAreDistinct: Rule = ({ interfaces }) => {
  const seen = new Set<string>();
  return interfaces.flatMap(({ type, name, topic, endpoint }, index) =>
    Object.entries({ name, topic, endpoint }).flatMap(([key, value]) => {
      const id = `${type} ${key} ${value}`;
      if (value === undefined || !seen.has(id)) {
        seen.add(id);
        return [];
      }
      return [{ at: ['interfaces', index, key], sentence: `two interfaces have the ${key} '${value}'; change one` }];
    }),
  );
};

/** A consumer who sees `.v1` in a name must find version 1 behind it. */
const namesFollowTheVersion: Rule = (content) =>
  content.interfaces.flatMap(({ topic, endpoint }, index) =>
    Object.entries({ topic, endpoint }).flatMap(([key, value]) => {
      const shown = /(?:^|[./_-])v([0-9]+)(?:[./_-]|$)/.exec(value ?? '')?.[1];
      if (shown === undefined || Number(shown) === majorOf(content)) return [];
      const sentence = `${key} '${value}' says version ${shown}, but the contract is ${content.version ?? '1.0.0 (no version is stated)'}; write v${majorOf(content)} or change the version`;
      return [{ at: ['interfaces', index, key], sentence }];
    }),
  );

const columnsExist: Rule = (content, schema) => {
  if (schema === undefined) return [];
  const names = schema.columns.map(({ name }) => name);
  const unknown = (at: Path, given: string | readonly string[] = []) =>
    [given].flat().flatMap((name, index) => {
      if (names.includes(name)) return [];
      const place = typeof given === 'string' ? at : [...at, index];
      return [{ at: place, sentence: `'${name}' is no column of the schema; ${suggest(name, names)}` }];
    });
  return [
    ...(content.quality?.tests ?? []).flatMap(({ unique, not_null }, index) => [
      ...unknown(['quality', 'tests', index, 'unique'], unique),
      ...unknown(['quality', 'tests', index, 'not_null'], not_null),
    ]),
    ...Object.keys(content.lineage?.columns ?? {}).flatMap((name) => unknown(['lineage', 'columns', name], name)),
    ...(content.consumers ?? []).flatMap(({ columns }, index) => unknown(['consumers', index, 'columns'], columns)),
  ];
};

/** A promise that is looser tested than given would be broken without a test that says so. */
const testsAreAsStrictAsThePromise: Rule = ({ sla, quality }) => {
  const promised = sla?.freshness;
  if (promised === undefined) return [];
  return (quality?.tests ?? []).flatMap(({ freshness }, index) =>
    freshness !== undefined && secondsOf(freshness) > secondsOf(promised)
      ? [
          {
            at: ['quality', 'tests', index, 'freshness'],
            sentence: `the test lets data be ${freshness} old, but 'sla.freshness' promises ${promised}; test for that or less`,
          },
        ]
      : [],
  );
};

const classificationCoversColumns: Rule = ({ classification }, schema) => {
  const order = Object.values(Sensitivity);
  if (classification === undefined) return [];
  return (schema?.columns ?? []).flatMap(({ name, sensitivity }) =>
    sensitivity !== undefined && order.indexOf(sensitivity) > order.indexOf(classification)
      ? [
          {
            at: ['classification'],
            sentence: `the product is '${classification}', but its column '${name}' is '${sensitivity}'; classify the product so, too`,
          },
        ]
      : [],
  );
};

const inputsAreOthers: Rule = ({ name, lineage }) => {
  const inputs = lineage?.inputs ?? [];
  return inputs.flatMap(({ product }, index) => {
    const at = ['lineage', 'inputs', index, 'product'];
    if (product === name) return [{ at, sentence: `'${name}' is made of itself; name what it is made of` }];
    const first = inputs.findIndex((each) => each.product === product);
    return first < index ? [{ at, sentence: `'${product}' is an input already; remove one` }] : [];
  });
};

const originsAreInputs: Rule = ({ lineage }) => {
  const inputs = (lineage?.inputs ?? []).map(({ product }) => product);
  return Object.entries(lineage?.columns ?? {}).flatMap(([column, origins]) =>
    origins.flatMap((origin, index) => {
      const product = origin.split('.').slice(0, 2).join('.');
      if (inputs.includes(product)) return [];
      const sentence = `'${origin}' is of '${product}', which is no input; add it to 'lineage.inputs'`;
      return [{ at: ['lineage', 'columns', column, index], sentence }];
    }),
  );
};

const consumersFit: Rule = (content) => {
  const purposes = content.terms?.purposes;
  const types: string[] = content.interfaces.map(({ type }) => type);
  return (content.consumers ?? []).flatMap((consumer, index) => {
    const at = ['consumers', index];
    const { domain, product, version = 1, purpose, interfaces = [] } = consumer;
    return [
      ...(domain === domainOf(content)
        ? [{ at: [...at, 'domain'], sentence: `'${domain}' owns the product and needs no subscription; remove it` }]
        : []),
      ...(product !== undefined && product.split('.')[0] !== domain
        ? [{ at: [...at, 'product'], sentence: `'${product}' is not of '${domain}'; name a product of that domain` }]
        : []),
      ...(version > majorOf(content)
        ? [
            {
              at: [...at, 'version'],
              sentence: `version ${version} does not exist, for the contract is ${content.version ?? '1.0.0'}; use ${majorOf(content)}`,
            },
          ]
        : []),
      ...(purposes && !purposes.includes(purpose)
        ? [
            {
              at: [...at, 'purpose'],
              sentence: `'${purpose}' is not among 'terms.purposes'; ${suggest(purpose, purposes)}`,
            },
          ]
        : []),
      ...interfaces
        .filter((type) => !types.includes(type))
        .map((type) => ({
          at: [...at, 'interfaces'],
          sentence: `the product has no interface of type '${type}'; it has: ${[...new Set(types)].join(', ')}`,
        })),
    ];
  });
};

const changelogFollowsVersions: Rule = ({ version = '1.0.0', changelog = [] }) =>
  changelog.flatMap((change, index) => {
    const at = ['changelog', index, 'version'];
    const newer = index === 0 ? version : changelog[index - 1].version;
    const order = compareVersions(change.version, newer);
    if (index === 0 && order > 0) {
      return [{ at, sentence: `version ${change.version} is newer than the contract's ${version}; raise 'version'` }];
    }
    if (index > 0 && order >= 0) {
      return [{ at, sentence: `version ${change.version} stands below ${newer}; put the newest first, each once` }];
    }
    return [];
  });

/** Above zero when the first version is the newer one. */
function compareVersions(one: string, other: string): number {
  const [first, second] = [one, other].map((each) => each.split('.').map(Number));
  return first.map((number, index) => number - second[index]).find((difference) => difference !== 0) ?? 0;
}

const RULES: readonly Rule[] = [
  interfacesAreOfTheDomain,
  interfacesAreDistinct,
  namesFollowTheVersion,
  columnsExist,
  testsAreAsStrictAsThePromise,
  classificationCoversColumns,
  inputsAreOthers,
  originsAreInputs,
  consumersFit,
  changelogFollowsVersions,
];
