import logUpdate from 'log-update';
import pc from 'picocolors';
import { Estimate } from './timings';

/** Told what a rehearsal is doing. */
export interface ProgressView {
  /** A stage begins. */
  start(stage: string, title: string): void;
  /** What a running stage is about, such as a number of rows. */
  update(stage: string, detail: string): void;
  finish(stage: string, detail?: string): void;
  fail(stage: string): void;
  /** A line that stays. */
  note(line: string): void;
  /** The end; gives the terminal back. */
  close(): void;
}

interface Stage {
  readonly title: string;
  readonly begun: number;
  readonly expected?: number;
  detail: string;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MILLISECONDS = 100;

/** The stages that run, redrawn in place below those that are done, with the time that is left. */
export class LiveView implements ProgressView {
  private readonly running = new Map<string, Stage>();
  private readonly timer: NodeJS.Timeout;
  /** Stages that have not begun. */
  private readonly waiting: Set<string>;
  /** Redraws its lines in place, within the terminal's width, without the cursor. */
  private readonly screen: logUpdate.LogUpdate;
  private frame = 0;

  public constructor(
    private readonly output: NodeJS.WriteStream,
    private readonly estimate: Estimate,
  ) {
    this.screen = logUpdate.create(output);
    this.waiting = new Set(estimate.stages);
    this.timer = setInterval(() => this.draw(), FRAME_MILLISECONDS);
    this.timer.unref();
  }

  public start(name: string, title: string): void {
    this.running.set(name, { title, begun: Date.now(), expected: this.estimate.seconds(name), detail: '' });
    this.waiting.delete(name);
    this.draw();
  }

  public update(name: string, detail: string): void {
    const stage = this.running.get(name);
    if (stage) {
      stage.detail = detail;
    }
  }

  public finish(name: string, detail?: string): void {
    this.end(name, pc.green('✔'), detail);
  }

  public fail(name: string): void {
    this.end(name, pc.red('✖'));
  }

  public note(line: string): void {
    this.screen.clear();
    this.output.write(`${line}\n`);
    this.draw();
  }

  public close(): void {
    clearInterval(this.timer);
    this.screen.clear();
    this.screen.done();
  }

  private end(name: string, mark: string, detail?: string): void {
    const stage = this.running.get(name);
    if (stage === undefined) {
      return;
    }
    this.running.delete(name);
    const rest = [detail || stage.detail, formatSeconds((Date.now() - stage.begun) / 1000)].filter(
      (text) => text !== '',
    );
    this.note(`${mark} ${stage.title} ${pc.dim(rest.join(' · '))}`);
  }

  private draw(): void {
    this.frame = (this.frame + 1) % FRAMES.length;
    const lines = [...this.running.values()].map((stage) => this.line(stage));
    const left = this.secondsLeft();
    if (left !== undefined && lines.length > 0) {
      lines.push(pc.dim(`  about ${formatSeconds(left)} left`));
    }
    this.screen(lines.join('\n'));
  }

  private line(stage: Stage): string {
    const elapsed = formatSeconds((Date.now() - stage.begun) / 1000);
    const detail = stage.detail === '' ? elapsed : `${stage.detail} · ${elapsed}`;
    return `${pc.cyan(FRAMES[this.frame])} ${stage.title} ${pc.dim(detail)}`;
  }

  /** Undefined as long as there is no earlier rehearsal to go by. */
  private secondsLeft(): number | undefined {
    if (this.estimate.stages.length === 0) {
      return undefined;
    }
    const waiting = [...this.waiting].map((name) => this.estimate.seconds(name) ?? 0);
    const running = [...this.running.values()].map(({ expected, begun }) =>
      Math.max(0, (expected ?? 0) - (Date.now() - begun) / 1000),
    );
    return [...waiting, ...running].reduce((sum, seconds) => sum + seconds, 0);
  }
}

/** A line when a stage begins and one when it ends, for logs and pipes. */
export class PlainView implements ProgressView {
  private readonly begun = new Map<string, { readonly title: string; readonly at: number }>();

  public constructor(private readonly output: NodeJS.WritableStream) {}

  public start(name: string, title: string): void {
    this.begun.set(name, { title, at: Date.now() });
    this.note(`${title} ...`);
  }

  public update(): void {
    // Nothing is redrawn here.
  }

  public finish(name: string, detail?: string): void {
    this.end(name, 'done', detail);
  }

  public fail(name: string): void {
    this.end(name, 'FAILED');
  }

  public note(line: string): void {
    this.output.write(`${line}\n`);
  }

  public close(): void {
    // Nothing to give back.
  }

  private end(name: string, word: string, detail?: string): void {
    const stage = this.begun.get(name);
    if (stage) {
      this.begun.delete(name);
      this.note(
        `${stage.title}: ${word} in ${formatSeconds((Date.now() - stage.at) / 1000)}${detail ? `, ${detail}` : ''}`,
      );
    }
  }
}

/** `8.1 s`, `1 min 12 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What came out, `98,112 rows`; named where several steps are one stage of the display, empty where nothing is told. */
export function formatRows(steps: readonly { readonly name: string; readonly rowsOut: number }[]): string {
  // Those of a check were counted when they came out.
  const counted = steps.filter(({ name, rowsOut }) => rowsOut > 0 && !name.startsWith('check: '));
  return counted
    .map(({ name, rowsOut }) => `${counted.length > 1 ? `${name} ` : ''}${rowsOut.toLocaleString('en-US')} rows`)
    .join(', ');
}
