import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A headless Chromium: the one that comes as an npm package, or the system's where that one does not start. */
export async function launchBrowser(): Promise<Browser> {
  const candidates = [packagedBrowser, ...SYSTEM_BROWSERS.filter((path) => existsSync(path)).map((path) => () => path)];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await chromium.launch({
        executablePath: candidate(),
        headless: true,
        // A container has neither a user namespace for the sandbox nor much shared memory, and no graphics card.
        args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
      });
    } catch (error) {
      failures.push(String(error).split('\n').slice(0, 3).join(' '));
    }
  }
  throw new Error(`No Chromium starts here. Install the system package 'chromium'. Tried:\n${failures.join('\n')}`);
}

/** Unpacks the browser that @sparticuz/chromium carries. That package is an ES module, which jest's CommonJS cannot load. */
function packagedBrowser(): string {
  const script = `import chromium from '@sparticuz/chromium'; process.stdout.write(await chromium.executablePath());`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}
