import { EC2Client, RevokeSecurityGroupEgressCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { customResourceHandler, textProperty } from './custom-resource';

const ec2 = new EC2Client();

/**
 * Takes the two rules away that EC2 gives every default security group: everything among its members, everything
 * outwards. They are known, so nothing has to be described. Nothing is undone on delete: the group goes with its VPC.
 */
export const handler = customResourceHandler(async (event) => {
  const groupId = textProperty(event, 'SecurityGroupId');
  if (event.RequestType !== 'Delete') {
    const members = { UserId: textProperty(event, 'Account'), GroupId: groupId };
    await unlessAbsent(
      ec2.send(
        new RevokeSecurityGroupIngressCommand({
          GroupId: groupId,
          IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [members] }],
        }),
      ),
    );
    await unlessAbsent(
      ec2.send(
        new RevokeSecurityGroupEgressCommand({
          GroupId: groupId,
          IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    );
  }
  return { physicalResourceId: groupId };
});

async function unlessAbsent(revocation: Promise<unknown>): Promise<void> {
  try {
    await revocation;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidPermission.NotFound') throw error;
  }
}
