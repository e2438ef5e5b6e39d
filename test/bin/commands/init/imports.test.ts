import { pointImportsAtPackage } from '../../../../bin/commands/init/imports';

const SCHEMAS = new Map([['trading/schemas', 'schemas']]);

describe('pointImportsAtPackage', () => {
  test('makes one import of all that comes from the library', () => {
    const source = [
      "import { Stack } from 'aws-cdk-lib';",
      "import { A, type B } from '../../lib/schema';",
      "import type { C } from '../../lib/lakehouse';",
      '',
      'export class X {}',
      '',
    ].join('\n');
    expect(pointImportsAtPackage(source, 'a/b.ts', new Map())).toBe(
      [
        "import { Stack } from 'aws-cdk-lib';",
        "import { A, type B, type C } from 'cdk-data-patterns';",
        '',
        'export class X {}',
        '',
      ].join('\n'),
    );
  });

  test('breaks an import that is longer than a line', () => {
    const names = Array.from({ length: 12 }, (_, index) => `SomethingWithALongName${index}`);
    expect(
      pointImportsAtPackage(`import { ${names.join(', ')} } from '../../lib/schema';\n`, 'a/b.ts', new Map()),
    ).toBe(`import {\n${names.map((each) => `  ${each},\n`).join('')}} from 'cdk-data-patterns';\n`);
  });

  test('finds what stands beside the stack in a project', () => {
    const source = "import { t } from '../trading/schemas';\nimport type { S } from './settings';\n\nt();\n";
    expect(pointImportsAtPackage(source, 'lakehouse/stack.ts', SCHEMAS)).toBe(
      "import { t } from './schemas';\nimport { type S } from 'cdk-data-patterns/blueprints';\n\nt();\n",
    );
  });

  test('tells two modules of one name apart', () => {
    const modules = new Map([
      ['one/stack', 'stack'],
      ['two/stack', 'two'],
    ]);
    const source = "import { a } from '../two/stack';\nimport { b } from './stack';\n\na(b);\n";
    expect(pointImportsAtPackage(source, 'one/blueprint.ts', modules)).toBe(
      "import { a } from './two';\nimport { b } from './stack';\n\na(b);\n",
    );
  });

  test('leaves JSON that the project has, and no other', () => {
    const source = "import schema from './a.json';\n";
    expect(pointImportsAtPackage(source, 'one/b.ts', new Map([['one/a.json', 'a.json']]))).toBe(source);
    expect(() => pointImportsAtPackage(source, 'one/b.ts', SCHEMAS)).toThrow(/^init: cannot rewrite/);
  });

  test.each(["import { x } from '../other/thing';\n", "import * as x from '../../lib/schema';\n"])(
    'refuses what leads nowhere: %s',
    (source) => {
      expect(() => pointImportsAtPackage(source, 'lakehouse/stack.ts', SCHEMAS)).toThrow(/^init: /);
    },
  );
});
