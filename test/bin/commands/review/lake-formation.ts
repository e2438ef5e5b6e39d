import type { Json } from '../../../../bin/commands/review/template';

/** A grant of Lake Formation, as a resource of a template. */
export const permission = (principal: Json, resource: object, ...permissions: string[]) => ({
  Type: 'AWS::LakeFormation::PrincipalPermissions',
  Properties: {
    Principal: { DataLakePrincipalIdentifier: principal },
    Permissions: permissions,
    Resource: resource,
  },
});
