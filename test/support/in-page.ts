import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const CHECKS = readFileSync(join(__dirname, 'page-checks.js'), 'utf8').trim().replace(/;$/, '');

/** Does one of the checks of page-checks.js inside a page. */
export function inPage<T>(page: Page, check: 'faintTexts' | 'widths'): Promise<T> {
  return page.evaluate(`${CHECKS}.${check}()`);
}
