import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { jarFileName } from '../../../../../bin/commands/rehearse/toolchain/jars';
import { findJavaHome } from '../../../../../bin/commands/rehearse/toolchain/locate';
import { Toolchain } from '../../../../../bin/commands/rehearse/toolchain/toolchain';
import { prepareTrino } from '../../../../../bin/commands/rehearse/toolchain/trino';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-trino-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What findJavaHome looks at: an executable, and the release file beside it. */
function java(version: string): string {
  const home = join(folder, `java-${version}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), '', { mode: 0o755 });
  writeFileSync(join(home, 'release'), `JAVA_VERSION="${version}"\n`);
  return home;
}

function environment(...versions: string[]): NodeJS.ProcessEnv {
  return { PATH: versions.map((version) => join(java(version), 'bin')).join(':') };
}

/** A toolchain whose Python does not exist: whatever would have to be fetched fails. */
function toolchain(cache: string): Toolchain {
  return {
    python: join(folder, 'no-python'),
    javaHome: join(folder, 'no-java'),
    jars: {},
    duckdbExtensions: [],
    cache,
    downloadedBytes: 0,
  };
}

describe('a coordinate', () => {
  test('is a jar unless it says otherwise', () => {
    expect(jarFileName('org.example:thing:1.2')).toBe('thing-1.2.jar');
  });

  test('can name another type', () => {
    expect(jarFileName('io.trino:trino-server:476:tar.gz')).toBe('trino-server-476.tar.gz');
  });
});

describe('the Java of Trino', () => {
  const range = { oldest: 24, newest: 25 };

  test('is found behind that of Spark', async () => {
    expect(await findJavaHome(environment('17.0.9', '25.0.2'), range)).toBe(join(folder, 'java-25.0.2'));
  });

  test('is not an older one', async () => {
    expect(await findJavaHome(environment('17.0.9', '21.0.1'), range)).toBeUndefined();
  });

  test('is not that of Spark, which takes no newer one', async () => {
    expect(await findJavaHome(environment('25.0.2'))).toBeUndefined();
  });
});

describe('Trino', () => {
  test('is taken from the cache, without a byte over the network', async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    const options = { environment: environment('25.0.2') };
    // The folder is named by what is pinned: the failed attempt makes it.
    await expect(prepareTrino(toolchain(cache), options)).rejects.toThrow();
    const [made] = readdirSync(cache);
    mkdirSync(join(cache, made, 'server'));
    expect(await prepareTrino(toolchain(cache), options)).toEqual({
      home: join(cache, made, 'server'),
      javaHome: join(folder, 'java-25.0.2'),
      version: '476',
      downloadedBytes: 0,
    });
  });

  test('is not ready without a Java that it runs on', async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    const options = { environment: environment('17.0.9') };
    await expect(prepareTrino(toolchain(cache), options)).rejects.toThrow();
    mkdirSync(join(cache, readdirSync(cache)[0], 'server'));
    await expect(prepareTrino(toolchain(cache), options)).rejects.toThrow();
  });
});
