import { Network } from '../reachability/network';
import { all, type Outcome } from '../rule';
import { isRecord, list, type NamedResource, type TemplateModel } from '../template';

/** One outcome for a list, of which there has to be something: the worst. */
export function each(value: unknown, judge: (value: unknown) => Outcome): Outcome {
  const values = list(value);
  return values.length === 0 ? 'non-compliant' : all(values.map(judge));
}

/** That no route leads from a subnet to an internet gateway. */
export function isPrivate(subnet: unknown, model: TemplateModel): Outcome {
  const network = new Network(model);
  const name = model.nameOf(subnet);
  if (network.vpcOf(name) === undefined) return 'unresolved';
  return network.isPublic(name) ? 'non-compliant' : 'compliant';
}

/** That a security group does not admit every address. */
export function isClosed(group: unknown, model: TemplateModel): Outcome {
  const resource = model.resourceOf(group);
  if (!resource) return 'unresolved';
  const open = ingressOf(resource, model).some(({ CidrIp, CidrIpv6 }) => CidrIp === '0.0.0.0/0' || CidrIpv6 === '::/0');
  return open ? 'non-compliant' : 'compliant';
}

function ingressOf(group: NamedResource, model: TemplateModel) {
  const apart = model
    .ofType('AWS::EC2::SecurityGroupIngress')
    .filter(({ properties }) => model.nameOf(properties.GroupId) === group.id)
    .map(({ properties }) => properties);
  return [...list(group.properties.SecurityGroupIngress).filter(isRecord), ...apart];
}
