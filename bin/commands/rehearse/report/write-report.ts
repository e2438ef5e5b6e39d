import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Eta } from 'eta';
import * as format from './format';
import type { RehearsalReport } from './model';
import { STYLES } from './styles';
import { CHARTS, CHECKS, FIGURES, PAGE } from './template';
import { viewOf } from './view';

/** Where a report was written. */
export interface WrittenReport {
  readonly json: string;
  readonly html: string;
}

/** Writes report.json and report.html, a page that needs nothing besides itself, into the folder (made when missing). */
export function writeReport(report: RehearsalReport, dir: string): WrittenReport {
  mkdirSync(dir, { recursive: true });
  const written = { json: join(dir, 'report.json'), html: join(dir, 'report.html') };
  writeFileSync(written.json, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(written.html, renderReport(report));
  return written;
}

/** The page as text. */
export function renderReport(report: RehearsalReport): string {
  const eta = new Eta({ autoTrim: false });
  eta.loadTemplate('@checks', CHECKS);
  eta.loadTemplate('@figures', FIGURES);
  eta.loadTemplate('@charts', CHARTS);
  return eta.renderString(PAGE, { ...viewOf(report), styles: STYLES, format });
}
