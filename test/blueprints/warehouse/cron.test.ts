import { CronError, schedulerCron } from '../../../blueprints/warehouse/cron';

test.each([
  ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
  ['5 * * * *', 'cron(5 * * * ? *)'],
  ['0 6 * * 1-5', 'cron(0 6 ? * 2,3,4,5,6 *)'],
  ['0 6 * * sun', 'cron(0 6 ? * 1 *)'],
  ['0 6 * * 7', 'cron(0 6 ? * 1 *)'],
  ['30 2 1 */3 *', 'cron(30 2 1 1,4,7,10 ? *)'],
  ['0 0 29 2 *', 'cron(0 0 29 2 ? *)'],
  ['10-20/5 * * * *', 'cron(10,15,20 * * * ? *)'],
])('%s is %s', (crontab, expected) => {
  expect(schedulerCron(crontab)).toBe(expected);
});

test.each([
  ['0 0 31 2 *', 'never fires'],
  ['0 0 30 2 *', 'never fires'],
  ['* * * *', 'has 4 fields'],
  ['60 * * * *', "'60' is no minute"],
  ['0 0 1 * 1', 'takes one of them'],
  ['*/0 * * * *', 'a step is 1 at least'],
  ['5-1 * * * *', 'goes from 5 down to 1'],
  ['a * * * *', "'a' is no minute"],
])('%s is refused', (crontab, sentence) => {
  expect(() => schedulerCron(crontab)).toThrow(CronError);
  expect(() => schedulerCron(crontab)).toThrow(sentence);
});
