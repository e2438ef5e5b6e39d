import { existsSync, readFileSync } from 'fs';

/** How much of a deployed resource is real in the emulator. */
export interface JournalResource {
  readonly event: 'resource';
  readonly stack: string;
  readonly logicalId: string;
  /** The name or the ARN that the resource has. */
  readonly physicalId?: string;
  readonly type: string;
  readonly label: 'executed' | 'recorded' | 'unsupported';
  readonly note: string;
}

/** Something that really ran. */
export interface JournalExecution {
  readonly event: 'execution';
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly seconds: number;
  readonly peakMemoryMiB?: number;
  readonly logFile?: string;
  readonly error?: string;
}

/** Something that AWS would not do as the emulator did it. */
export interface JournalViolation {
  readonly event: 'violation';
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
}

/** What a policy grants to roles; of several about the same policy, the last word counts. */
export interface JournalPolicy {
  readonly event: 'policy';
  /** The policy, or the role whose own policies these are. */
  readonly policy: string;
  readonly roles: readonly string[];
  /** Pairs of action and resource, as patterns. */
  readonly allowed: readonly (readonly [string, string])[];
}

/** A grant that has allowed a request, as the policy has it. */
export interface JournalGrantUsed {
  readonly event: 'grant-used';
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** A request that was refused, and what its sender lacks. */
export interface JournalDenial {
  readonly event: 'denial';
  /** The ARN of the user or of the role's session. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** The process of a Glue job runs. */
export interface JournalJobStarted {
  readonly event: 'job-started';
  readonly name: string;
  readonly run: string;
  /** Of the process, and of its group. */
  readonly pid: number;
  readonly logFile: string;
}

/** What became of the process behind a Flink application. */
export interface JournalFlink {
  readonly event: 'flink';
  readonly name: string;
  readonly state: 'running' | 'died' | 'finished' | 'stopped';
  /** Of the process and of its group, while it runs. */
  readonly pid: number;
  /** Flink's REST endpoint. */
  readonly rest: string;
  readonly job: string;
  /** The checkpoint or savepoint that it began with. */
  readonly restored?: string | null;
  readonly logFile: string;
}

/** A request to S3 that was failed on purpose. */
export interface JournalStorageFault {
  readonly event: 'storage-fault';
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

type JournalEntry =
  | JournalResource
  | JournalExecution
  | JournalViolation
  | JournalPolicy
  | JournalGrantUsed
  | JournalDenial
  | JournalFlink
  | JournalJobStarted
  | JournalStorageFault;

/** What has to have run before it counts as executed, and what tells that it did. */
const RUNNABLE: { readonly [type: string]: string } = {
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::Glue::DataQualityRuleset': 'quality-ruleset',
  'AWS::Glue::Job': 'glue-job',
  'AWS::KinesisAnalyticsV2::Application': 'flink-application',
  'AWS::Lambda::Function': 'lambda',
  'AWS::StepFunctions::StateMachine': 'state-machine',
};

/** What the emulator wrote down about a rehearsal. */
export class Journal {
  public static read(file: string): Journal {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return new Journal(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalEntry));
  }

  private constructor(private readonly entries: readonly JournalEntry[]) {}

  /** The resources of a stack; of those that were updated, the last word. */
  public resources(stack: string): JournalResource[] {
    const byId = new Map<string, JournalResource>();
    for (const entry of this.entries) {
      if (entry.event === 'resource' && entry.stack === stack) {
        byId.set(entry.logicalId, this.ran(entry) ? entry : { ...entry, label: 'recorded', note: 'It was never run.' });
      }
    }
    return [...byId.values()];
  }

  private ran({ type, physicalId = '' }: JournalResource): boolean {
    const kind = RUNNABLE[type];
    if (type.startsWith('AWS::IAM::')) {
      return this.allowedSomething(physicalId);
    }
    return (
      kind === undefined ||
      this.executions(kind).some(({ name }) => name === physicalId || physicalId.endsWith(`:${name}`))
    );
  }

  /** Whether a request was allowed to a role, or to a role by a policy. */
  private allowedSomething(physicalId: string): boolean {
    const roles = this.policies().find(({ policy }) => policy === physicalId)?.roles ?? [];
    return this.grantsUsed().some(({ role }) => role === physicalId || roles.includes(role));
  }

  /** Every policy that was deployed, by its last word. */
  public policies(): JournalPolicy[] {
    const policies = this.entries.filter((entry): entry is JournalPolicy => entry.event === 'policy');
    return [...new Map(policies.map((entry) => [entry.policy, entry])).values()];
  }

  public grantsUsed(): JournalGrantUsed[] {
    return this.entries.filter((entry): entry is JournalGrantUsed => entry.event === 'grant-used');
  }

  public denials(): JournalDenial[] {
    return this.entries.filter((entry): entry is JournalDenial => entry.event === 'denial');
  }

  public executions(kind: string): JournalExecution[] {
    return this.entries.filter(
      (entry): entry is JournalExecution => entry.event === 'execution' && entry.kind === kind,
    );
  }

  /** The runs of a Glue job whose processes were started, in order. */
  public jobsStarted(jobName: string): JournalJobStarted[] {
    return this.entries.filter(
      (entry): entry is JournalJobStarted => entry.event === 'job-started' && entry.name === jobName,
    );
  }

  public storageFaults(): JournalStorageFault[] {
    return this.entries.filter((entry): entry is JournalStorageFault => entry.event === 'storage-fault');
  }

  /** What became of a Flink application's processes, in order. */
  public flink(application: string): JournalFlink[] {
    return this.entries.filter((entry): entry is JournalFlink => entry.event === 'flink' && entry.name === application);
  }

  public violations(): JournalViolation[] {
    return this.entries.filter((entry): entry is JournalViolation => entry.event === 'violation');
  }
}

/** What a job says about itself at its end. */
export interface JobSummary {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsRejected: number;
  /** Beside Spark's start. */
  readonly seconds: number;
}

// A thread of Spark's may log between a line of the script's and its end.
const SPARK_LOG = /\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d [A-Z]+ .*$/;

/** The last summary in a job's log, or undefined when the job never came to its end. */
export function readJobSummary(logFile: string | undefined): JobSummary | undefined {
  if (logFile === undefined || !existsSync(logFile)) {
    return undefined;
  }
  const line = readFileSync(logFile, 'utf8')
    .split('\n')
    .reverse()
    .find((text) => text.startsWith('{') && text.includes('"job-summary"'));
  return line === undefined ? undefined : (JSON.parse(line.replace(SPARK_LOG, '')) as JobSummary);
}
