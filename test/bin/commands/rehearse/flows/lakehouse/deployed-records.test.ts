import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployedRecords } from '../../../../../../bin/commands/rehearse/flows/lakehouse/deployed-records';

let assembly: string;
beforeEach(() => {
  assembly = mkdtempSync(join(tmpdir(), 'records-'));
});
afterEach(() => rmSync(assembly, { recursive: true, force: true }));

const [TRADES, OTHERS, ABSENT] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
const job = (hash: string) => ({
  Type: 'AWS::Glue::Job',
  Properties: { DefaultArguments: { '--record': { 'Fn::Sub': `s3://assets-\${AWS::Region}/${hash}.json` } } },
});

function records(specifications: Record<string, object>, jobs: readonly string[]) {
  const Resources = Object.fromEntries(jobs.map((hash, index) => [`Job${index}`, job(hash)]));
  writeFileSync(join(assembly, 'T.json'), JSON.stringify({ Resources }));
  for (const [hash, content] of Object.entries(specifications)) {
    writeFileSync(join(assembly, `asset.${hash}.json`), JSON.stringify(content));
  }
  return deployedRecords(assembly, 'T.json');
}

test('columns and mappings of all jobs, each once, as they are deployed', () => {
  const [fee, desk] = [
    { name: 'fee', wire: 'fees', type: 'decimal(10,2)', required: false },
    { name: 'desk', wire: 'desk', type: 'string', required: true },
  ];
  const mapping = { name: 'coinbase', fields: { price: 'px' } };
  const specifications = { [TRADES]: { fields: [fee], mappings: [mapping] }, [OTHERS]: { fields: [fee, desk] } };
  expect(records(specifications, [TRADES, TRADES, OTHERS, ABSENT])).toEqual({
    columns: [fee, desk],
    mappings: [mapping],
  });
});

test('nothing of a stack without such jobs', () => {
  expect(records({ [TRADES]: { fields: [{ name: 'fee' }] } }, [])).toEqual({ columns: [], mappings: [] });
});
