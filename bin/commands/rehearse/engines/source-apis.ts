import { join } from 'path';
import { packageRoot } from '../../../package-root';
import type { Toolchain } from '../toolchain/toolchain';
import { pythonEnvironment } from '../toolchain/locate';
import { withoutAws } from './emulator';
import type { Supervisor } from './supervisor';

const START_SECONDS = 120;
/** Often enough that every sync meets both, seldom enough that none of them spends its time waiting. */
const LIMIT_EVERY = 7;
const FAIL_EVERY = 11;

export interface SourceApisOptions {
  /** The trades that the exchange has published, one a line. */
  readonly trades: string;
  /** Receives every row that the exchange serves. */
  readonly served: string;
  /** What the billing service knows. */
  readonly billing: string;
  /** Give every generated trade a side, a trader and a venue. */
  readonly complete: boolean;
  /** That the billing service asks for. */
  readonly token: string;
  /** Of the user `admin` of what answers as Metabase does. */
  readonly metabasePassword: string;
  readonly folder: string;
}

/** The APIs that a warehouse reads, and the one that its dashboards go to. */
export interface SourceApis {
  readonly exchange: string;
  readonly billing: string;
  readonly metabase: string;
  /** Publishes more trades, one a line. */
  publish(lines: string): Promise<void>;
  /** Replaces what the billing service knows. */
  bill(document: object): Promise<void>;
  figures(): Promise<SourceFigures>;
}

/** What happened so far. */
export interface SourceFigures {
  readonly requests: number;
  /** Answered with 429. */
  readonly limited: number;
  /** Answered with 500. */
  readonly failed: number;
  /** Lines that are no JSON object, which an exchange cannot serve. */
  readonly refused: number;
  /** How often something was made or changed through Metabase's API. */
  readonly metabase: number;
}

/** Starts them on a free port of 127.0.0.1. */
export async function startSourceApis(
  supervisor: Supervisor,
  toolchain: Toolchain,
  options: SourceApisOptions,
): Promise<SourceApis> {
  const engine = supervisor.start({
    name: 'APIs of the sources',
    command: toolchain.python,
    args: [
      ...['-u', '-m', 'sources', '--trades', options.trades, '--served', options.served, '--billing', options.billing],
      ...['--limit-every', String(LIMIT_EVERY), '--fail-every', String(FAIL_EVERY)],
      ...(options.complete ? ['--complete'] : []),
    ],
    env: {
      ...withoutAws(pythonEnvironment()),
      PYTHONPATH: join(packageRoot(), 'bin', 'commands', 'rehearse'),
      PYTHONDONTWRITEBYTECODE: '1',
      SOURCES_TOKEN: options.token,
      METABASE_PASSWORD: options.metabasePassword,
    },
    cwd: options.folder,
    logFile: join(options.folder, 'source-apis.log'),
  });
  const [, port] = await engine.logged(/listening on (\d+)/, START_SECONDS);
  const base = `http://127.0.0.1:${port}`;
  return {
    exchange: `${base}/exchange/v1`,
    billing: `${base}/billing/v2`,
    metabase: `${base}/metabase`,
    publish: (lines) => control(`${base}/control/trades`, lines),
    bill: (document) => control(`${base}/control/billing`, JSON.stringify(document)),
    figures: async () => (await (await fetch(`${base}/control/figures`)).json()) as SourceFigures,
  };
}

async function control(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body });
  if (!answer.ok) {
    throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  }
}
