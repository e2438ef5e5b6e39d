import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What a custom resource answers when its work is done. */
export interface CustomResourceResult {
  /** Identity of the thing; when an update changes it, CloudFormation deletes the thing of the old identity. */
  readonly physicalResourceId: string;
  /** Attributes for `Fn::GetAtt`. */
  readonly data?: Record<string, string>;
}

export type CustomResourceWork = (event: CloudFormationCustomResourceEvent) => Promise<CustomResourceResult>;

const NOT_CREATED = 'not-created:';
const ATTEMPTS = 3;
// CloudFormation takes answers of 4096 bytes at most.
const LONGEST_REASON = 1000;

/**
 * A Lambda handler that does the work of a custom resource and answers CloudFormation, whatever happens. What failed to
 * be created is never deleted: the rollback's delete event is answered without the work being called.
 */
export function customResourceHandler(
  work: CustomResourceWork,
): (event: CloudFormationCustomResourceEvent) => Promise<void> {
  return async (event) => {
    const { RequestType, LogicalResourceId } = event;
    try {
      const result = wasNeverCreated(event) ? { physicalResourceId: physicalResourceIdOf(event) } : await work(event);
      await respond(event, { Status: 'SUCCESS', PhysicalResourceId: result.physicalResourceId, Data: result.data });
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      console.error(JSON.stringify({ RequestType, LogicalResourceId, reason }));
      await respond(event, {
        Status: 'FAILED',
        Reason: reason.slice(0, LONGEST_REASON),
        PhysicalResourceId: physicalResourceIdOf(event),
      });
    }
  };
}

function wasNeverCreated(event: CloudFormationCustomResourceEvent): boolean {
  return event.RequestType === 'Delete' && event.PhysicalResourceId.startsWith(NOT_CREATED);
}

function physicalResourceIdOf(event: CloudFormationCustomResourceEvent): string {
  return event.RequestType === 'Create' ? `${NOT_CREATED}${event.RequestId}` : event.PhysicalResourceId;
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
  readonly Data?: Record<string, string>;
}

async function respond(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  // Bytes rather than a string: fetch would add a Content-Type, which the signature of the URL does not know.
  const body = Buffer.from(JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }));
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(event.ResponseURL, { method: 'PUT', body });
      if (!response.ok) throw new Error(`CloudFormation refused the answer: HTTP ${response.status}`);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

/**
 * A property of a custom resource, as text. CloudFormation sends numbers and booleans as text, too.
 *
 * @throws when it is missing
 */
export function textProperty(event: CloudFormationCustomResourceEvent, name: string): string {
  const value = optionalTextProperty(event, name);
  if (value === undefined) throw new Error(`${event.ResourceType}: property '${name}' is missing`);
  return value;
}

/** A property of a custom resource, as text; undefined when it is missing or empty. */
export function optionalTextProperty(event: CloudFormationCustomResourceEvent, name: string): string | undefined {
  const value: unknown = event.ResourceProperties[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
