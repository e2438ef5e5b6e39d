/** What waits a while is done at once, until mocks are restored. */
export function withoutWaiting(): void {
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void) => setImmediate(work)) as never);
}
