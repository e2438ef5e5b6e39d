/** What may go wrong, the gravest kind first. */
export const KINDS = ['data', 'access', 'contract', 'quality', 'finding'] as const;
export type RiskKind = (typeof KINDS)[number];

/** One thing that a reviewer has to know. */
export interface Risk {
  /** `rule:Stack/LogicalId` or with a further part: what an approval names. */
  readonly id: string;
  readonly rule: string;
  readonly kind: RiskKind;
  /** Whether the review fails until somebody approves it. */
  readonly needsApproval: boolean;
  readonly stack: string;
  readonly logicalId: string;
  readonly path: string;
  /** What happens, and what to do instead where there is something. */
  readonly says: string;
}

export const KIND_TITLES: Readonly<Record<RiskKind, string>> = {
  data: 'Data lost or unreadable',
  access: 'Access widened',
  contract: 'Contracts broken',
  quality: 'Quality or alarms removed',
  finding: 'New findings of the rules',
};
