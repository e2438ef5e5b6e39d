/** Where the runbook of this library stands; every alarm has a section of its own in it. */
export const RUNBOOK_URL = 'https://github.com/cdk-data-patterns/cdk-data-patterns/blob/main/docs/runbook.md';

/**
 * Text of an alarm: what happened, and where it says what to do.
 *
 * @param anchor heading of the section in the runbook, in lower case with hyphens
 */
export function alarmText(text: string, anchor: string, runbookUrl = RUNBOOK_URL): string {
  return `${text} Runbook: ${runbookUrl}#${anchor}`;
}
