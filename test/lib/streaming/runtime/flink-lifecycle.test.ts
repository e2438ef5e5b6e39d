import {
  type ApplicationState,
  FlinkLifecycle,
  type FlinkService,
} from '../../../../lib/streaming/runtime/flink-lifecycle';

const NAME = 'summing';

/** A service that shows its states one after another; the last one stays. */
class ScriptedService implements FlinkService {
  readonly calls: string[] = [];

  constructor(
    private readonly states: (string | ApplicationState)[],
    private readonly snapshot = false,
  ) {}

  async state(): Promise<ApplicationState> {
    const next = this.states.length > 1 ? this.states.shift() : this.states[0];
    return typeof next === 'string' ? { status: next, rolledBack: false } : (next as ApplicationState);
  }

  async hasSnapshot(): Promise<boolean> {
    return this.snapshot;
  }

  async start(name: string, fromSnapshot: boolean): Promise<void> {
    this.calls.push(`start ${name} ${fromSnapshot ? 'from its snapshot' : 'anew'}`);
  }

  async stop(name: string, force: boolean): Promise<void> {
    this.calls.push(`stop ${name}${force ? ' at once' : ''}`);
  }
}

const lifecycleOf = (service: FlinkService) => new FlinkLifecycle(service, { total: 200, between: 1 });

test('a new application is started and waited for', async () => {
  const service = new ScriptedService(['READY', 'STARTING', 'RUNNING']);
  await lifecycleOf(service).run(NAME);
  expect(service.calls).toEqual(['start summing anew']);
});

test('one that was stopped goes on from its snapshot', async () => {
  const service = new ScriptedService(['READY', 'STARTING', 'RUNNING'], true);
  await lifecycleOf(service).run(NAME);
  expect(service.calls).toEqual(['start summing from its snapshot']);
});

test('an update that the service carries out itself is waited for', async () => {
  const service = new ScriptedService(['UPDATING', 'UPDATING', 'RUNNING']);
  await lifecycleOf(service).run(NAME);
  expect(service.calls).toEqual([]);
});

test('one that does not come up fails the deployment with a sentence', async () => {
  const service = new ScriptedService(['READY', 'STARTING', 'READY']);
  await expect(lifecycleOf(service).run(NAME)).rejects.toThrow(/summing: is READY instead of RUNNING; its log group/);
});

test('one that the service rolled back fails the deployment', async () => {
  const service = new ScriptedService(['UPDATING', { status: 'RUNNING', rolledBack: true }]);
  await expect(lifecycleOf(service).run(NAME)).rejects.toThrow(/the new version did not come up/);
});

test('one that stays busy is given up', async () => {
  await expect(lifecycleOf(new ScriptedService(['UPDATING'])).run(NAME)).rejects.toThrow(/has been UPDATING/);
});

test.each([
  [false, ['stop summing']],
  [true, ['stop summing at once']],
])('one that goes is stopped (forced: %s)', async (force, calls) => {
  const service = new ScriptedService(['RUNNING', 'STOPPING', 'READY']);
  await lifecycleOf(service).stop(NAME, force);
  expect(service.calls).toEqual(calls);
});

test.each(['READY', 'MISSING'])('one that is %s is not stopped', async (status) => {
  const service = new ScriptedService([status]);
  await lifecycleOf(service).stop(NAME, true);
  expect(service.calls).toEqual([]);
});
