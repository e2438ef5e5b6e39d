import { Sensitivity } from '../../schema';

/** What a `data-product.yaml` holds once its JSON Schema has let it pass; the keys are the file's. */
export interface ContractContent {
  readonly name: string;
  readonly version?: string;
  readonly owner: string;
  readonly description: string;
  readonly classification?: Sensitivity;
  readonly schema?: SchemaContent;
  readonly interfaces: readonly InterfaceContent[];
  readonly sla?: { readonly freshness?: string; readonly availability?: string; readonly quality_score?: string };
  readonly quality?: { readonly tests?: readonly TestContent[] };
  readonly lineage?: {
    readonly inputs?: readonly InputContent[];
    /** Columns of inputs as `domain.product.column`, by the column that is made of them. */
    readonly columns?: Readonly<Record<string, readonly string[]>>;
  };
  readonly retention?: string;
  readonly terms?: TermsContent;
  readonly consumers?: readonly ConsumerContent[];
  readonly changelog?: readonly ChangeContent[];
  readonly documentation?: { readonly url?: string; readonly contact?: string };
}

export interface SchemaContent {
  readonly record?: string;
  readonly columns?: readonly ColumnContent[];
  readonly key?: readonly string[];
  readonly event_time?: string;
  readonly partitioned_by?: readonly string[];
}

export interface ColumnContent {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly positive?: boolean;
  readonly description?: string;
  readonly classification?: Sensitivity;
  readonly wire_name?: string;
  readonly renamed_from?: readonly string[];
}

export interface InterfaceContent {
  readonly type: 'table' | 'stream' | 'api';
  readonly name: string;
  readonly access?: string;
  readonly engine?: string;
  readonly topic?: string;
  readonly endpoint?: string;
}

export interface TestContent {
  readonly unique?: string | readonly string[];
  readonly not_null?: string | readonly string[];
  readonly freshness?: string;
}

export interface InputContent {
  readonly product: string;
  readonly version?: number;
}

export interface TermsContent {
  readonly usage?: string;
  readonly limitations?: string;
  readonly purposes?: readonly string[];
  readonly notice_period?: string;
}

export interface ConsumerContent {
  readonly domain: string;
  readonly product?: string;
  readonly version?: number;
  readonly purpose: string;
  readonly interfaces?: readonly InterfaceContent['type'][];
  readonly columns?: readonly string[];
  readonly rows?: string;
}

export interface ChangeContent {
  readonly version: string;
  readonly date?: string;
  readonly changes: string;
}
