import type { Column } from '../../../schema';
import type { ContractTerms, ProductConsumer } from '../../contract-terms';
import { durationText } from '../../private/quantities';
import type { Catalog, CatalogProduct, NamedProduct } from './catalog';
import { html, type Html } from './html';
import { lineageGraph } from './lineage-graph';
import { page } from './page';
import { type Sample, samplesOf } from './samples';
import { summary } from './search-index';

const ROOT = '../';

/** The page of one product. */
export function productPage(catalog: Catalog, product: CatalogProduct, portalName: string): string {
  const { stated, name, domain, majorVersion } = product.contract;
  const content = html`<p class="crumb"><a href="${ROOT}index.html#domain-${domain}">${domain}</a></p>
    <h1>${name} <span class="version">v${majorVersion}</span></h1>
    <p class="description" dir="auto">${stated.description}</p>
    ${facts(stated)}${otherVersions(catalog, product)} ${section('Objectives', objectives(product))}
    ${section('Columns', columns(stated))} ${section('How to read it', samples(samplesOf(stated)))}
    ${section('Lineage', lineage(catalog, product))} ${section('How to subscribe', subscription(product))}
    ${section('Changelog', changelog(stated))}`;
  return page({
    portalName,
    title: `${name} v${majorVersion}`,
    description: summary(stated.description),
    root: ROOT,
    content,
    hasSearch: false,
  });
}

function section(title: string, content: Html): Html {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return html`<section>
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;
}

function facts({ owner, version, classification, retentionSeconds, contact, documentationUrl }: ContractTerms): Html {
  const rows: [string, Html | string][] = [
    ['Owner', owner],
    ['Version', version],
    ['Classification', classification],
    ['Kept', retentionSeconds === undefined ? 'for ever' : durationText(retentionSeconds)],
    ...(contact === undefined ? [] : [['Ask', contactLink(contact)] as [string, Html]]),
    ...(documentationUrl === undefined
      ? []
      : [['More', html`<a href="${documentationUrl}" rel="noreferrer">Documentation</a>`] as [string, Html]]),
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function contactLink(contact: string): Html {
  return /^[^@\s]+@[^@\s]+$/.test(contact) ? html`<a href="mailto:${contact}">${contact}</a>` : html`${contact}`;
}

function otherVersions(catalog: Catalog, { contract, id }: CatalogProduct): Html | undefined {
  const others = catalog.versions(contract.name).filter((each) => each.id !== id);
  if (others.length === 0) return undefined;
  const newer = others.filter((each) => each.contract.majorVersion > contract.majorVersion);
  const links = others.map((each) => html` <a href="${ROOT}${each.href}">v${each.contract.majorVersion}</a>`);
  return html`<p class="note">
    ${newer.length > 0 ? 'A newer version runs beside this one; move to it:' : 'Runs beside:'}${links}
  </p>`;
}

function objectives({ contract, id }: CatalogProduct): Html {
  const { freshnessSeconds, availabilityPercent, qualityScorePercent } = contract.stated.objectives;
  const promised: [string, string, string][] = [
    ...(freshnessSeconds === undefined
      ? []
      : [['freshness', 'Freshness', `no older than ${durationText(freshnessSeconds)}`] as [string, string, string]]),
    ...(availabilityPercent === undefined
      ? []
      : [['availability', 'Availability', `${availabilityPercent} % of 30 days`] as [string, string, string]]),
    ...(qualityScorePercent === undefined
      ? []
      : [['quality', 'Quality score', `${qualityScorePercent} % of its rules or more`] as [string, string, string]]),
  ];
  if (promised.length === 0) return html`<p class="lead">The contract promises nothing.</p>`;
  const rows = promised.map(
    ([key, name, text]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${text}</td>
        <td><span class="state" data-objective="${key}">not known</span></td>
      </tr>`,
  );
  return html`<p class="lead" data-state-age>The state is measured where the portal is deployed.</p>
    ${table('Objectives', ['Objective', 'Promise', 'Last state'], rows, id)}`;
}

/** Scrolls by itself where the page is narrower than it is, and by the keyboard, too. */
function table(name: string, heads: string[], rows: Html[], product?: string): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${name}">
    <table${product === undefined ? undefined : html` data-product="${product}"`}>
      <thead><tr>${heads.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;
}

function columns({ schema, columnOrigins, recordName }: ContractTerms): Html {
  if (schema === undefined) {
    const record = recordName === undefined ? '' : ` (the record ${recordName})`;
    return html`<p class="lead">The contract leaves its columns to the code${record}; the catalog has them.</p>`;
  }
  const originsOf = (name: string) => columnOrigins.find(({ column }) => column === name)?.origins ?? [];
  const parts: [string, (column: Column) => Html | string | undefined][] = [
    ['Type', ({ type }) => html`<code>${type.toString()}</code>`],
    ['Rules', (column) => notesOf(column, schema)],
    ['Classification', ({ sensitivity }) => sensitivity],
    ['Meaning', ({ doc }) => doc],
    ['Made of', ({ name }) => originsOf(name).join(', ')],
  ];
  // What is said of no column is not shown.
  const said = parts.filter(([, part]) => schema.columns.some((column) => part(column)));
  const rows = schema.columns.map(
    (column) =>
      html`<tr>
        <th scope="row"><code>${column.name}</code></th>
        ${said.map(([, part]) => html`<td dir="auto">${part(column)}</td>`)}
      </tr>`,
  );
  return table('Columns', ['Column', ...said.map(([head]) => head)], rows);
}

function notesOf({ name, required, positive }: Column, schema: { key: string[]; eventTime?: string }): string {
  return [
    schema.key.includes(name) ? 'key' : '',
    schema.eventTime === name ? 'event time' : '',
    required ? 'required' : '',
    positive ? 'above zero' : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function samples(given: readonly Sample[]): Html {
  return html`${given.map(
    ({ title, language, code }) =>
      html`<figure class="code">
        <figcaption>${title} <span class="language">${language}</span></figcaption>
        <pre tabindex="0" aria-label="${title} by ${language}"><code>${code}</code></pre>
      </figure>`,
  )}`;
}

function lineage(catalog: Catalog, product: CatalogProduct): Html {
  const graph = lineageGraph(catalog, product, ROOT);
  return html`${
      graph === undefined
        ? undefined
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Lineage as a drawing">${graph}</div>`
    }
    <div class="columns">
      <div>
        <h3>Made of</h3>
        ${links(catalog.inputsOf(product), 'Nothing of the mesh.')}
      </div>
      <div>
        <h3>What is made of it</h3>
        ${links(catalog.readersAt(product), 'No product yet.')}
      </div>
      <div>
        <h3>Approved readers</h3>
        ${readers(product.contract.stated.consumers)}
      </div>
    </div>`;
}

function links(products: readonly NamedProduct[], none: string): Html {
  if (products.length === 0) return html`<p class="lead">${none}</p>`;
  const items = products.map(({ name, majorVersion, href }) => {
    const text = `${name} v${majorVersion}`;
    return html`<li>${href === undefined ? text : html`<a href="${ROOT}${href}">${text}</a>`}</li>`;
  });
  return html`<ul>
    ${items}
  </ul>`;
}

function readers(consumers: readonly ProductConsumer[]): Html {
  if (consumers.length === 0) return html`<p class="lead">None yet.</p>`;
  return html`<ul>
    ${consumers.map(
      ({ domain, product, purpose, columns: read }) =>
        html`<li>${product ?? domain}: ${purpose}${read === undefined ? '' : ` (${read.join(', ')})`}</li>`,
    )}
  </ul>`;
}

function subscription({ contract }: CatalogProduct): Html {
  const { stated, name, majorVersion } = contract;
  const { usage, limitations, purposes, noticeSeconds } = stated.terms;
  const terms: [string, string][] = [
    ...(usage === undefined ? [] : [['Good for', usage] as [string, string]]),
    ...(limitations === undefined ? [] : [['Not for', limitations] as [string, string]]),
    ...(purposes.length === 0 ? [] : [['Purposes', purposes.join(', ')] as [string, string]]),
    ...(noticeSeconds === undefined
      ? []
      : [['Notice', `an old version stays ${durationText(noticeSeconds)} beside a new one`] as [string, string]]),
  ];
  const input = `lineage:\n  inputs:\n    - {product: ${name}, version: ${majorVersion}}`;
  const purpose = JSON.stringify(purposes[0] ?? 'what you need it for');
  const approval = `consumers:\n  - {domain: YOUR_DOMAIN, product: YOUR_DOMAIN.YOUR_PRODUCT, version: ${majorVersion}, purpose: ${purpose}}`;
  return html`${
      terms.length === 0
        ? undefined
        : html`<dl class="terms">
            ${terms.map(
              ([term, text]) =>
                html`<div>
                  <dt>${term}</dt>
                  <dd dir="auto">${text}</dd>
                </div>`,
            )}
          </dl>`
    }
    <ol class="steps">
      <li>
        Name the product in your own contract.
        <pre tabindex="0" aria-label="In your contract"><code>${input}</code></pre>
      </li>
      <li>
        Ask ${stated.owner}${stated.contact === undefined ? '' : html` (${contactLink(stated.contact)})`} to approve it
        in theirs; columns and interfaces may be fewer than all.
        <pre tabindex="0" aria-label="In the owner's contract"><code>${approval}</code></pre>
      </li>
      <li>
        Nothing is granted until both contracts say so: <code>data-patterns product lint</code> tells what is missing.
      </li>
    </ol>`;
}

function changelog({ changelog: changes, version }: ContractTerms): Html {
  if (changes.length === 0) return html`<p class="lead">The contract has version ${version} and tells no changes.</p>`;
  return html`<dl class="changes">
    ${changes.map(
      (each) =>
        html`<div>
          <dt>
            ${each.version}${each.date === undefined ? undefined : html` <time datetime="${each.date}">${each.date}</time>`}
          </dt>
          <dd dir="auto">${each.changes}</dd>
        </div>`,
    )}
  </dl>`;
}
