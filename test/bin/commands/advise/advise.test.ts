import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { registerAdviseCommand } from '../../../../bin/commands/advise';
import { advise } from '../../../../bin/commands/advise/advice';
import { askAll, type Reply } from '../../../../bin/commands/advise/questionnaire';
import { QUESTIONS } from '../../../../bin/commands/advise/questions';
import { priceOf, PRICES, showRange } from '../../../../bin/pricing/prices';

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'advise-'));
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function run(requirements: string, ...options: string[]): Promise<void> {
  const file = join(folder, 'requirements.yaml');
  writeFileSync(file, requirements);
  const program = new Command().exitOverride();
  registerAdviseCommand(program);
  await program.parseAsync(['node', 'data-patterns', 'advise', '--requirements', file, ...options]);
}

const LAKE = 'scale: {now: 80 TB}\nuse_cases: [machine_learning, exploration]\nlatency: {fastest: minutes}\n';
const MESH = 'organisation: {structure: distributed, domains: 30, engineers: 500}\n';

test('prints ranking, reasons with their rules, trade-offs, evolution and cost', async () => {
  await run(LAKE);
  for (const part of [/^Lakehouse/, /\[volume\.terabytes\]/, /What you gain/, /What you give up/, /What risks/]) {
    expect(output).toMatch(part);
  }
  expect(output).toMatch(/hard to undo: location and format version/);
  expect(output).toMatch(/Lakehouse +[\d,]+ to [\d,]+ USD/);
});

test('JSON has every reason with its rule, and scores that add up', async () => {
  await run(LAKE, '--json');
  const { ranking, verdict } = JSON.parse(output);
  expect(verdict).toBe('provisional');
  for (const { score, ...each } of ranking) {
    const reasons = [...each.for, ...each.against] as { points: number; rule: { id: string; section: string } }[];
    expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBe(score);
    for (const { rule } of reasons) expect(rule.section).toMatch(/\w/);
  }
});

test('writes a decision record that names date, context, decision, consequences and evolution', async () => {
  const file = join(folder, '0001-data-architecture.md');
  await run(LAKE, '--markdown', file);
  const record = readFileSync(file, 'utf8');
  expect(record).toMatch(/^# Data architecture: Lakehouse\n/);
  for (const title of ['Context', 'Decision', 'Consequences', 'Evolution', 'Cost', 'Considered instead']) {
    expect(record).toContain(`\n## ${title}\n`);
  }
  expect(record).toMatch(/× 0\.023 USD a GB-month \(\[2026-11-23\]\(https:\/\/aws\.amazon\.com\/s3\/pricing\/\)\)/);
  await expect(run(LAKE, '--markdown', file)).rejects.toThrow('is there already; choose another name or remove it');
});

test('--init writes the project of a blueprint that is there', async () => {
  const project = join(folder, 'lake');
  await run(LAKE, '--init', project);
  expect(existsSync(join(project, 'blueprint.yaml'))).toBe(true);
});

test('--init leaves a directory that is not free as it is', async () => {
  writeFileSync(join(folder, 'mine.txt'), 'mine');
  await expect(run(MESH, '--init', folder)).rejects.toThrow(/is not empty \(it holds .*\); choose a new directory/);
  expect(readdirSync(folder)).not.toContain('blueprint.yaml');
});

test('contradictions, and a limit that nothing first can meet, are said', () => {
  const ids = advise({
    'latency.fastest': 'hours',
    use_cases: ['real_time'],
    'scale.now': '500 TB',
    'scale.in_two_years': '400 TB',
    'budget.monthly_usd': 300,
  }).conflicts.map(({ id }) => id);
  expect(ids).toEqual(['slow-but-real-time', 'shrinking-data', 'budget-too-small']);
});

test('without answers nothing is advised, and with few it says what is missing', () => {
  expect(advise({}).verdict).toBe('open');
  const few = advise({ 'scale.now': '80 TB', 'latency.fastest': 'minutes', 'team.people': 20 });
  expect(few.verdict).toBe('provisional');
  const missing = new Map(few.missing.map(({ question, couldPutFirst }) => [question, couldPutFirst]));
  expect(missing.get('organisation.structure')).toEqual([]);
  expect(missing.get('use_cases')).toContain('lakehouse-warehouse');
});

test('growth speaks for another pattern than today: the plan says so', () => {
  const { evolution } = advise({
    'latency.fastest': 'hours',
    'scale.now': '100 GB',
    'scale.in_two_years': '200 TB',
    'team.people': 5,
    'team.people_in_two_years': 30,
    'team.skills': ['sql', 'spark', 'platform'],
    use_cases: ['exploration', 'complex_analytics'],
  });
  expect(evolution).toMatchObject({ now: 'warehouse', inTwoYears: 'lakehouse' });
});

describe('the questionnaire', () => {
  const answer = (value: string): Reply => ({ kind: 'answer', value });

  async function play(replies: readonly Reply[]) {
    const asked: string[] = [];
    let turn = 0;
    const answers = await askAll({
      ask: ({ id }) => {
        asked.push(id);
        return Promise.resolve(replies[turn++] ?? { kind: 'unknown' });
      },
    });
    return { asked, answers };
  }

  test('asks every question once, with a help for each', async () => {
    const { asked, answers } = await play([]);
    expect(asked).toEqual(QUESTIONS.map(({ id }) => id));
    expect(answers).toEqual({});
    for (const { help, options } of QUESTIONS) {
      expect(help).toMatch(/.{30}/);
      expect(options.length).toBeGreaterThan(1);
    }
  });

  test('goes back, not before the first question, and keeps answers', async () => {
    const { asked, answers } = await play([{ kind: 'back' }, answer('hours'), { kind: 'back' }, answer('minutes')]);
    expect(asked.slice(0, 5)).toEqual([
      ...Array(2).fill(QUESTIONS[0].id),
      QUESTIONS[1].id,
      QUESTIONS[0].id,
      QUESTIONS[1].id,
    ]);
    expect(answers).toEqual({ 'latency.fastest': 'minutes' });
  });

  test('leaving gives nothing', async () => {
    expect((await play([answer('hours'), { kind: 'leave' }])).answers).toBeUndefined();
  });
});

describe('the price table', () => {
  test('has for each price a unit, a date and a page of AWS', () => {
    for (const [id, price] of Object.entries(PRICES.prices)) {
      expect([id, price]).toEqual([
        id,
        expect.objectContaining({
          usd: expect.any(Number),
          unit: expect.stringMatching(/\w/),
          asOf: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
          source: expect.stringMatching(/^https:\/\/aws\.amazon\.com\/.+\/$/),
        }),
      ]);
      expect(price.usd).toBeGreaterThan(0);
    }
  });

  test('knows no price that it has not', () => {
    expect(() => priceOf('moon.rocket')).toThrow("there is no price 'moon.rocket'");
  });

  test('shows no more digits than are known', () => {
    expect(showRange({ low: 68.12, high: 272.5 })).toBe('68 to 270 USD');
    expect(showRange({ low: 1234, high: 56_789 })).toBe('1,200 to 57,000 USD');
    expect(showRange({ low: 0.25, high: 0.25 })).toBe('0.25 USD');
  });
});
