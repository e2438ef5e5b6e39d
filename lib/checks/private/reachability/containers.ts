import { list, type NamedResource, record, type TemplateModel, textOf } from '../template';
import { grantsOf } from './policies';
import { type Connection, serviceCalls, type Task } from './tasks';

interface Place {
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
}

// A task in a network fetches its image, its secrets and sends its log through it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html (2026-11-28)
const EVERY_TASK = ['ecr.api', 'ecr.dkr', 's3', 'logs'];
const RUN_TASK = /:states:::ecs:runTask(\.|$)/;

/** Fargate tasks, by the places where services and state machines of the template run them. */
export function containerTasks(model: TemplateModel): Task[] {
  return model
    .ofType('AWS::ECS::TaskDefinition')
    .flatMap((definition) => placesOf(model, definition.id).map((place) => containerTask(model, definition, place)));
}

function containerTask(model: TemplateModel, { id, properties }: NamedResource, place: Place): Task {
  const own = grantsOf(model, properties.TaskRoleArn);
  const execution = grantsOf(model, properties.ExecutionRoleArn);
  const grants = [...own.grants, ...execution.grants];
  const before = balancersBefore(model, id);
  return {
    id,
    kind: 'Fargate task',
    role: model.nameOf(properties.TaskRoleArn),
    ...place,
    calls: serviceCalls(grants, managedByFargate, EVERY_TASK),
    clusters: [],
    servers: [],
    connections: [
      ...workgroups(
        model,
        grants.flatMap(({ resources }) => resources),
      ),
      ...named(model, properties).filter((each) => !before.has(each.id)),
    ],
    distributed: false,
    incomplete: own.incomplete ?? execution.incomplete,
  };
}

/** What answers outside of the network, or is not called at all: `GetCredentials` tells the way to a workgroup besides. */
function managedByFargate(action: string): boolean {
  return /^(iam:|ecs:)/.test(action);
}

function placesOf(model: TemplateModel, definition: string): Place[] {
  const services = model
    .ofType('AWS::ECS::Service')
    .filter(({ properties }) => model.nameOf(properties.TaskDefinition) === definition)
    .map(({ properties }) => record(record(properties.NetworkConfiguration).AwsvpcConfiguration))
    .map(({ Subnets, SecurityGroups }) => placeOf(model, Subnets, SecurityGroups));
  const states = model
    .ofType('AWS::StepFunctions::StateMachine')
    .flatMap(({ properties }) => statesIn(parsed(textOf(properties.DefinitionString))))
    .filter(({ Resource, Parameters }) => RUN_TASK.test(String(Resource)) && runs(Parameters, definition))
    .map(({ Parameters }) => record(record(record(Parameters).NetworkConfiguration).AwsvpcConfiguration))
    .map(({ Subnets, SecurityGroups }) => placeOf(model, Subnets, SecurityGroups));
  // The same task runs in several states, most often in one place.
  const places = new Map([...services, ...states].map((place) => [JSON.stringify(place), place]));
  return [...places.values()];
}

function runs(parameters: unknown, definition: string): boolean {
  return record(parameters).TaskDefinition === `\${${definition}}`;
}

function placeOf(model: TemplateModel, subnets: unknown, groups: unknown): Place {
  const names = (value: unknown) => list(value).map((each) => nameIn(model, each));
  return { subnets: names(subnets), groups: names(groups) };
}

/** Inside of a definition's text a reference is `${Id}` or `${Id.Attribute}`. */
function nameIn(model: TemplateModel, value: unknown): string {
  const id = /^\$\{([^.}]+)(?:\.(?:SubnetId|GroupId))?\}$/.exec(String(value))?.[1];
  return id !== undefined && model.find(id) ? id : model.nameOf(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every state of a definition, those of branches and iterators included. */
function statesIn(definition: unknown): Readonly<Record<string, unknown>>[] {
  return Object.values(record(record(definition).States))
    .map(record)
    .flatMap((state) => [
      state,
      ...list(state.Branches).flatMap(statesIn),
      ...[state.Iterator, state.ItemProcessor].flatMap(statesIn),
    ]);
}

/** The Redshift Serverless workgroups among granted resources. */
function workgroups(model: TemplateModel, resources: readonly string[]): Connection[] {
  const ids = resources.flatMap((each) => /^\$\{([^.}]+)\.Workgroup\.WorkgroupArn\}$/.exec(each)?.[1] ?? []);
  return [...new Set(ids)].flatMap((id) => {
    const workgroup = model.find(id);
    if (!workgroup) return [];
    const { properties } = workgroup;
    const names = (value: unknown) => list(value).map((each) => model.nameOf(each));
    return {
      id,
      port: Number(properties.Port ?? 5439),
      groups: names(properties.SecurityGroupIds),
      subnets: names(properties.SubnetIds),
    };
  });
}

/** Databases and load balancers whose address stands in the environment of a container. */
function named(model: TemplateModel, { ContainerDefinitions }: Readonly<Record<string, unknown>>): Connection[] {
  const values = list(ContainerDefinitions)
    .flatMap((container) => list(record(container).Environment))
    .map((variable) => textOf(record(variable).Value));
  const ids = new Set(values.flatMap((value) => [...value.matchAll(/\$\{([^.}]+)\.[^}]+\}/g)].map(([, id]) => id)));
  return [...ids].flatMap((id) => connectionOf(model, model.find(id)) ?? []);
}

/** Load balancers that send to the task: it knows their address, and does not call them. */
function balancersBefore(model: TemplateModel, definition: string): ReadonlySet<string> {
  const targets = model
    .ofType('AWS::ECS::Service')
    .filter(({ properties }) => model.nameOf(properties.TaskDefinition) === definition)
    .flatMap(({ properties }) => list(properties.LoadBalancers))
    .map((each) => model.nameOf(record(each).TargetGroupArn));
  const listeners = model
    .ofType('AWS::ElasticLoadBalancingV2::Listener')
    .filter(({ properties }) =>
      list(properties.DefaultActions).some((action) => targets.includes(model.nameOf(record(action).TargetGroupArn))),
    );
  return new Set(listeners.map(({ properties }) => model.nameOf(properties.LoadBalancerArn)));
}

function connectionOf(model: TemplateModel, resource: NamedResource | undefined): Connection | undefined {
  const names = (value: unknown) => list(value).map((each) => model.nameOf(each));
  if (resource?.type === 'AWS::RDS::DBInstance') {
    const { Port, VPCSecurityGroups, DBSubnetGroupName } = resource.properties;
    const subnets = names(model.resourceOf(DBSubnetGroupName)?.properties.SubnetIds);
    return { id: resource.id, port: Number(Port ?? 5432), groups: names(VPCSecurityGroups), subnets };
  }
  if (resource?.type === 'AWS::ElasticLoadBalancingV2::LoadBalancer') {
    const listener = model
      .ofType('AWS::ElasticLoadBalancingV2::Listener')
      .find(({ properties }) => model.nameOf(properties.LoadBalancerArn) === resource.id);
    const { SecurityGroups, Subnets } = resource.properties;
    return {
      id: resource.id,
      port: Number(listener?.properties.Port ?? 443),
      groups: names(SecurityGroups),
      subnets: names(Subnets),
    };
  }
  return undefined;
}
