import { pointImportsAtPackage } from '../../../../bin/commands/init/imports';

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
    expect(pointImportsAtPackage(source, [])).toBe(
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
    expect(pointImportsAtPackage(`import { ${names.join(', ')} } from '../../lib/schema';\n`, [])).toBe(
      `import {\n${names.map((each) => `  ${each},\n`).join('')}} from 'cdk-data-patterns';\n`,
    );
  });

  test('finds what stands beside the stack in a project', () => {
    const source = "import { t } from '../trading/schemas';\nimport type { S } from './settings';\n\nt();\n";
    expect(pointImportsAtPackage(source, ['schemas'])).toBe(
      "import { t } from './schemas';\nimport { type S } from 'cdk-data-patterns/blueprints';\n\nt();\n",
    );
  });

  test.each(["import { x } from '../other/thing';\n", "import * as x from '../../lib/schema';\n"])(
    'refuses what leads nowhere: %s',
    (source) => {
      expect(() => pointImportsAtPackage(source, ['schemas'])).toThrow(/^init: /);
    },
  );
});
