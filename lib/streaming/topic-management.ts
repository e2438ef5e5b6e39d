/** Who creates the topics of a backbone. */
export enum TopicManagement {
  /** CloudFormation, as `AWS::MSK::Topic`: MSK provisioned clusters. */
  CLOUDFORMATION = 'CLOUDFORMATION',

  /** A custom resource that speaks Kafka's admin protocol: MSK Serverless. */
  CUSTOM_RESOURCE = 'CUSTOM_RESOURCE',

  /** Nobody here: the topics of adopted brokers exist already. */
  EXTERNAL = 'EXTERNAL',
}
