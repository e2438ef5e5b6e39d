import { setTimeout as sleep } from 'timers/promises';
import { type AwsConnection, askApi } from '../../aws';
import type { ReportedCheck } from '../../report/model';

const PAUSE_MILLISECONDS = 20;

/** What the API answered to one request for the newest window. */
export interface Served {
  readonly status: number;
  readonly generation?: number;
  /** When the window begins: ISO-8601, so that texts compare as times do. */
  readonly start?: string;
}

/** Asks the API for the newest window of a symbol, again and again, while other things happen. */
export class ServedProbe {
  private readonly answers: Served[] = [];
  private stopping = false;
  private readonly done: Promise<void>;

  public constructor(
    private readonly reader: AwsConnection,
    private readonly address: string,
    private readonly symbol: string,
  ) {
    this.done = this.ask();
  }

  /** Every answer, in order. */
  public async stop(): Promise<readonly Served[]> {
    this.stopping = true;
    await this.done;
    return this.answers;
  }

  private async ask(): Promise<void> {
    while (!this.stopping) {
      const answer = await askApi(this.reader, this.address, `/summaries/${this.symbol}`);
      const body = (await answer.json()) as { generation?: number; summary?: { window_start: string } };
      const { generation, summary } = body;
      this.answers.push({ status: answer.status, generation, start: summary?.window_start });
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}

/**
 * That every request was answered, none with a window older than one before, and each generation in its turn.
 *
 * @param turns which generations were served one after another
 */
export function withoutGap(answers: readonly Served[], turns: readonly number[]): ReportedCheck {
  const refused = answers.filter(({ status }) => status !== 200).length;
  const older = answers.filter(
    ({ start }, index) => index > 0 && (start ?? '') < (answers[index - 1].start ?? ''),
  ).length;
  const served = answers.map(({ generation }) => generation);
  const seen = served.filter((generation, index) => generation !== served[index - 1]);
  return {
    name: 'replay: no gap at the API while generations are switched',
    expected: `every request answered, none with an older window, generations ${turns.join(', ')}`,
    actual: `${answers.length} requests, ${refused} not answered, ${older} with an older window, generations ${seen.join(', ')}`,
    passed: refused === 0 && older === 0 && seen.join() === turns.join(),
  };
}
