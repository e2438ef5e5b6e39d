import { Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../lib/foundation';
import { LakeAdministration } from '../../lib/lakehouse';
import { DataPlatform, type ProductPortalSettings } from '../../lib/mesh';
import type { Mesh } from './mesh';
import { addOutputs } from '../trading/outputs';
import type { MeshSettings } from './settings';

/** Properties of the platform's stack. */
export interface TradingMeshPlatformStackProps extends StackProps {
  readonly settings: MeshSettings;
  readonly mesh: Mesh;
}

/** What all domains share: who takes part, whether the contracts fit together, the words of the tags, the portal. */
export class TradingMeshPlatformStack extends Stack {
  public constructor(scope: Construct, id: string, props: TradingMeshPlatformStackProps) {
    const { settings, mesh, ...stackProps } = props;
    super(scope, id, {
      description: `Data mesh '${settings.name}': the platform`,
      tags: { mesh: settings.name },
      terminationProtection: !DeploymentProfile.fromName(settings.profile).destroyable,
      ...stackProps,
    });
    const platform = new DataPlatform(this, 'Platform', {
      domains: mesh.domains,
      contracts: mesh.contracts,
      tagPrefix: 'mesh-',
      portal: this.portal(settings),
    });
    platform.node.addDependency(
      new LakeAdministration(this, 'LakeFormation', { crossAccountVersion: 4, closedByDefault: true }),
    );
    if (platform.portal) addOutputs(this, { PortalBucketName: platform.portal.bucket.bucket.bucketName });
  }

  private portal({ name, profile, portal }: MeshSettings): ProductPortalSettings | undefined {
    if (portal === undefined) return undefined;
    const { readersKey, domainName, certificateArn } = portal;
    return {
      readersKey,
      portalName: `Data products of ${name}`,
      domainName,
      certificate: certificateArn
        ? Certificate.fromCertificateArn(this, 'PortalCertificate', certificateArn)
        : undefined,
      profile: DeploymentProfile.fromName(profile),
    };
  }
}
