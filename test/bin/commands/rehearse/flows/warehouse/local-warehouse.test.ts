import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalHost } from '../../../../../../bin/commands/rehearse/flows/data-flow';
import { LocalWarehouse } from '../../../../../../bin/commands/rehearse/flows/warehouse/local-warehouse';
import type { AssemblyStack } from '../../../../../../bin/commands/rehearse/cdk';

const assembly = mkdtempSync(join(tmpdir(), 'local-warehouse-'));
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

function judge(...types: string[]): void {
  const Resources = Object.fromEntries(types.map((Type, index) => [`R${index}`, { Type }]));
  writeFileSync(join(assembly, 'stack.json'), JSON.stringify({ Resources }));
  const stack = { assembly, template: 'stack.json', displayName: 'MyStack' } as AssemblyStack;
  new LocalWarehouse({} as RehearsalHost).requireCopies(stack);
}

test('a warehouse that reads the lake in place is refused with the remedy, a copy is not', () => {
  expect(() => judge('Custom::WarehouseSchemas')).not.toThrow();
  expect(() => judge('Custom::WarehouseSchemas', 'Custom::WarehouseExternalSchema')).toThrow(
    "MyStack: PostgreSQL, which stands in Redshift's place, reads no external schema; set mode: incremental_copy",
  );
});
