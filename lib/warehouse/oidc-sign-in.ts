import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/** A provider of OpenID Connect at which people sign in before the load balancer lets them through. */
export interface OidcSignIn {
  /** `https://` URL of the issuer. */
  readonly issuer: string;

  /** Where people are sent to sign in. */
  readonly authorizationEndpoint: string;

  /** Where the load balancer exchanges the code for tokens. */
  readonly tokenEndpoint: string;

  /** Where it asks who somebody is. */
  readonly userInfoEndpoint: string;

  /** The client that the provider knows. */
  readonly clientId: string;

  /** The client's secret, as plain text of a secret. */
  readonly clientSecret: secretsmanager.ISecret;
}
