/** A crontab expression that cannot be used; the message says why and what to do. */
export class CronError extends Error {}

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Names that stand for values, from `first` on. */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', first: 0, last: 59 },
  { name: 'hour', first: 0, last: 23 },
  { name: 'day of the month', first: 1, last: 31 },
  {
    name: 'month',
    first: 1,
    last: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', first: 0, last: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const EVERY = '*';

/**
 * A crontab expression of five fields as Amazon EventBridge Scheduler writes it, in UTC. Values are written out, so that
 * nothing depends on how the two read steps and the days of a week, which crontab counts from 0 and Scheduler from 1.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (2026-11-28)
 * @throws CronError for what is no expression, never fires, or what Scheduler cannot say
 */
export function schedulerCron(expression: string): string {
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) {
    throw new CronError(
      `'${expression}' has ${texts.length} fields; crontab has five: minute, hour, day of the month, month, day of the week`,
    );
  }
  const [minutes, hours, days, months, weekdays] = texts.map((text, index) => values(text, FIELDS[index]));
  if (days && weekdays) {
    throw new CronError(
      `'${expression}' names days of the month and days of the week; EventBridge Scheduler takes one of them, make the ` +
        'other *',
    );
  }
  const possible = months ?? LONGEST_MONTH.map((_, index) => index + 1);
  if (days && !possible.some((month) => days[0] <= LONGEST_MONTH[month - 1])) {
    throw new CronError(`'${expression}' never fires: no such month has a day ${days[0]}; name another day or month`);
  }
  const inWeek = weekdays && [...new Set(weekdays.map((day) => (day % 7) + 1))].sort((a, b) => a - b);
  const day = inWeek ? '?' : written(days);
  return `cron(${[written(minutes), written(hours), day, written(months), inWeek ? written(inWeek) : '?', EVERY].join(' ')})`;
}

function written(list: readonly number[] | undefined): string {
  return list ? list.join(',') : EVERY;
}

/** The values of a field in ascending order; undefined when it is `*`. */
function values(text: string, field: Field): number[] | undefined {
  const found = new Set(text.split(',').flatMap((part) => valuesOf(part, field)));
  const all = field.last - field.first + 1;
  return text === EVERY || found.size === all ? undefined : [...found].sort((a, b) => a - b);
}

function valuesOf(part: string, field: Field): number[] {
  const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
  if (!match || (match[1] === EVERY && match[2])) throw new CronError(`'${part}' is no ${field.name} of a crontab`);
  const [, from, to, step] = match;
  const first = from === EVERY ? field.first : valueOf(from, field);
  const single = to === undefined && from !== EVERY && step === undefined;
  // `5/10` counts from 5 on, as `5-59/10` does.
  const last = single ? first : to === undefined ? field.last : valueOf(to, field);
  const width = step === undefined ? 1 : Number(step);
  if (width < 1) throw new CronError(`'${part}' steps by ${step}; a step is 1 at least`);
  if (last < first) throw new CronError(`'${part}' goes from ${first} down to ${last}; begin with the smaller one`);
  return Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, index) => first + index * width);
}

function valueOf(text: string, { name, first, last, names = [] }: Field): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return first + named;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= first && value <= last)) {
    throw new CronError(`'${text}' is no ${name}; it is a number from ${first} to ${last}`);
  }
  return value;
}
