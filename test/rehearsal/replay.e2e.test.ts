import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { cli } from './cli';

const MINUTE = 60_000;
const DIST = join(__dirname, '../../dist');
// The app of this repository with the blueprint's environment in which two generations run.
const project = mkdtempSync(join(DIST, 'project-'));
const out = join(project, 'report');
let code: number;
let report: RehearsalReport;

beforeAll(async () => {
  const { context } = JSON.parse(readFileSync(join(DIST, '../cdk.json'), 'utf8')) as { context: object };
  const app = `node ${join(DIST, 'bin', 'blueprints.js')}`;
  writeFileSync(
    join(project, 'cdk.json'),
    JSON.stringify({ app, context: { ...context, environment: 'replay', blueprints: 'streaming' } }),
  );
  const args = ['rehearse', 'TradingStreamingStack', '--rows', '20000', '--out', out];
  const result = await cli(args, {}, project);
  if (!existsSync(join(out, 'report.json'))) throw new Error(`no report.json:\n${result.stdout}\n${result.stderr}`);
  code = result.code;
  report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport;
}, 12 * MINUTE);
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('new logic replays the log beside the old, agrees where nothing changed, and is served without a gap', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.checks.filter(({ name }) => name.startsWith('replay: ')).map(({ name }) => name)).toEqual([
    'replay: a generation without windows is refused',
    'replay: no gap at the API while generations are switched',
    'replay: API: knows every symbol',
    'replay: API: answers the windows that were computed',
    'replay: API: answers the newest window',
    'replay: nothing is left to read',
    'replay: windows that the new logic does not touch are identical',
    'replay: the other windows differ',
  ]);
  expect(code).toBe(0);
});
