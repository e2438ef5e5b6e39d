/** Files of the portal by their paths, and types of their contents by how the paths end, as the deployment has them. */
export interface PortalSite {
  readonly files: { readonly [path: string]: string };
  readonly contentTypes: { readonly [extension: string]: string };
  /** Written when the portal is new, and left alone from then on. */
  readonly firstOnly: readonly string[];
}

/** The bucket that the site stands in. */
export interface SiteBucket {
  put(path: string, text: string, contentType: string): Promise<void>;
  list(): Promise<readonly string[]>;
  remove(paths: readonly string[]): Promise<void>;
}

/** How many files are written at a time. */
const AT_ONCE = 24;

/** Makes the bucket hold the site: the new files first, so that no page links to one that is gone. */
export async function publish(site: PortalSite, bucket: SiteBucket, isNew: boolean): Promise<void> {
  const waiting = Object.entries(site.files).filter(([path]) => isNew || !site.firstOnly.includes(path));
  const write = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [path, text] = next;
      await bucket.put(path, text, site.contentTypes[path.slice(path.lastIndexOf('.') + 1)]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  const gone = (await bucket.list()).filter((path) => !Object.hasOwn(site.files, path));
  if (gone.length > 0) await bucket.remove(gone);
}
