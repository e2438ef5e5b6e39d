import { html, type Html } from './html';

/** What a page needs besides its content. */
export interface PageProps {
  /** What the portal is called. */
  readonly portalName: string;
  /** Title of the page, without the portal's name. */
  readonly title: string;
  /** What search engines of the house and bookmarks show of it. */
  readonly description: string;
  /** Path from the page to the root of the site: nothing, or `../`. */
  readonly root: string;
  readonly content: Html;
  /** Whether the search stands on the page; on others a field leads to it. */
  readonly hasSearch: boolean;
}

/** A whole document. Nothing in it stands inline, so that the policy of its contents allows the site's own files alone. */
export function page({ portalName, title, description, root, content, hasSearch }: PageProps): string {
  return `<!doctype html>\n${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title === portalName ? title : `${title} · ${portalName}`}</title>
        <meta name="description" content="${description}" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${root}icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${root}portal.css" />
        <script src="${root}portal.js" defer></script>
      </head>
      <body data-root="${root}">
        <a class="skip" href="#content">Skip to the content</a>
        ${hasSearch ? undefined : header(portalName, root)}
        <main id="content">${content}</main>
      </body>
    </html>`.text
  }\n`;
}

/** Home, and a field that leads to the search there. */
function header(portalName: string, root: string): Html {
  return html`<header>
    <a class="home" href="${root}index.html">${portalName}</a>
    <form role="search" action="${root}index.html" class="small">
      <label class="hidden" for="query">Search data products</label>
      <input id="query" name="q" type="search" placeholder="Search products" autocomplete="off" />
    </form>
  </header>`;
}
