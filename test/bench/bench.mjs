// The figures that the README promises, measured on this machine and written to docs/benchmarks.{json,md}.
//   npm run bench                     all of them
//   npm run bench -- synth rehearsal  some of them
//   npm run bench -- scale=100000     one size of those that are compared; the others stay as they were measured
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { toolchain } from '../support/toolchain.mjs';
import { lockAndCheck, synthWithAndWithout } from './ledger.mjs';
import { adviseAndReview } from './review.mjs';
import { meshFigures } from './mesh.mjs';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'data-patterns-bench-'));
const RESULTS = 'docs/benchmarks.json';
const round = (x, digits = 2) => Number(x.toFixed(digits));
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];

/** `cdk synth` of the lakehouse, and of all blueprints in one app. */
function synth() {
  return synthOf('lakehouse', 'TradingLakehouseStack');
}

/** `cdk synth` of one blueprint against a bare CDK app with the same resources, in turn, node's start included; and of all. */
function synthOf(blueprint, stack) {
  const out = (name) => path.join(scratch, name);
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const contextOf = (more) => JSON.stringify({ ...context, ...more });
  const env = {
    ...process.env,
    CDK_VALIDATION: 'false',
    CDK_CONTEXT_JSON: contextOf({ blueprints: blueprint }),
    // Any file will do in place of the runner's jar: it is copied, and hashed by its sources.
    DATA_PATTERNS_FLINK_RUNNER: path.resolve('package.json'),
  };
  const ours = `env CDK_OUTDIR=${out('ours')} ${app}`;
  execFileSync('sh', ['-c', ours], { env });
  const template = path.join(out('ours'), `${stack}.template.json`);
  const first = createHash('sha256').update(readFileSync(template)).digest('hex');
  const bare = `env CDK_OUTDIR=${out('bare')} node test/bench/bare-app.cjs ${template}.copy`;
  // The synthesizer adds the bootstrap parameter and its rule to every template, the yardstick's too.
  const { Parameters: _, Rules: __, ...rest } = JSON.parse(readFileSync(template, 'utf8'));
  writeFileSync(`${template}.copy`, JSON.stringify(rest));
  const measured = execFileSync('python3', ['test/bench/measure.py', '11', ours, bare], { encoding: 'utf8', env });
  const [a, b] = JSON.parse(measured);
  const everything = execFileSync('python3', ['test/bench/measure.py', '5', `env CDK_OUTDIR=${out('all')} ${app}`], {
    encoding: 'utf8',
    env: { ...env, CDK_CONTEXT_JSON: contextOf({}) },
  });
  const ofAll = median(JSON.parse(everything)[0].seconds);
  const again = createHash('sha256').update(readFileSync(template)).digest('hex');
  const seconds = median(a.seconds);
  return {
    resources: Object.keys(JSON.parse(readFileSync(template, 'utf8')).Resources).length,
    seconds: round(seconds),
    peakMiB: round(Math.max(...a.peakMiB), 0),
    bareSeconds: round(median(b.seconds)),
    barePeakMiB: round(Math.max(...b.peakMiB), 0),
    ratio: round(median(a.seconds.map((s, i) => s / b.seconds[i]))),
    secondsOfAllBlueprints: round(ofAll),
    sameBytes: first === again,
    bound: 'at most 0.9 s, 150 MiB, 1.3 times the bare app; all blueprints in one app: 2.5 s',
    met:
      seconds <= 0.9 &&
      Math.max(...a.peakMiB) <= 150 &&
      median(a.seconds.map((s, i) => s / b.seconds[i])) <= 1.3 &&
      ofAll <= 2.5 &&
      first === again,
  };
}

/** `cdk synth` of each hybrid against that of each of its parts alone, in turn, node's start included. */
function hybridSynth() {
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const names = ['lakehouse-warehouse', 'streaming-batch', 'lakehouse', 'warehouse', 'streaming'];
  const commands = names.map((blueprints) => {
    const text = JSON.stringify({ ...context, blueprints });
    return `env CDK_OUTDIR=${path.join(scratch, blueprints)} CDK_CONTEXT_JSON='${text}' ${app}`;
  });
  const env = { ...process.env, CDK_VALIDATION: 'false', DATA_PATTERNS_FLINK_RUNNER: path.resolve('package.json') };
  const measured = execFileSync('python3', ['test/bench/measure.py', '11', ...commands], { encoding: 'utf8', env });
  const [both, paths, lakehouse, warehouse, streaming] = JSON.parse(measured).map(({ seconds }) => seconds);
  const ratioOf = (hybrid, parts) =>
    median(hybrid.map((seconds, run) => seconds / parts.reduce((sum, part) => sum + part[run], 0)));
  // The second hybrid has two parts, the first one and the stream: that is the smaller sum.
  const ratios = [ratioOf(both, [lakehouse, warehouse]), ratioOf(paths, [both, streaming])];
  return {
    seconds: round(median(both)),
    pathsSeconds: round(median(paths)),
    lakehouseSeconds: round(median(lakehouse)),
    warehouseSeconds: round(median(warehouse)),
    streamingSeconds: round(median(streaming)),
    ratio: round(ratios[0]),
    pathsRatio: round(ratios[1]),
    bound: 'at most 1.1 times the sum of its two parts',
    met: ratios.every((ratio) => ratio <= 1.1),
  };
}

/** The inner loop: unit, assertion and snapshot tests. */
function unit() {
  const begun = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', 'test:unit'], { stdio: 'inherit' });
  const seconds = (Date.now() - begun) / 1000;
  return { seconds: round(seconds, 1), bound: 'within 60 s', met: status === 0 && seconds <= 60 };
}

function rehearse(rows, options = [], stack = 'TradingLakehouseStack') {
  const out = path.join(scratch, `rehearsal-${rows}`);
  const begun = Date.now();
  const processor = path.join(scratch, 'processor-seconds');
  const { status } = spawnSync(
    'python3',
    [
      'test/bench/processor_seconds.py',
      processor,
      process.execPath,
      'dist/bin/data-patterns.js',
      'rehearse',
      stack,
      '--rows',
      String(rows),
      '--out',
      out,
      ...options,
    ],
    { stdio: 'inherit' },
  );
  const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'));
  const cpu = Number(readFileSync(processor, 'utf8'));
  return { wall: (Date.now() - begun) / 1000, cpu, passed: status === 0, report };
}

/** 100,000 trades with warm caches. */
function rehearsal() {
  toolchain();
  const { wall, passed, report } = rehearse(100_000);
  return {
    rows: 100_000,
    seconds: round(wall, 1),
    peakMemoryMiB: round(report.peakMemoryMiB, 0),
    stages: report.stages.map(({ name, seconds }) => ({ name, seconds: round(seconds, 1) })),
    bound: 'within 120 s and 4096 MiB',
    met: passed && wall <= 120 && report.peakMemoryMiB <= 4096,
  };
}

/** A rehearsal of another stack with warm caches, within so many seconds. */
function warmRehearsal(stack, rows, bound, ...needs) {
  toolchain(needs);
  const { wall, passed, report } = rehearse(rows, [], stack);
  return {
    rows,
    seconds: round(wall, 1),
    peakMemoryMiB: round(report.peakMemoryMiB, 0),
    stages: report.stages.map(({ name, seconds }) => ({ name, seconds: round(seconds, 1) })),
    bound: `within ${bound} s`,
    met: passed && wall <= bound,
  };
}

/** The lakehouse with a warehouse: 100,000 trades. */
const hybrid = () => warmRehearsal('TradingLakehouseWarehouseStack', 100_000, 180, '--warehouse');

/** The stream with a batch path: 20,000 trades through Flink, Spark and dbt, compared. */
const hybridPaths = () => warmRehearsal('TradingStreamingBatchStack', 20_000, 180, '--flink', '--warehouse');

/** Sources to dashboards: 100,000 trades. */
const warehouseRehearsal = () => warmRehearsal('TradingWarehouseStack', 100_000, 90, '--warehouse');

/** 200,000 trades through Flink, topics, store and lake. */
const streamRehearsal = () => warmRehearsal('TradingStreamingStack', 200_000, 120, '--flink');

/**
 * 1,000,000 trades: rows a second of the silver job from Spark's session to the commit. The difference to the same job
 * on 20,000 trades is told beside it, for it leaves out first compilation and Python's start, too; it decides nothing.
 */
function million() {
  toolchain();
  const silverOf = ({ report }) => report.stages.find((stage) => stage.name === 'silver');
  const few = silverOf(rehearse(20_000));
  const run = rehearse(1_000_000);
  const many = silverOf(run);
  const rate = many.rowsIn / many.workSeconds;
  const marginal = (many.rowsIn - few.rowsIn) / (many.workSeconds - few.workSeconds);
  return {
    rows: 1_000_000,
    seconds: round(run.wall, 1),
    peakMemoryMiB: round(run.report.peakMemoryMiB, 0),
    silverRowsPerSecond: Math.round(rate),
    silverMarginalRowsPerSecond: Math.round(marginal),
    silverSeconds: round(many.workSeconds, 1),
    silverSecondsOf20000: round(few.workSeconds, 1),
    stages: run.report.stages.map(({ name, seconds }) => ({ name, seconds: round(seconds, 1) })),
    bound: "silver at 60,000 rows a second or more beside Spark's start",
    met: run.passed && rate >= 60_000,
  };
}

/** 100,000 trades while jobs, broker, storage and disk break. */
function faults() {
  toolchain();
  const { wall, passed, report } = rehearse(100_000, ['--faults']);
  return {
    rows: 100_000,
    faults: report.faults.length,
    seconds: round(wall, 1),
    peakMemoryMiB: round(report.peakMemoryMiB, 0),
    bound: 'within 300 s',
    met: passed && wall <= 300,
  };
}

const SIZES = [100_000, 200_000, 500_000, 1_000_000, 2_000_000];

/**
 * Whether twice the trades take at most twice the time, and memory stays as it is. Some sizes may be measured now and the
 * others later, `scale=100000,200000`: a run takes minutes.
 */
function scale(sizes = SIZES, known = {}) {
  toolchain();
  const measured = Object.fromEntries(
    sizes.map((rows) => {
      const { wall, passed, report } = rehearse(rows);
      return [rows, { seconds: round(wall, 1), peakMemoryMiB: round(report.peakMemoryMiB, 0), passed }];
    }),
  );
  const runs = { ...known.runs, ...measured };
  const all = SIZES.filter((rows) => rows in runs);
  // What time grows by over what the trades grow by: 1 is as steep as is allowed.
  const steepness = all.slice(1).map((rows, i) => runs[rows].seconds / runs[all[i]].seconds / (rows / all[i]));
  const memory = all.map((rows) => runs[rows].peakMemoryMiB);
  const growth = Math.max(...memory) / memory[0];
  return {
    rows: all.join('; '),
    seconds: all.map((rows) => runs[rows].seconds).join('; '),
    peakMemoryMiB: memory.join('; '),
    timeOverTrades: steepness.map((each) => round(each)).join('; '),
    memoryGrowth: round(growth),
    runs,
    bound: 'time grows at most as the trades do, memory stays within 20 %',
    met:
      all.length === SIZES.length &&
      all.every((rows) => runs[rows].passed) &&
      steepness.every((each) => each <= 1) &&
      growth <= 1.2,
  };
}

/** What judging every request by IAM costs, in seconds of processor: rehearsals with and without it, in turn. */
function iam() {
  toolchain();
  const rows = 20_000;
  const pairs = [0, 1].map(() => [rehearse(rows), rehearse(rows, ['--no-iam'])]);
  const ratios = pairs.map(([judged, free]) => judged.cpu / free.cpu);
  const failures = ({ report }) => report.checks.filter(({ passed }) => !passed).map(({ name }) => name);
  const onlyIam = pairs.every(
    ([judged, free]) => judged.passed && failures(free).join() === 'iam: every request is judged',
  );
  const ratio = ratios.reduce((sum, each) => sum + each, 0) / ratios.length;
  return {
    rows,
    processorSeconds: pairs.map(([judged]) => round(judged.cpu, 1)).join('; '),
    withoutIam: pairs.map(([, free]) => round(free.cpu, 1)).join('; '),
    seconds: pairs
      .flat()
      .map(({ wall }) => round(wall, 1))
      .join('; '),
    ratio: round(ratio),
    bound: 'at most 1.1 times a rehearsal without',
    met: onlyIam && ratio <= 1.1,
  };
}

/** One decision of the bundled guard, the loading of its bundle included; see guard.mjs. */
function guard() {
  const runs = Array.from({ length: 5 }, () =>
    JSON.parse(
      execFileSync(process.execPath, ['test/bench/guard.mjs'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ),
  );
  const seconds = median(runs.map(({ coldSeconds }) => coldSeconds));
  return {
    columns: 1000,
    snapshots: 500,
    metadataKiB: runs[0].metadataKiB,
    seconds: round(seconds),
    warmSeconds: round(median(runs.map(({ warmSeconds }) => warmSeconds))),
    bound: 'within 1 s, from the event to the answer',
    met: seconds <= 1,
  };
}

/** The ledger: lock and check of 2,000 tables with 100 columns, and its share in a synth. */
async function ledger() {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const contextOf = (more) => JSON.stringify({ ...context, ...more });
  const env = { ...process.env, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: contextOf({ blueprints: 'lakehouse' }) };
  const { firstLock, lock, check } = lockAndCheck(path.join(scratch, 'ledger'));
  const { withLedger, without, sameTemplate } = await synthWithAndWithout(scratch, env);
  const ratio = median(withLedger.map((seconds, i) => seconds / without[i]));
  const slowest = Math.max(median(firstLock), median(lock), median(check));
  return {
    tables: 2000,
    columns: 100,
    firstLockSeconds: round(median(firstLock)),
    lockSeconds: round(median(lock)),
    checkSeconds: round(median(check)),
    synthWithSeconds: round(median(withLedger)),
    synthWithoutSeconds: round(median(without)),
    synthRatio: round(ratio, 3),
    sameTemplate,
    bound:
      'each at most 2 s as a whole process, without the synth of the app; at most 1.05 times a synth without ledger',
    met: sameTemplate && slowest <= 2 && ratio <= 1.05,
  };
}

/** The rules of evolution beside Iceberg itself, on more changes and tables than the tests take. */
function evolution() {
  const [runs, tables] = [4000, 200];
  const begun = Date.now();
  const { status } = spawnSync(
    'npx',
    ['jest', '--selectProjects', 'rehearsal', '--testPathPatterns', 'evolution/proof'],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        EVOLUTION_RUNS: String(runs),
        EVOLUTION_TABLES: String(tables),
        EVOLUTION_PAGE: 'docs/schema-evolution-proof.md',
      },
    },
  );
  const seconds = (Date.now() - begun) / 1000;
  return { runs, tables, seconds: round(seconds, 0), bound: 'no disagreement without explanation', met: status === 0 };
}

/** The configuration of each source, as the warehouse's tasks are deployed with it. */
function deployedSyncs() {
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const out = path.join(scratch, 'warehouse');
  const env = { ...process.env, CDK_OUTDIR: out };
  env.CDK_CONTEXT_JSON = JSON.stringify({ ...context, blueprints: 'warehouse' });
  execFileSync('sh', ['-c', app], { env });
  const { Resources } = JSON.parse(readFileSync(path.join(out, 'TradingWarehouseStack.template.json'), 'utf8'));
  const variables = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => Properties.ContainerDefinitions.flatMap(({ Environment }) => Environment ?? []));
  const syncs = variables.filter(({ Name }) => Name === 'SYNC').map(({ Value }) => JSON.parse(Value));
  return Object.fromEntries(syncs.map((sync) => [sync.name, sync]));
}

/** Runs a Python benchmark in the environment of the warehouse; gives what it printed last. */
function inWarehouse(script, rows, env = {}) {
  const { python } = toolchain(['--warehouse']).warehouse;
  const folders = ['lib/warehouse/runtime/task', 'bin/commands/rehearse', 'test/lib/warehouse/runtime'];
  const output = execFileSync(python, [script, String(rows)], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...env,
      PYTHONPATH: folders.map((folder) => path.resolve(folder)).join(path.delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  return JSON.parse(output.trim().split('\n').pop());
}

/**
 * Ingestion by dlt and dbt's builds on PostgreSQL, on 1,000,000 trades: each as a whole task, from the start of its process,
 * and `dbt build` alone, without starting Python and dbt, parsing, and asking for what is new. Medians of three runs.
 */
function warehouse() {
  const rows = 1_000_000;
  const syncs = { BENCH_SYNCS: JSON.stringify(deployedSyncs()) };
  // Each in a new database: the share of two short builds differs by some hundredths from run to run.
  const runs = [1, 2, 3].map(() => inWarehouse('test/bench/warehouse.py', rows, syncs));
  const typical = (figure) => median(runs.map(figure));
  const rate = typical(({ ingestionSeconds }) => rows / ingestionSeconds);
  const firstTask = typical(({ first }) => first.task);
  const share = typical(({ first, following }) => following.build / first.build);
  return {
    rows,
    ingestionRowsPerSecond: Math.round(rate),
    firstTaskSeconds: round(firstTask, 1),
    taskOfOnePercentSeconds: round(
      typical(({ following }) => following.task),
      1,
    ),
    shareOfTask: round(typical(({ first, following }) => following.task / first.task)),
    firstBuildSeconds: round(
      typical(({ first }) => first.build),
      1,
    ),
    buildOfOnePercentSeconds: round(
      typical(({ following }) => following.build),
      1,
    ),
    shareOfBuild: round(share),
    sharesOfBuild: runs.map(({ first, following }) => round(following.build / first.build)),
    bound:
      '10,000 rows a second or more; the first task within 15 s, `dbt build` of 1 % new rows at 40 % of the first or less',
    met: rate >= 10_000 && firstTask <= 15 && share <= 0.4,
  };
}

/** `cdk synth` of the warehouse, as that of the lakehouse. */
function warehouseSynth() {
  return synthOf('warehouse', 'TradingWarehouseStack');
}

/** A copy of silver to PostgreSQL: all of 1,000,000 rows in 100 days, then commits that corrected 1 % of them. */
function silverSync() {
  const rows = 1_000_000;
  const { full, oneDay, everyDay } = inWarehouse('test/bench/silver_sync.py', rows);
  const shareOf = (seconds) => round(median(seconds) / full);
  return {
    rows,
    fullCopySeconds: round(full, 1),
    onePercentOfOneDaySeconds: round(median(oneDay)),
    onePercentOfEveryDaySeconds: round(median(everyDay)),
    shares: [shareOf(oneDay), shareOf(everyDay)],
    bound: '1 % corrected rows at 10 % of a full copy or less, in the files of one day and of every day',
    met: [oneDay, everyDay].every((seconds) => median(seconds) <= full / 10),
  };
}

/** `advise`, and `review` of two assemblies that are there, each as a whole process. */
async function review() {
  const { advise, ofLargest, ofMesh } = await adviseAndReview(scratch);
  const [advice, largest, mesh] = [advise, ofLargest, ofMesh].map(({ seconds }) => median(seconds));
  return {
    adviseSeconds: round(advice),
    resourcesOfLargest: ofLargest.resources,
    secondsOfLargest: round(largest),
    domains: ofMesh.domains,
    resourcesOfMesh: ofMesh.resources,
    secondsOfMesh: round(mesh),
    peakMiBOfMesh: round(Math.max(...ofMesh.peakMiB), 0),
    bound: 'advise 0.3 s; review after synth: 3 s of the largest blueprint, 20 s of 200 domains',
    met: advice <= 0.3 && largest <= 3 && mesh <= 20,
  };
}

/** Runs a benchmark that is written in TypeScript; gives what it prints as its last line. */
function bundled(name, ...args) {
  // Below this folder, so that it finds the package it belongs to.
  const outfile = path.resolve('node_modules', '.cache', 'bench', `${name}.cjs`);
  buildSync({
    entryPoints: [`test/bench/streaming/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
  });
  const output = execFileSync(process.execPath, [outfile, ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output.trim().split('\n').pop());
}

/** 2,000,000 trades through the one-minute aggregation: the seed's SQL on Flink's defaults, and what is deployed. */
function streamAggregation() {
  toolchain();
  const rows = 2_000_000;
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const assembly = path.join(scratch, 'streaming');
  execFileSync('sh', ['-c', app], {
    env: {
      ...process.env,
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, blueprints: 'streaming' }),
      DATA_PATTERNS_FLINK_RUNNER: path.resolve('package.json'),
    },
  });
  const { windows, seed, library } = bundled('aggregation', rows, 3, assembly);
  const times = (figure) => median(seed.map((cost, run) => cost[figure] / library[run][figure]));
  const rate = (costs) => Math.round(rows / median(costs.map(({ seconds }) => seconds)));
  return {
    rows,
    windows,
    seedRowsPerSecond: rate(seed),
    libraryRowsPerSecond: rate(library),
    times: round(times('seconds')),
    timesOfProcessor: round(times('processor')),
    seedProcessorSeconds: round(median(seed.map(({ processor }) => processor)), 1),
    libraryProcessorSeconds: round(median(library.map(({ processor }) => processor)), 1),
    bound: 'the same windows, never slower than the seed; the aim is twice as fast',
    met: times('seconds') >= 1,
  };
}

/** Windows through the handler of the hot store's sink into Valkey, in batches as deployed; then all of them again. */
function streamSink() {
  toolchain();
  const records = 500_000;
  const { first, again, held, expected } = bundled('sink', records, 1000);
  const rate = records / first.seconds;
  const exact = first.written === records && again.written === 0 && held === expected;
  return {
    records,
    recordsPerSecond: Math.round(rate),
    repeatedRecordsPerSecond: Math.round(records / again.seconds),
    writtenTwice: again.written,
    bound: '70,000 records a second or more with idempotence, without the event source',
    met: exact && rate >= 70_000,
  };
}

/** The latencies of a steady stream of 5,000 trades a second, through the deployed stack. */
function streamLatency() {
  toolchain();
  const rows = 150_000;
  const { passed, report } = rehearse(rows, ['--rate', '5000'], 'TradingStreamingStack');
  const { series } = report.charts.find(({ title }) => title === 'Latency');
  const [enriched, windows] = series.map(({ points }) => Object.fromEntries(points));
  return {
    rows,
    tradesPerSecond: 5000,
    enrichedMilliseconds: ['p50', 'p99', 'max'].map((each) => `${each} ${enriched[each]}`).join('; '),
    windowAtApiMilliseconds: ['p50', 'p99', 'max'].map((each) => `${each} ${windows[each]}`).join('; '),
    bound: 'p99 of an enriched trade below 1 s, of a window at the API below 2 s after the watermark passed its end',
    met: passed && enriched.p99 < 1000 && windows.p99 < 2000,
  };
}

/** `cdk synth` of the streaming stack, with the lakehouse's ratios. */
function streamSynth() {
  return synthOf('streaming', 'TradingStreamingStack');
}

/** Meshes of 100 to 1,000 products: contracts, portal, synth; 200 domains as an app each. See mesh.mjs. */
async function mesh() {
  const figures = await meshFigures(scratch);
  const { lint, portal, search, perProduct, peakMiB, stable, mostResources, largestTemplate } = figures;
  const spread = Math.max(...perProduct) / Math.min(...perProduct);
  const slowestSearch = Math.max(...search);
  return {
    products: figures.products.join('; '),
    lintOf1000ProcessorSeconds: round(lint),
    portalOf1000ProcessorSeconds: round(portal),
    searchMilliseconds: round(median(search), 1),
    slowestSearchMilliseconds: round(slowestSearch, 1),
    lighthouse: figures.scores.map((each) => Object.values(each).join(' ')).join('; '),
    synthMillisecondsAProduct: perProduct.map((each) => round(each * 1000, 1)).join('; '),
    withTheFixedPartOfAnApp: figures.perProductCold.map((each) => round(each * 1000, 1)).join('; '),
    spread: round(spread),
    peakMiB: peakMiB.map((each) => round(each, 0)).join('; '),
    mostResourcesOfAStack: mostResources,
    largestTemplateKiB: round(largestTemplate / 1024, 0),
    sameIdsWhenDomainsAreAdded: stable,
    appOfOneOf200DomainsProcessorSeconds: round(median(figures.appSeconds)),
    appOfOneOf200DomainsPeakMiB: round(figures.appPeakMiB, 0),
    bound:
      'lint within 3 s, portal within 10 s, search within 50 ms, Lighthouse 95 in all four; time a product within 20 % at all sizes once a process has made its first 200, 1,536 MiB, 500 resources and 1,024 KiB a stack',
    met:
      lint <= 3 &&
      portal <= 10 &&
      slowestSearch <= 50 &&
      figures.scores.every((each) => Object.values(each).every((score) => score >= 95)) &&
      spread <= 1.2 &&
      Math.max(...peakMiB) <= 1536 &&
      mostResources < 500 &&
      largestTemplate <= 1024 * 1024 &&
      stable,
  };
}

const benchmarks = {
  review,
  synth,
  ledger,
  unit,
  rehearsal,
  streamRehearsal,
  million,
  faults,
  scale,
  iam,
  guard,
  evolution,
  warehouse,
  warehouseRehearsal,
  warehouseSynth,
  silverSync,
  hybridSynth,
  hybrid,
  hybridPaths,
  streamAggregation,
  streamSink,
  streamLatency,
  streamSynth,
  mesh,
};
/** Several under one name. */
const groups = {
  hybrids: ['hybridSynth', 'hybrid', 'hybridPaths'],
  streaming: ['streamAggregation', 'streamSink', 'streamLatency', 'streamSynth'],
};

function machine() {
  const cpu = os.cpus();
  const gib = Math.round(os.totalmem() / 2 ** 30);
  return `${cpu.length} cores (${cpu[0].model.trim()}), ${gib} GiB, ${os.type()} ${os.arch()}, Node ${process.versions.node}`;
}

function page(results) {
  const rows = Object.entries(results).map(([name, r]) => {
    const { bound, met, date, machine: where, stages, runs: _, ...figures } = r;
    const text = Object.entries(figures)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ');
    const per = stages ? `; stages: ${stages.map((s) => `${s.name} ${s.seconds} s`).join(', ')}` : '';
    return `| ${name} | ${text}${per} | ${bound} | ${met ? 'yes' : '**no**'} | ${date}, ${where} |`;
  });
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; do not edit. Ratios are medians of runs made in turn within one call. The machines that',
    'measured are shared, so take a single time as a guide.',
    '',
    '| benchmark | figures | bound | met | when and where |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const wishes = process.argv.slice(2).map((wish) => wish.split('='));
const sizesOf = Object.fromEntries(wishes.map(([name, sizes]) => [name, sizes?.split(',').map(Number)]));
const chosen = wishes.length ? wishes.flatMap(([name]) => groups[name] ?? [name]) : Object.keys(benchmarks);
const unknown = chosen.filter((name) => !(name in benchmarks));
if (unknown.length) {
  console.error(
    `no benchmark named ${unknown.join(', ')}; there are: ${[...Object.keys(groups), ...Object.keys(benchmarks)].join(', ')}`,
  );
  process.exit(2);
}
const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
try {
  for (const name of chosen) {
    results[name] = {
      ...(await benchmarks[name](sizesOf[name], results[name])),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
    };
    console.log(name, results[name]);
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync('docs/benchmarks.md', page(results));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(chosen.every((name) => results[name].met) ? 0 : 1);
