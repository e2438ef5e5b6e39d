import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { Life, WRITABLE, lives } from './arbitraries';
import type { Toolchain } from './iceberg-judge';
import type { Metadata } from './metadata';
import { Proposal, propose } from './proof';
import { slotsOf } from './slots';

/** A change to be made on a real table, and the states in which rows are written before. */
export interface RealCase {
  readonly name: string;
  readonly states: readonly Metadata[];
  readonly proposal: Proposal;
}

/** What became of it; see real/real_tables.py. */
export interface Outcome {
  readonly name: string;
  readonly seconds: number;
  readonly spark: string;
  readonly duckdb: string;
}

/** So many that even the rarest kind of change is among them some times. */
const LIVES = 8000;

/** What a case shows: each rule, allowed or refused. */
export function kindsOf({ verdicts }: Pick<Proposal, 'verdicts'>): string[] {
  return [...new Set(verdicts.map(({ rule, legal }) => `${rule} ${legal ? 'allowed' : 'refused'}`))];
}

/** The same, as clearly as can be: what is allowed beside something refused is not shown to be read right. */
function shownBy({ verdicts, legal }: Proposal): string[] {
  return kindsOf({ verdicts: verdicts.filter((verdict) => verdict.legal === legal) });
}

/**
 * Chooses cases out of many so that each kind is shown about equally often, however seldom chance makes it.
 *
 * @param seed of the random lives
 * @param count how many cases; fewer when there are no more
 */
export function coveringCases(seed: number, count: number): RealCase[] {
  const candidates = fc.sample(lives(WRITABLE), { seed, numRuns: LIVES }).flatMap(casesOf).filter(isReadableAtAll);
  const shown = new Map<string, number>();
  const chosen = new Set<RealCase>();
  for (let pass = 0; chosen.size < count && pass < count; pass += 1) {
    const wanted = Math.max(pass, 1);
    for (const candidate of candidates) {
      if (chosen.size === count) break;
      const kinds = shownBy(candidate.proposal);
      // What is refused for several reasons shows none of them clearly: it is taken only where nothing else shows one.
      const isClear = pass === 1 || candidate.proposal.legal || kinds.length < 2;
      if (chosen.has(candidate) || !isClear || !kinds.some((kind) => (shown.get(kind) ?? 0) < wanted)) continue;
      chosen.add(candidate);
      for (const kind of kinds) shown.set(kind, (shown.get(kind) ?? 0) + 1);
    }
  }
  return [...chosen].map((each, index) => ({ ...each, name: `t${index}` }));
}

/**
 * Whether the table evolves or not, Spark 3.5.6 with Iceberg 1.10.0 reads a null struct as a struct of nulls where files are
 * laid out by the identity of one of its fields, and fails on partitions by a uuid: nothing of such tables can be shown.
 */
function isReadableAtAll({ states, proposal }: RealCase): boolean {
  return [...states, proposal.after].every((metadata) => {
    const identities = new Set(
      metadata['partition-specs'].flatMap(({ fields }) =>
        fields.filter(({ transform }) => transform === 'identity').map((field) => field['source-id']),
      ),
    );
    return metadata.schemas.every(({ fields }) =>
      slotsOf(fields).every(({ id, type, around }) => !identities.has(id) || (around.alwaysThere && type !== 'uuid')),
    );
  });
}

function casesOf({ table, steps }: Life): RealCase[] {
  const states = [table];
  const cases: RealCase[] = [];
  for (const planned of steps) {
    const proposal = propose(states[states.length - 1]!, planned);
    if (proposal === undefined) continue;
    cases.push({ name: '', states: [...states], proposal });
    if (proposal.legal) states.push(proposal.after);
  }
  return cases;
}

/** Makes the changes on real tables, in one session of Spark. */
export function makeReal(cases: readonly RealCase[], toolchain: Toolchain): Outcome[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'data-patterns-evolution-'));
  const file = (name: string) => path.join(folder, name);
  try {
    const lines = cases.map(({ name, states, proposal }, seed) =>
      JSON.stringify({
        name,
        seed,
        states,
        after: proposal.after,
        lineage: Object.fromEntries(proposal.lineage),
        tidied: proposal.after.location !== proposal.before.location,
      }),
    );
    writeFileSync(file('cases.jsonl'), lines.join('\n'));
    const script = path.join(__dirname, 'real', 'real_tables.py');
    const { status, stderr } = spawnSync(
      toolchain.python,
      [script, file('cases.jsonl'), file('outcomes.jsonl'), file('warehouse')],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: { ...process.env, JAVA_HOME: toolchain.javaHome, DATA_PATTERNS_TOOLCHAIN: JSON.stringify(toolchain) },
      },
    );
    if (status !== 0) throw new Error(`real_tables.py ended with ${status}: ${stderr.slice(-3000)}`);
    return readFileSync(file('outcomes.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
