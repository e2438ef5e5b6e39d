import {
  judgeFault,
  judgePosts,
  type Struck,
} from '../../../../../../../bin/commands/rehearse/flows/lakehouse/faults/run-faults';

const struck: Struck = {
  name: 'silver job killed',
  table: 'silver.trades',
  effect: 'process group 42 was killed; the run was FAILED',
  versionBefore: 3,
  met: true,
};

describe('a fault', () => {
  test('counts when it struck after a commit and before the last', () => {
    expect(judgeFault(struck, 4)).toEqual({
      name: 'fault: silver job killed',
      expected: 'it strikes; silver.trades has commits before and after it',
      actual: 'it struck: process group 42 was killed; the run was FAILED; commit 3 before, commit 4 after',
      passed: true,
    });
  });

  test.each([
    ['missed what it was meant for', { met: false }, 4],
    ['came before the first commit', { versionBefore: 0 }, 4],
    ['came after the last commit', {}, 3],
  ])('does not count when it %s', (_, change, versionAfter) => {
    expect(judgeFault({ ...struck, ...change }, versionAfter).passed).toBe(false);
  });

  test('that missed says so', () => {
    expect(judgeFault({ ...struck, met: false }, 4).actual).toMatch(/^it missed: /);
  });
});

describe('posts while the broker is away', () => {
  const refused = { status: 503, retryAfter: 10, accepted: 0 };
  const taken = { status: 202, retryAfter: null, accepted: 20 };

  test('are refused with the time to come again, and taken later', () => {
    expect(judgePosts(refused, taken)).toMatchObject({ passed: true });
  });

  test.each([
    ['are refused without it', { ...refused, retryAfter: null }, taken],
    ['are taken all the same', taken, taken],
    ['break the function', { status: 500, retryAfter: null, accepted: 0 }, taken],
    ['are refused later, too', refused, refused],
    ['are answered without being taken', refused, { ...taken, accepted: 0 }],
  ])('fail the check when they %s', (_, first, second) => {
    expect(judgePosts(first, second).passed).toBe(false);
  });
});
