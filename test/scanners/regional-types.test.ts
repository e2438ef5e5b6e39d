import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { REGIONS_WITHOUT, SCHEMAS_OF } from '../../lib/foundation/private/regional-types';
import { pythonEnvironment } from '../../bin/commands/rehearse/toolchain/locate';
import { newVariant, VARIANTS } from '../blueprints/lakehouse/variants';
import { newStack as newHybridStack } from '../blueprints/lakehouse-warehouse/synth';
import { newStack as newStreamingStack } from '../blueprints/streaming/synth';
import { type Variant as StreamingVariant, VARIANTS as STREAMING } from '../blueprints/streaming/variants';
import { newStack as newWarehouseStack, VARIANTS as WAREHOUSE } from '../blueprints/warehouse/synth';
import { Template } from 'aws-cdk-lib/assertions';
import { preparePackages } from '../support/python-environment';
import { SCANNERS } from './linters';

jest.setTimeout(600_000);

interface Registry {
  readonly date: string;
  /** Types by region. */
  readonly types: Readonly<Record<string, readonly string[]>>;
}

// The registry schemas that cfn-lint carries: a file a region, whose keys are the types.
const READ_REGISTRY = `
import json, pathlib, cfnlint
schemas = pathlib.Path(cfnlint.__file__).parent / 'data' / 'schemas'
files = [file for file in (schemas / 'providers').glob('*-*.json')]
print(json.dumps({
    'date': json.loads((schemas / 'version.json').read_text())['schema_date'][:10],
    'types': {file.stem: sorted(json.loads(file.read_text())) for file in files},
}))
`;

let registry: Registry;
let used: Set<string>;
beforeAll(async () => {
  const python = join(await preparePackages(SCANNERS), 'python');
  const options = { env: pythonEnvironment(), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  registry = JSON.parse(execFileSync(python, ['-c', READ_REGISTRY], options)) as Registry;
  const stacks = [
    ...VARIANTS.map((variant) => newVariant(variant).stack),
    // Without their regions: what is lacking in one would be refused there.
    ...Object.values<StreamingVariant>(STREAMING).map(({ settings }) => newStreamingStack({ settings })),
    ...WAREHOUSE.map(({ settings }) => newWarehouseStack({ settings })),
    newHybridStack(),
  ];
  const templates = stacks.map((stack) => Template.fromStack(stack).toJSON());
  const types = templates.flatMap((each) => Object.values(each.Resources as object).map(({ Type }) => Type as string));
  used = new Set(types.filter((type) => type.startsWith('AWS::') && type !== 'AWS::CloudFormation::CustomResource'));
});

const lacking = (type: string) =>
  Object.keys(registry.types)
    .filter((region) => !registry.types[region].includes(type))
    .sort();

test('the table is of the day of the schemas', () => {
  expect(registry.date).toBe(SCHEMAS_OF);
  expect(Object.keys(registry.types).length).toBeGreaterThan(30);
});

test.each(Object.keys(REGIONS_WITHOUT))('%s is lacking where the table says', (type) => {
  expect([...REGIONS_WITHOUT[type]].sort()).toEqual(lacking(type));
});

// Isolated and sovereign regions are not those of this library's users.
const NOT_OURS = /^(us-iso|eu-iso|eusc-)/;

test('no other type of the blueprints is lacking in a region', () => {
  const open = [...used]
    .filter((type) => !(type in REGIONS_WITHOUT))
    .map((type) => `${type}: ${lacking(type).filter((region) => !NOT_OURS.test(region))}`);
  expect(open.filter((each) => !each.endsWith(': '))).toEqual([]);
});
