import type {
  RehearsalReport,
  ReportedCheck,
  ReportedResource,
  ResourceLabel,
  SymbolFigures,
} from '../../../../../bin/commands/rehearse/report/model';

const DAYS = ['2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08'];
const SYMBOLS =
  'AAPL MSFT NVDA AMZN GOOGL META TSLA JPM V WMT SPY BRK.B BTC-USD ETH-USD SOL-USD XRP-USD DOGE-USD SHIB-USD EUR/USD USD/JPY'.split(
    ' ',
  );

function symbolFigures(symbol: string, place: number): SymbolFigures {
  const price = (day: number) => (0.00000854 * 7 ** place * (1 + 0.02 * Math.sin(place + 2 * day))).toFixed(8);
  return {
    symbol,
    vwap: DAYS.map((_, day) => price(day)),
    volume: DAYS.map((_, day) => (1_234_567.89 / (place + 1) + 10_000 * day).toFixed(8)),
    trades: DAYS.map((_, day) => 1200 + 7 * place + day),
  };
}

function resources(label: ResourceLabel, type: string, ids: readonly string[], note?: string): ReportedResource[] {
  return ids.map((logicalId) => ({ logicalId, type, label, ...(note === undefined ? {} : { note }) }));
}

function passed(name: string, value: string): ReportedCheck {
  return { name, expected: value, actual: value, passed: true };
}

/** A report as a rehearsal of 100,000 trades gives it, every part filled in. */
export function exampleReport(): RehearsalReport {
  return {
    stack: 'TradingLakehouseStack',
    seed: 42,
    rows: 100_000,
    finishedAt: '2026-11-23T23:41:07.123Z',
    peakMemoryMiB: 2873,
    seconds: 101.7,
    resources: [
      ...resources(
        'executed',
        'AWS::Glue::Table',
        ['BronzeTradesTable', 'SilverTradesTable', 'GoldSummaryTable'],
        'Iceberg metadata from the template',
      ),
      ...resources(
        'executed',
        'AWS::Glue::Job',
        ['BronzeJob1F0A2B3C', 'SilverJob4D5E6F70', 'GoldJob8A9B0C1D'],
        'Apache Spark 3.5.6',
      ),
      ...resources('executed', 'AWS::StepFunctions::StateMachine', ['PipelineStateMachine']),
      ...resources('executed', 'AWS::S3::Bucket', ['LakeBucket', 'AccessLogs']),
      ...resources('recorded', 'AWS::IAM::Role', [
        'BronzeJobRole',
        'SilverJobRole',
        'PipelineRole',
        'KeyAdministrationRoleWithAVeryLongLogicalIdentifierThatHasToWrap5F6A7B8C',
      ]),
      ...resources('recorded', 'AWS::EC2::VPCEndpoint', ['NetworkGlueEndpoint', 'NetworkS3Endpoint']),
      ...resources('recorded', 'AWS::KMS::Key', ['DataKey']),
      ...resources('unsupported', 'AWS::Glue::TableOptimizer', ['BronzeCompaction'], 'no such service in the emulator'),
    ],
    stages: [
      { name: 'synth', engine: 'aws-cdk', version: '2.1148.1', rowsIn: 0, rowsOut: 0, rowsRejected: 0, seconds: 0.82 },
      { name: 'deploy', engine: 'aws-cdk', version: '2.1148.1', rowsIn: 0, rowsOut: 0, rowsRejected: 0, seconds: 9.4 },
      {
        name: 'Kafka',
        engine: 'Apache Kafka',
        version: '3.9.2',
        rowsIn: 100_000,
        rowsOut: 100_000,
        rowsRejected: 0,
        seconds: 3.1,
      },
      {
        name: 'bronze',
        engine: 'Apache Spark',
        version: '3.5.6',
        rowsIn: 100_000,
        rowsOut: 100_000,
        rowsRejected: 0,
        seconds: 24.6,
      },
      {
        name: 'silver',
        engine: 'Apache Spark',
        version: '3.5.6',
        rowsIn: 100_000,
        rowsOut: 98_487,
        rowsRejected: 3309,
        seconds: 21.2,
      },
      {
        name: 'quality gate',
        engine: 'AWS Lambda (Node.js)',
        version: '22',
        rowsIn: 98_487,
        rowsOut: 98_487,
        rowsRejected: 0,
        seconds: 1.9,
      },
      {
        name: 'gold',
        engine: 'Apache Spark',
        version: '3.5.6',
        rowsIn: 95_178,
        rowsOut: 80,
        rowsRejected: 0,
        seconds: 14.3,
      },
      {
        name: 'checks',
        engine: 'Python',
        version: '3.11.7',
        rowsIn: 100_000,
        rowsOut: 98_487,
        rowsRejected: 3309,
        seconds: 5.2,
      },
    ],
    checks: [
      passed('bronze: rows', '100,000'),
      passed('bronze: raw_payload is the Kafka value to the byte', '100,000 values as computed'),
      passed('silver: rows', '98,487'),
      passed('silver: price of every row', '97,652 values as computed'),
      passed('silver: rows with malformed', '627'),
      passed('gold: vwap of every day and symbol', '80 values as computed'),
      passed('gold: DuckDB and pyiceberg read the same rows', '80 rows'),
    ],
    pipeline: {
      lead: 'Rows that each step took in, passed on and marked as invalid.',
      steps: [
        { title: 'Kafka', kind: 'source', stage: 'Kafka' },
        { title: 'Bronze', kind: 'bronze', stage: 'bronze' },
        { title: 'Silver', kind: 'silver', stage: 'silver' },
        { title: 'Quality gate', kind: 'gate', stage: 'quality gate' },
        { title: 'Gold', kind: 'gold', stage: 'gold' },
      ],
    },
    charts: [
      {
        title: 'Consumer lag',
        lead: 'Messages that had been sent and not yet read, by consumer group.',
        kind: 'line',
        x: { kind: 'time', name: 'time (UTC)' },
        y: { name: 'messages' },
        series: ['aggregation', 'sink to the hot store'].map((name, place) => ({
          name,
          points: Array.from({ length: 60 }, (_, second) => [
            Date.UTC(2026, 10, 23, 23, 40, second),
            Math.round(5000 * Math.exp(-second / 12) * (1 + place) * (1 + 0.3 * Math.sin(second + place))),
          ]),
        })),
      },
      {
        title: 'Latency from event to answer',
        lead: 'By percentile.',
        kind: 'bar',
        x: { kind: 'category', name: 'percentile' },
        y: { name: 'milliseconds' },
        series: [{ name: 'trades', points: [['p50', 120], ['p95', 410], ['p99', 870]] }], // prettier-ignore
      },
    ],
    figures: {
      days: DAYS,
      symbols: SYMBOLS.map(symbolFigures),
      validationCodes: [
        { code: 'malformed', rows: 627 },
        { code: 'scale:price', rows: 499 },
        { code: 'bad_timestamp', rows: 405 },
        { code: 'not_positive:price', rows: 324 },
        { code: 'missing:symbol', rows: 257 },
        { code: 'not_decimal:quantity', rows: 257 },
        { code: 'overflow:quantity', rows: 180 },
      ],
      duplicates: 1006,
      revisions: 501,
    },
    environment: [
      { what: 'Kafka', onAws: 'SASL_SSL with IAM', here: 'PLAINTEXT on 127.0.0.1' },
      {
        what: 'Glue catalog and S3',
        onAws: 'regional endpoints',
        here: '--conf spark.sql.catalog.glue_catalog.glue.endpoint=http://127.0.0.1:4566',
      },
    ],
    permissions: [
      {
        role: 'SilverRole',
        granted: 30,
        used: 27,
        unused: [
          { action: 'logs:PutLogEvents', resource: '*', reason: 'AWS writes logs, metrics and traces with it.' },
          { action: 'glue:GetPartitions', resource: 'arn:aws:glue:us-east-1:111122223333:table/silver/trades' },
          { action: 'glue:GetPartitions', resource: 'arn:aws:glue:us-east-1:111122223333:catalog' },
        ],
        denied: [{ action: 's3:DeleteObject', resource: 'arn:aws:s3:::lake/checkpoints/' }],
      },
      { role: 'GoldRole', granted: 12, used: 12, unused: [], denied: [] },
    ],
    notes: ['IAM and TLS of Kafka.', 'The roles of Step Functions, EventBridge and CloudFormation.'],
  };
}

/** The same, with two checks failed. */
export function failedReport(): RehearsalReport {
  const report = exampleReport();
  const failed: ReportedCheck[] = [
    {
      name: 'silver: price of every row',
      expected: '97,652 values as computed',
      actual: '2 differ; T000000042: 10.50000000 instead of 10.50000001; T000000077: NULL instead of 3.1',
      passed: false,
    },
    { name: 'gold: rows', expected: '80', actual: '79', passed: false },
  ];
  return { ...report, checks: [...report.checks.slice(0, 3), ...failed, ...report.checks.slice(4)] };
}
