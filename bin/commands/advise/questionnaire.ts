import type { Answers } from './facts';
import { type AnswerValue, type Question, QUESTIONS } from './questions';

/** What somebody does when asked: answers, does not know, goes back to the question before, or leaves. */
export type Reply =
  | { readonly kind: 'answer'; readonly value: AnswerValue }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'back' }
  | { readonly kind: 'leave' };

/** Asks a person. */
export interface Prompter {
  /**
   * @param place the question's number and how many there are, from 1
   * @param known what was answered before, when one comes back to it
   */
  ask(question: Question, place: { number: number; of: number }, known: AnswerValue | undefined): Promise<Reply>;
}

/**
 * Asks every question in its order. Going back keeps what was answered.
 *
 * @returns the answers; undefined when the person left
 */
export async function askAll(prompter: Prompter, given: Answers = {}): Promise<Answers | undefined> {
  const answers: Record<string, AnswerValue> = { ...given };
  for (let index = 0; index < QUESTIONS.length;) {
    const question = QUESTIONS[index];
    const reply = await prompter.ask(question, { number: index + 1, of: QUESTIONS.length }, answers[question.id]);
    switch (reply.kind) {
      case 'leave':
        return undefined;
      case 'back':
        index = Math.max(0, index - 1);
        continue;
      case 'unknown':
        delete answers[question.id];
        break;
      case 'answer':
        answers[question.id] = reply.value;
        break;
    }
    index++;
  }
  return answers;
}
