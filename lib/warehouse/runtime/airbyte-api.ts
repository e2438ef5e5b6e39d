export type Json = Readonly<Record<string, unknown>>;

type Kind = 'sources' | 'destinations' | 'connections';

interface Page {
  readonly data: readonly Json[];
}

const PAGE = 100;

/**
 * Airbyte's public API, as much of it as a connection needs.
 *
 * @see https://reference.airbyte.com/reference/getting-started (2026-11-28)
 */
export class AirbyteApi {
  private token = '';

  constructor(
    private readonly url: string,
    private readonly workspaceId: string,
  ) {}

  /** @see https://reference.airbyte.com/reference/createaccesstoken (2026-11-28) */
  async logIn({ client_id, client_secret }: Readonly<Record<string, string>>): Promise<void> {
    const grant = { client_id, client_secret, 'grant-type': 'client_credentials', grant_type: 'client_credentials' };
    const { access_token } = (await this.send('POST', '/applications/token', grant)) as { access_token: string };
    this.token = access_token;
  }

  /** Makes the thing of that name, or gives the one that there is these settings. */
  async put(kind: Kind, idField: string, settings: Json & { readonly name: string }): Promise<string> {
    const existing = await this.named(kind, settings.name);
    if (existing !== undefined) {
      const id = String(existing[idField]);
      await this.send('PATCH', `/${kind}/${id}`, settings);
      return id;
    }
    // A connection stands in the workspace of its source.
    const place = kind === 'connections' ? {} : { workspaceId: this.workspaceId };
    return String(((await this.send('POST', `/${kind}`, { ...settings, ...place })) as Json)[idField]);
  }

  /** What is gone already is fine. */
  async delete(kind: Kind, id: string): Promise<void> {
    await this.send('DELETE', `/${kind}/${id}`, undefined, [404]);
  }

  private async named(kind: Kind, name: string): Promise<Json | undefined> {
    for (let offset = 0; ; offset += PAGE) {
      const query = new URLSearchParams({
        workspaceIds: this.workspaceId,
        limit: String(PAGE),
        offset: String(offset),
      });
      const { data } = (await this.send('GET', `/${kind}?${query}`)) as Page;
      const found = data.find((each) => each.name === name);
      if (found !== undefined || data.length < PAGE) return found;
    }
  }

  /** @throws with the status alone where an answer might repeat what was sent */
  private async send(method: string, path: string, body?: object, accepted: readonly number[] = []): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok && !accepted.includes(response.status)) {
      throw new Error(
        `Airbyte answers ${method} ${path.split('?')[0]} with ${response.status}; look into its own log.`,
      );
    }
    return text && response.ok ? (JSON.parse(text) as unknown) : undefined;
  }
}
