import {
  ConflictException,
  CreateUsageLimitCommand,
  DeleteUsageLimitCommand,
  ListUsageLimitsCommand,
  RedshiftServerlessClient,
  ResourceNotFoundException,
  UpdateUsageLimitCommand,
  type UsageLimitBreachAction,
} from '@aws-sdk/client-redshift-serverless';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';

const LIMIT = { usageType: 'serverless-compute', period: 'daily' } as const;

const client = new RedshiftServerlessClient({});

/** The daily usage limit of a workgroup, which has at most one of each kind and period. */
export const handler = customResourceHandler(async (event) => {
  const resourceArn = textProperty(event, 'ResourceArn');
  if (event.RequestType === 'Delete') {
    await deleteLimit(event.PhysicalResourceId);
    return { physicalResourceId: event.PhysicalResourceId };
  }
  const settings = {
    amount: Number(textProperty(event, 'RpuHoursPerDay')),
    breachAction: textProperty(event, 'BreachAction') as UsageLimitBreachAction,
  };
  const existing = await dailyLimit(resourceArn);
  if (existing !== undefined) {
    await client.send(new UpdateUsageLimitCommand({ usageLimitId: existing, ...settings }));
    return { physicalResourceId: existing };
  }
  const { usageLimit } = await client.send(new CreateUsageLimitCommand({ resourceArn, ...LIMIT, ...settings }));
  return { physicalResourceId: String(usageLimit?.usageLimitId) };
});

async function dailyLimit(resourceArn: string): Promise<string | undefined> {
  const { usageLimits = [] } = await client.send(
    new ListUsageLimitsCommand({ resourceArn, usageType: LIMIT.usageType }),
  );
  return usageLimits.find(({ period }) => period === LIMIT.period)?.usageLimitId;
}

async function deleteLimit(usageLimitId: string): Promise<void> {
  try {
    await client.send(new DeleteUsageLimitCommand({ usageLimitId }));
  } catch (error) {
    // The limit goes with its workgroup, which may be gone or going.
    if (!(error instanceof ResourceNotFoundException) && !(error instanceof ConflictException)) throw error;
  }
}
