import type { Pattern } from './patterns';

/** What must be known and hold for an effect; a question without an answer never holds. */
export type Condition = { readonly fact: string } & (
  | { readonly is: readonly (string | boolean)[] }
  | { readonly has: string }
  | { readonly lacks: string }
  | { readonly only: string }
  | { readonly atLeast: number }
  | { readonly below: number }
);

/** Points for and against patterns. */
export type Points = Readonly<Partial<Record<Pattern, number>>>;

export interface Effect {
  /** All of them must hold. */
  readonly when: readonly Condition[];
  readonly points: Points;
}

/** One statement of the seed, and what it does to an advice. */
export interface Rule {
  /** Unique; reasons refer to it. */
  readonly id: string;
  /** Headings above the statement, outermost first, joined by ' > ', without the document's title. */
  readonly section: string;
  /** The bold line or numbered question that the statement stands under, where it does. */
  readonly under?: string;
  /** The statement, word for word. */
  readonly says: string;
  readonly effects?: readonly Effect[];
  /** Answers that contradict each other by this statement: all of the conditions hold. */
  readonly conflict?: readonly Condition[];
  /** Patterns with which one gains what the statement says. */
  readonly gains?: readonly Pattern[];
  /** Patterns with which one gives up what the statement says. */
  readonly givesUp?: readonly Pattern[];
  /** Patterns with which one accepts the risk that the statement tells of. */
  readonly risks?: readonly Pattern[];
  /** Questions that the statement demands. */
  readonly asks?: readonly string[];
  /** Part of every advice that the statement demands. */
  readonly demands?: 'gains' | 'givesUp' | 'risks' | 'migrations' | 'decisions' | 'lockIn' | 'tipping';
}

/** Answers that do not go together. */
export interface Contradiction {
  readonly id: string;
  /** All of them hold. */
  readonly when: readonly Condition[];
  readonly says: string;
  readonly remedy: string;
}
