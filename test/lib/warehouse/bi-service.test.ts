import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { join } from 'node:path';
import { DeploymentProfile } from '../../../lib/foundation';
import { QueryWorkgroup } from '../../../lib/lakehouse';
import { BiService, type BiServiceProps, BiSource, Dashboards } from '../../../lib/warehouse';
import { newLake } from '../lakehouse/fixture';
import { BLUEPRINT, newGround, newPlatform } from './fixture';

const CERTIFICATE = {
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0f3c1d1e-0000-4000-8000-000000000000',
  domainName: 'metabase.trading.example',
};

describe('on Athena', () => {
  const stack = new Stack(new App(), 'Stack');
  const platform = newPlatform(stack, newGround(stack));
  const source = BiSource.athena(new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack) }), []);
  const service = new BiService(stack, 'Metabase', { platform, source });
  new Dashboards(stack, 'Dashboards', { platform, service, folder: join(BLUEPRINT, 'dashboards') });
  const template = Template.fromStack(stack);

  test('Metabase asks under the role of its task, in that workgroup alone', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['athena:StartQueryExecution']),
            Resource: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':athena:'])] }),
          }),
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^MetabaseRole') }],
    });
  });

  test('the dashboards are told the workgroup, and no key and no secret of a warehouse', () => {
    const [connection] = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
      .flatMap(({ Properties }) => Properties.ContainerDefinitions[0].Environment)
      .filter(({ Name }) => Name === 'BI_CONNECTION');
    const text = JSON.stringify(connection);
    expect(text).toContain('athena');
    expect(text).not.toMatch(/secret|password/i);
  });

  test('Metabase keeps its own data encrypted, and reads its logins from Secrets Manager', () => {
    template.hasResourceProperties('AWS::RDS::DBInstance', { StorageEncrypted: true, PubliclyAccessible: false });
    const names = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
      .flatMap(({ Properties }) => Properties.ContainerDefinitions[0].Secrets ?? [])
      .map(({ Name }) => Name);
    expect(names).toEqual(['MB_DB_USER', 'MB_DB_PASS', 'MB_ENCRYPTION_SECRET_KEY']);
  });
});

describe('it refuses', () => {
  const stack = new Stack(new App(), 'Stack');
  const sandbox = newPlatform(stack, newGround(stack));
  const production = newPlatform(stack, newGround(stack, 'Production', DeploymentProfile.PRODUCTION), 'Production');
  const source = BiSource.athena(new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack) }), []);
  const signIn = {
    issuer: 'https://sign-in.example',
    authorizationEndpoint: 'https://sign-in.example/authorize',
    tokenEndpoint: 'https://sign-in.example/token',
    userInfoEndpoint: 'https://sign-in.example/me',
    clientId: 'metabase',
    clientSecret: new secretsmanager.Secret(stack, 'Client'),
  };

  test.each<[string, Partial<BiServiceProps>, string]>([
    ['Plain', { platform: production }, "a production deployment encrypts what people see; give 'certificateArn'"],
    ['SignIn', { signIn }, "signIn wants HTTPS; give 'certificateArn'"],
    ['Nameless', { ...CERTIFICATE, domainName: undefined }, 'certificateArn without domainName; name what'],
    ['Backups', { backupRetention: Duration.days(36) }, 'backupRetention is 36 days; RDS keeps 1 to 35'],
  ])('%s, with the remedy', (id, props, sentence) => {
    expect(() => new BiService(stack, id, { platform: sandbox, source, ...props })).toThrow(sentence);
  });
});
