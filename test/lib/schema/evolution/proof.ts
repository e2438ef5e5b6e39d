import { Permissions, Verdict, judge, tableStateFromMetadata } from '../../../../lib/schema/private/evolution';
import { CHANGES, PlannedChange } from './arbitraries';
import { Edit } from './change';
import type { IcebergJudge, Judgement } from './iceberg-judge';
import { Metadata, created, draftOf, setWhole } from './metadata';
import { STRICTER } from './stricter';

/** A change of a table, with what the rules say of it. */
export interface Proposal {
  readonly before: Metadata;
  readonly after: Metadata;
  /** The changes that could be made on this table. */
  readonly changes: string[];
  /** What was said to be meant. */
  readonly permissions: Permissions;
  readonly verdicts: Verdict[];
  readonly legal: boolean;
  /** See Edit. */
  readonly lineage: ReadonlyMap<number, number | null>;
}

/** Makes the planned changes on a table and asks the rules; undefined when none of them could be made. */
export function propose(before: Metadata, planned: readonly PlannedChange[]): Proposal | undefined {
  const draft = draftOf(before);
  const drops: string[] = [];
  const renames: { from: string; to: string }[] = [];
  const lineage = new Map<number, number | null>();
  const changes = planned.filter(({ name, choices, types }) => {
    const edit = new Edit(before, draft, choices, types);
    const made = CHANGES[name](edit);
    drops.push(...edit.drops);
    renames.push(...edit.renames);
    for (const [id, source] of edit.lineage) lineage.set(id, source);
    return made;
  });
  const after = setWhole(before, draft);
  if (changes.length === 0 || JSON.stringify(before) === JSON.stringify(after)) return undefined;
  const permissions = { drops, renames };
  const verdicts = judge(tableStateFromMetadata(before), tableStateFromMetadata(created(draft)), permissions);
  const legal = verdicts.every((verdict) => verdict.legal);
  return { before, after, changes: changes.map(({ name }) => name), permissions, verdicts, legal, lineage };
}

/** How rules and Iceberg stand to one another on one change. */
export enum Agreement {
  BOTH_ALLOW = 'both allow',
  BOTH_REFUSE = 'both refuse',
  /** The API has no words for it, or takes it for another change; set as a whole it breaks the table. */
  BREAKS = 'no request of the API, or breaks the table when set as a whole',
  /** Only the rules refuse, for one of the reasons in stricter.ts. */
  STRICTER = 'rules are stricter, with a reason',
  DISAGREE = 'disagreement without explanation',
}

/** A change with all that is said against it. */
export interface Judged {
  readonly before: Metadata;
  readonly after: Metadata;
  /** Nothing when it is allowed. */
  readonly refusals: readonly Verdict[];
}

export function judged({ before, after, verdicts }: Proposal): Judged {
  return { before, after, refusals: verdicts.filter(({ legal }) => !legal) };
}

export async function compare(change: Judged, iceberg: IcebergJudge): Promise<[Agreement, Judgement]> {
  const judgement = await iceberg.ask(change.before, change.after);
  return [agreement(change, judgement), judgement];
}

function agreement({ before, after, refusals }: Judged, judgement: Judgement): Agreement {
  const readable = judgement.opened && judgement.unreadable?.length === 0;
  const reached = judgement.reached === true && restoresSameIds(before, after, judgement);
  if (refusals.length === 0) return reached && readable ? Agreement.BOTH_ALLOW : Agreement.DISAGREE;
  if (judgement.refused !== undefined) return Agreement.BOTH_REFUSE;
  if (!reached || !readable) return Agreement.BREAKS;
  return refusals.every(({ rule }) => rule in STRICTER) ? Agreement.STRICTER : Agreement.DISAGREE;
}

/** Whether a partition field that comes back gets the id that it had, or not, in the change as by the API. */
function restoresSameIds(before: Metadata, after: Metadata, { partitionIds }: Judgement): boolean {
  const last = before['last-partition-id'];
  return draftOf(after).partitions.every(({ name, 'field-id': id }) => {
    const given = partitionIds?.[name] ?? 0;
    return id === given || (id > last && given > last);
  });
}
