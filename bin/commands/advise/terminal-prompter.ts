import { isCancel, MultiSelectPrompt, SelectPrompt } from '@clack/core';
import pc from 'picocolors';
import type { Prompter, Reply } from './questionnaire';
import type { AnswerValue, Option, Question } from './questions';

/** Stands among the answers to one question for "I do not know". */
const UNKNOWN = Symbol('unknown');

interface Choice {
  readonly value: Option['value'] | typeof UNKNOWN;
  readonly label: string;
}

type Place = { readonly number: number; readonly of: number };

const KEYS = 'arrows move · enter answers · b back · ? help · ctrl-c leaves';
const KEYS_OF_MANY = `space chooses · ${KEYS} · n not known`;

/** Asks at the terminal, by keyboard. */
export class TerminalPrompter implements Prompter {
  public async ask(question: Question, place: Place, known: AnswerValue | undefined): Promise<Reply> {
    return question.kind === 'many' ? this.askMany(question, place, known) : this.askOne(question, place, known);
  }

  private async askOne(question: Question, place: Place, known: AnswerValue | undefined): Promise<Reply> {
    const session = new Session();
    const options: Choice[] = [...question.options, { value: UNKNOWN, label: 'I do not know yet' }];
    const prompt = new SelectPrompt<Choice>({
      options,
      initialValue: options.find(({ value }) => value === known)?.value ?? options[0].value,
      render() {
        const lines = options.map(({ label }, index) =>
          index === this.cursor ? `${pc.cyan('>')} ${pc.bold(label)}` : `  ${label}`,
        );
        return session.frame(question, place, this.state, options[this.cursor].label, lines, KEYS);
      },
    });
    session.listen(prompt);
    const value: unknown = await prompt.prompt();
    if (session.reply) return session.reply;
    if (isCancel(value)) return { kind: 'leave' };
    return value === UNKNOWN ? { kind: 'unknown' } : { kind: 'answer', value: value as Option['value'] };
  }

  private async askMany(question: Question, place: Place, known: AnswerValue | undefined): Promise<Reply> {
    const session = new Session();
    const { options, atMost = options.length } = question;
    const prompt = new MultiSelectPrompt<{ value: string; label: string }>({
      options: options.map(({ value, label }) => ({ value: String(value), label })),
      initialValues: [...((known ?? []) as readonly string[])],
      validate: (chosen) => ((chosen ?? []).length > atMost ? `choose at most ${atMost}` : undefined),
      render() {
        const chosen = this.value ?? [];
        const lines = options.map(({ value, label }, index) => {
          const text = `${chosen.includes(String(value)) ? pc.green('[x]') : '[ ]'} ${label}`;
          return index === this.cursor ? `${pc.cyan('>')} ${pc.bold(text)}` : `  ${text}`;
        });
        const problem = this.state === 'error' ? [pc.yellow(this.error)] : [];
        const shown = chosen.length === 0 ? 'none of them' : chosen.join(', ');
        return session.frame(question, place, this.state, shown, [...lines, ...problem], KEYS_OF_MANY);
      },
    });
    session.listen(prompt, { n: { kind: 'unknown' } });
    const value: unknown = await prompt.prompt();
    if (session.reply) return session.reply;
    return isCancel(value) ? { kind: 'leave' } : { kind: 'answer', value: (value ?? []) as string[] };
  }
}

/** As much of a prompt as keys are added to. */
interface Keyed {
  state: SelectPrompt<Choice>['state'];
  on(event: 'key', listener: (character: string | undefined) => void): void;
}

/** One question on the screen: keys beyond those of the prompt, and how it looks. */
class Session {
  public reply?: Reply;
  private helps = false;

  public listen(prompt: Keyed, further: Readonly<Record<string, Reply>> = {}): void {
    const replies: Readonly<Record<string, Reply>> = { b: { kind: 'back' }, '\x7f': { kind: 'back' }, ...further };
    prompt.on('key', (character = '') => {
      if (character === '?') this.helps = !this.helps;
      if (!Object.hasOwn(replies, character)) return;
      this.reply = replies[character];
      // Ends the prompt; what it would return then is not looked at.
      prompt.state = 'cancel';
    });
  }

  public frame(
    { text, help }: Question,
    { number, of }: Place,
    state: string,
    answer: string,
    lines: readonly string[],
    keys: string,
  ): string {
    const head = `${pc.dim(`${number}/${of}`)} ${pc.bold(text)}`;
    if (state === 'submit') return `${head} ${pc.cyan(answer)}`;
    if (state === 'cancel') return `${head} ${pc.dim(this.reply?.kind === 'unknown' ? 'not known yet' : '')}`;
    return [head, ...(this.helps ? [pc.yellow(help)] : []), ...lines, pc.dim(keys)].join('\n');
  }
}
