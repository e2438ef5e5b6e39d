import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { prepareToolchain } from '../../../../bin/commands/rehearse/toolchain/toolchain';
import { prepareWarehouse } from '../../../../bin/commands/rehearse/toolchain/warehouse';
import { preparePackages } from '../../../support/python-environment';

const ROOT = join(__dirname, '../../../..');
const RUNTIME = join(ROOT, 'lib/warehouse/runtime/task');

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-connectors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(
  'a low-code connector of Airbyte fills a table from an API that pages, refuses and revises',
  async () => {
    const commands = await preparePackages({
      name: 'airbyte-cdk',
      requirements: join(RUNTIME, 'connectors', 'airbyte-cdk-7.39.1.txt'),
      about: "Airbyte's runner of low-code connectors, about 0.3 GB",
    });
    // As install-connectors.sh leaves it in the image.
    symlinkSync(dirname(commands), join(folder, 'airbyte-cdk'));
    expect(existsSync(join(folder, 'airbyte-cdk', 'bin', 'source-declarative-manifest'))).toBe(true);
    const { python } = await prepareWarehouse(await prepareToolchain());
    const paths = [RUNTIME, join(ROOT, 'bin/commands/rehearse'), __dirname];
    const { status, stdout } = spawnSync(
      python,
      [
        '-m',
        'pytest',
        '-q',
        '--import-mode=importlib',
        '-p',
        'no:cacheprovider',
        join(__dirname, 'airbyte_connector.py'),
      ],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          CONNECTORS_FOLDER: folder,
          PYTHONPATH: paths.join(delimiter),
          PYTHONDONTWRITEBYTECODE: '1',
        },
      },
    );
    expect(`${status} ${stdout}`).toMatch(/^0 [\s\S]*4 passed/);
  },
  10 * 60_000,
);
