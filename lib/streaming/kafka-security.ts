/** How clients of a Kafka cluster authenticate themselves and encrypt what they send. */
export class KafkaSecurity {
  /**
   * TLS, and IAM roles as identities (SASL mechanism `AWS_MSK_IAM`): what MSK clusters of this library use.
   *
   * A Java client needs `software.amazon.msk:aws-msk-iam-auth` on its classpath. Whether a Glue 5.1 job has it without
   * bringing it is not verified. What speaks for it: AWS's description of Glue's `ConnectionInput` names
   * `AWS_MSK_IAM` among the supported mechanisms of Kafka connections (@aws-sdk/client-glue 3.1169.0, read 2026-11-23),
   * and a public CDK app reads MSK Serverless in a `gluestreaming` job of Glue 3.0 with these four
   * properties and without the library, but with a newer AWS SDK in `--extra-jars` against a NoSuchMethodError
   * (github.com/ksmin23/my-aws-cdk-examples, glue/streaming-etl/msk-serverless-to-iceberg, read 2026-11-23). Should a job
   * fail with `No LoginModule found for software.amazon.msk.auth.iam.IAMLoginModule`, give it the library's `-all` jar in
   * `--extra-jars`.
   *
   * `reconnect.backoff.ms` is one second because a `kafka.t3.small` broker admits few new IAM connections a second
   * (https://docs.aws.amazon.com/msk/latest/developerguide/limits.html).
   */
  static readonly IAM = new KafkaSecurity('SASL_SSL', true, {
    'sasl.mechanism': 'AWS_MSK_IAM',
    'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
    'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
    'reconnect.backoff.ms': '1000',
  });

  /** TLS without authentication of clients. */
  static readonly TLS = new KafkaSecurity('SSL', true, {});

  /** Nothing: for a broker on one's own machine. Refused in production. */
  static readonly PLAINTEXT = new KafkaSecurity('PLAINTEXT', false, {});

  /**
   * Any other protocol, by Kafka's own names.
   *
   * @param securityProtocol `SSL`, `SASL_SSL`, `PLAINTEXT` or `SASL_PLAINTEXT`
   * @param clientProperties what Java clients need besides, such as `sasl.mechanism`. They end up readable in templates
   * and job arguments: no secrets.
   * @throws when Kafka knows no such protocol
   */
  static of(securityProtocol: string, clientProperties: { [property: string]: string } = {}): KafkaSecurity {
    const known = ['SSL', 'SASL_SSL', 'PLAINTEXT', 'SASL_PLAINTEXT'];
    if (!known.includes(securityProtocol)) {
      throw new Error(`security protocol '${securityProtocol}' is unknown to Kafka; use one of: ${known.join(', ')}`);
    }
    return new KafkaSecurity(securityProtocol, securityProtocol.endsWith('SSL'), clientProperties);
  }

  /** What a Java client needs, `security.protocol` among it. */
  readonly clientProperties: { [property: string]: string };

  private constructor(
    securityProtocol: string,
    /** Whether what is sent is encrypted. */
    readonly encrypted: boolean,
    properties: { [property: string]: string },
  ) {
    this.clientProperties = { 'security.protocol': securityProtocol, ...properties };
  }
}
