import { type AwsConnection, callAws, queryAws } from '../../aws';

const QUEUE = 'rehearsal-alerts';
/** As Amazon SQS has it. */
const MOST_AT_ONCE = 10;

/** Somebody who has subscribed to the notifications of a topic of Amazon SNS: a queue of Amazon SQS. */
export class AlertInbox {
  private constructor(
    private readonly owner: AwsConnection,
    private readonly queue: string,
  ) {}

  /** @param owner who may subscribe and read */
  public static async subscribe(owner: AwsConnection, topicArn: string): Promise<AlertInbox> {
    const queueArn = `arn:aws:sqs:${owner.region}:${owner.account}:${QUEUE}`;
    const delivery = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    };
    const { QueueUrl } = await callAws<{ QueueUrl: string }>(owner, 'sqs', 'AmazonSQS.CreateQueue', {
      QueueName: QUEUE,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [delivery] }) },
    });
    await queryAws(owner, 'sns', {
      Action: 'Subscribe',
      Version: '2010-03-31',
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      'Attributes.entry.1.key': 'RawMessageDelivery',
      'Attributes.entry.1.value': 'true',
    });
    return new AlertInbox(owner, QueueUrl);
  }

  /** The lines of all notifications that have arrived since it was last asked. */
  public async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const { Messages = [] } = await callAws<{ Messages?: readonly { Body: string; ReceiptHandle: string }[] }>(
        this.owner,
        'sqs',
        'AmazonSQS.ReceiveMessage',
        { QueueUrl: this.queue, MaxNumberOfMessages: MOST_AT_ONCE },
      );
      if (Messages.length === 0) return lines;
      for (const { Body, ReceiptHandle } of Messages) {
        lines.push(...Body.split('\n'));
        await callAws(this.owner, 'sqs', 'AmazonSQS.DeleteMessage', { QueueUrl: this.queue, ReceiptHandle });
      }
    }
  }
}
