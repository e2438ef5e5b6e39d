import { Template } from 'aws-cdk-lib/assertions';
import { STATEFUL } from '../../bin/commands/review/stateful';
import packageJson from '../../package.json';
import * as lakehouse from './lakehouse/synth';
import * as both from './lakehouse-warehouse/synth';
import released from './logical-ids.json';
import * as mesh from './mesh/synth';
import * as streaming from './streaming/synth';
import * as paths from './streaming-batch/synth';
import * as warehouse from './warehouse/synth';

/** Of each release, the type of every stateful resource by its logical id. */
type Ids = Readonly<Record<string, Readonly<Record<string, string>>>>;

const VERSIONS: Readonly<Record<string, Ids>> = released;

const statefulOf = (template: Template) =>
  Object.fromEntries(
    Object.entries(lakehouse.resourcesOf(template))
      .filter(([, { Type }]) => Object.hasOwn(STATEFUL, Type))
      .map(([id, { Type }]) => [id, Type]),
  );

let today: Ids;
beforeAll(() => {
  today = {
    TradingLakehouseStack: statefulOf(lakehouse.synth()),
    TradingLakehouseWarehouseStack: statefulOf(Template.fromStack(both.newStack())),
    TradingStreamingBatchStack: statefulOf(paths.synth()),
    TradingStreamingStack: statefulOf(streaming.synth()),
    ...Object.fromEntries(
      Object.entries(mesh.templatesOf(mesh.newMesh())).map(([name, each]) => [name, statefulOf(each)]),
    ),
    TradingWarehouseStack: statefulOf(warehouse.synth()),
  };
});

test.each(Object.keys(VERSIONS))('what version %s deployed is found again by its logical id', (version) => {
  for (const [stack, ids] of Object.entries(VERSIONS[version])) expect(today[stack]).toMatchObject(ids);
});

test('the version that is next has its ids written down, in logical-ids.json', () => {
  expect(today).toEqual(VERSIONS[packageJson.version]);
});
