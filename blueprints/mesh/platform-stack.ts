import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../lib/foundation';
import { LakeAdministration } from '../../lib/lakehouse';
import { DataPlatform } from '../../lib/mesh';
import type { Mesh } from './mesh';
import type { MeshSettings } from './settings';

/** Properties of the platform's stack. */
export interface TradingMeshPlatformStackProps extends StackProps {
  readonly settings: MeshSettings;
  readonly mesh: Mesh;
}

/** What all domains share: who takes part, whether the contracts fit together, and the words of the tags. */
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
    });
    platform.node.addDependency(
      new LakeAdministration(this, 'LakeFormation', { crossAccountVersion: 4, closedByDefault: true }),
    );
  }
}
