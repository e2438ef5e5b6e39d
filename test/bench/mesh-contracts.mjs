// A mesh of any size for the benchmarks: contracts as text, each with eight columns, tests, promises and lineage.

/** Text of the contract of a product: `domain7.product3`, made of products of its own and of the neighbouring domain. */
export function contractText(domain, product, domains) {
  const name = `domain${domain}.product${product}`;
  const input = (of, index) => ({ name: `domain${of}.product${index}`, index });
  // Of its own domain the product before it, of the domain before it the same one: no cycle.
  const inputs = [
    ...(product > 0 ? [input(domain, product - 1)] : []),
    ...(domain > 0 && product === 0 ? [input(domain - 1, 0)] : []),
  ];
  const consumer =
    product === 0 && domain + 1 < domains
      ? `consumers: [{domain: domain${domain + 1}, product: domain${domain + 1}.product0, purpose: reporting}]\n`
      : '';
  const lineage =
    inputs.length === 0 ? '' : `lineage:\n  inputs: [${inputs.map((each) => `{product: ${each.name}}`).join(', ')}]\n`;
  return `name: ${name}
version: 1.${product}.0
owner: domain${domain}-team
description: Product ${product} of domain ${domain}, with the ${WORDS[product % WORDS.length]} of every symbol and day.
classification: internal
schema:
  columns:
    - {name: symbol, type: string, required: true, description: What is traded}
    - {name: day, type: date, required: true, description: In UTC}
    - {name: ${WORDS[product % WORDS.length]}, type: 'decimal(38, 8)', required: true}
    - {name: lowest, type: 'decimal(18, 8)'}
    - {name: highest, type: 'decimal(18, 8)'}
    - {name: count_${product}, type: long}
    - {name: venue, type: string}
    - {name: computed_at, type: timestamptz, required: true}
  key: [symbol, day]
  event_time: computed_at
  partitioned_by: [month(day)]
interfaces:
  - {type: table, name: domain${domain}.product${product}, access: sql, engine: athena}
sla: {freshness: 1 hour, availability: 99.9%, quality_score: 95%}
quality:
  tests:
    - unique: [symbol, day]
    - not_null: [symbol, day]
    - freshness: 1 hour
${lineage}retention: 7 years
terms: {usage: Reports and limits., purposes: [reporting, limits], notice_period: 90 days}
${consumer}changelog:
  - {version: 1.${product}.0, date: 2026-11-28, changes: A column for the venue.}
documentation: {url: 'https://docs.example.com/${name}', contact: domain${domain}@example.com}
`;
}

const WORDS = [
  'exposure',
  'turnover',
  'margin',
  'volatility',
  'commission',
  'position',
  'yield',
  'spread',
  'fee',
  'limit',
];
