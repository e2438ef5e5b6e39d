import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { table, step } from './arbitraries';
import { IcebergJudge } from './iceberg-judge';
import { propose, compare, Agreement } from './proof';
test('dry', async () => {
  const tc = JSON.parse(
    execFileSync('node', ['dist/bin/data-patterns.js', 'toolchain', '--json'], { encoding: 'utf8' }),
  );
  const judge = new IcebergJudge(tc);
  const tally: Record<string, number> = {};
  const ex: Record<string, [number, string]> = {};
  let n = 0;
  const t0 = Date.now();
  await fc.assert(
    fc.asyncProperty(
      fc.record({ table, steps: fc.array(step, { minLength: 1, maxLength: 6 }) }),
      async ({ table: t, steps }) => {
        let doc = t;
        for (const s of steps) {
          const p = propose(doc, s);
          if (!p) continue;
          const [a, j] = await compare(p, judge);
          n++;
          tally[a] = (tally[a] ?? 0) + 1;
          if (a === Agreement.DISAGREE) {
            const k = p.legal
              ? 'LEGAL ' +
                [...new Set(p.verdicts.map((v) => v.rule))].sort() +
                ' :: ' +
                (j.refused ?? j.inexpressible ?? '').replace(/[:=].*/, '') +
                ' ' +
                j.reached +
                ' ' +
                j.opened
              : 'ILLEGAL ' + [...new Set(p.verdicts.filter((v) => !v.legal).map((v) => v.rule))].sort();
            const text = JSON.stringify({
              before: p.before,
              after: p.after,
              changes: p.changes,
              j,
              v: p.verdicts.map((v) => v.rule + ':' + v.message),
            });
            if (!ex[k] || ex[k][1].length > text.length) ex[k] = [(ex[k]?.[0] ?? 0) + 1, text];
            else ex[k][0]++;
          }
          if (p.legal) doc = p.after;
        }
      },
    ),
    { numRuns: Number(process.env.N ?? 1500), seed: Number(process.env.SEED ?? 1) },
  );
  console.log(n, Date.now() - t0, JSON.stringify(tally, null, 1));
  console.log(
    Object.entries(ex)
      .sort((a, b) => b[1][0] - a[1][0])
      .map(([k, v]) => k + ' x' + v[0] + ': ' + v[1].slice(0, 9200))
      .join('\n\n'),
  );
  await judge.close();
}, 600000);
