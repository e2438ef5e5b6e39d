const SECONDS: { readonly [unit: string]: number } = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  // Of 365 days, so that a promise does not depend on the calendar.
  year: 365 * 86_400,
};

/** Seconds of a text such as `5 minutes`, which the contract's JSON Schema has let pass. */
export function secondsOf(text: string): number {
  const [, amount, unit] = /^([\d.]+) ?([a-z]+?)s?$/.exec(text) as RegExpExecArray;
  return Number(amount) * SECONDS[unit];
}

/** The text of a number of seconds, in the largest unit of which it is a whole number. */
export function durationText(seconds: number): string {
  const units = Object.entries(SECONDS).reverse();
  const [unit, size] = units.find(([, each]) => seconds > 0 && seconds % each === 0) ?? ['second', 1];
  const amount = seconds / size;
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

/** The number of a text such as `99.9%`. */
export function percentOf(text: string): number {
  return Number(text.replace('%', ''));
}
