import type { Catalog, CatalogProduct, NamedProduct } from './catalog';
import { html, type Html } from './html';

/** How far the graph looks in each direction. */
const STEPS = 2;
/** How many products it shows at the same distance; the lists below it name all. */
const MOST = 7;
const BOX = { width: 210, height: 44, gapX: 56, gapY: 14 };
const PADDING = 4;

interface Node {
  readonly product: NamedProduct;
  /** Distance: below zero what the product is made of, above zero what is made of it. */
  readonly layer: number;
  readonly row: number;
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * What a product is made of and what is made of it, two steps each way, as a drawing. Nothing when it stands alone.
 *
 * The drawing is for the eye: the page names the neighbours in lists as well.
 *
 * @param root path from the page to the root of the site
 */
export function lineageGraph(catalog: Catalog, product: CatalogProduct, root: string): Html | undefined {
  const { nodes, edges } = neighbourhood(catalog, product);
  if (nodes.size === 1) return undefined;
  const all = [...nodes.values()];
  const firstLayer = Math.min(...all.map(({ layer }) => layer));
  const layers = Math.max(...all.map(({ layer }) => layer)) - firstLayer + 1;
  const countOf = (layer: number) => all.filter((each) => each.layer === layer).length;
  const rows = Math.max(...all.map(({ layer }) => countOf(layer)));
  const height = rows * (BOX.height + BOX.gapY) - BOX.gapY + 2 * PADDING;
  const width = layers * (BOX.width + BOX.gapX) - BOX.gapX + 2 * PADDING;
  const x = ({ layer }: Node) => PADDING + (layer - firstLayer) * (BOX.width + BOX.gapX);
  const y = ({ layer, row }: Node) => {
    const used = countOf(layer) * (BOX.height + BOX.gapY) - BOX.gapY;
    return (height - used) / 2 + row * (BOX.height + BOX.gapY);
  };
  const lines = edges.flatMap(({ from, to }) => {
    const [source, target] = [nodes.get(from), nodes.get(to)];
    if (source === undefined || target === undefined || source.layer >= target.layer) return [];
    const [x1, y1] = [x(source) + BOX.width, y(source) + BOX.height / 2];
    const [x2, y2] = [x(target) - 6, y(target) + BOX.height / 2];
    const middle = (x1 + x2) / 2;
    return [
      html`<path class="edge" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" marker-end="url(#arrow)" />`,
    ];
  });
  return html`<svg
    class="graph"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="group"
    aria-label="${describe(catalog, product)}"
  >
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">
        <path class="head" d="M0 0L8 4L0 8z" />
      </marker>
    </defs>
    ${lines}${all.map((node) => box(node, x(node), y(node), root))}
  </svg>`;
}

/** By breadth, so that each product stands at its shortest distance. */
function neighbourhood(catalog: Catalog, product: CatalogProduct): { nodes: Map<string, Node>; edges: Edge[] } {
  const { name, majorVersion } = product.contract;
  const nodes = new Map<string, Node>([[product.id, { product: { name, majorVersion }, layer: 0, row: 0 }]]);
  const edges: Edge[] = [];
  for (const direction of [-1, 1]) {
    let border: CatalogProduct[] = [product];
    for (let step = 1; step <= STEPS; step++) {
      let row = 0;
      const next: CatalogProduct[] = [];
      for (const here of border) {
        const others = direction < 0 ? catalog.inputsOf(here) : catalog.readersAt(here);
        for (const other of others) {
          const id = idOf(other);
          if (!nodes.has(id) && row < MOST) {
            nodes.set(id, { product: other, layer: direction * step, row: row++ });
            const found = catalog.find(other);
            if (found) next.push(found);
          }
          edges.push(direction < 0 ? { from: id, to: here.id } : { from: here.id, to: id });
        }
      }
      border = next;
    }
  }
  return { nodes, edges };
}

function box({ product, layer }: Node, x: number, y: number, root: string): Html {
  const [domain, name] = product.name.split('.');
  const drawn = html`<rect
      class="${layer === 0 ? 'box here' : 'box'}"
      x="${x}"
      y="${y}"
      width="${BOX.width}"
      height="${BOX.height}"
      rx="8"
    /><text class="domain" x="${x + 12}" y="${y + 17}">${shortened(domain)}</text
    ><text class="name" x="${x + 12}" y="${y + 34}">${shortened(name)} v${product.majorVersion}</text>`;
  // No stop for the keyboard: the lists have the same links.
  return product.href === undefined
    ? html`<g>${drawn}</g>`
    : html`<a href="${root}${product.href}" tabindex="-1" aria-hidden="true">${drawn}</a>`;
}

function describe(catalog: Catalog, product: CatalogProduct): string {
  const [inputs, readers] = [catalog.inputsOf(product).length, catalog.readersAt(product).length];
  return `${product.id} is made of ${counted(inputs)}, and ${counted(readers)} made of it; they are listed below.`;
}

function counted(count: number): string {
  return count === 0 ? 'no product' : count === 1 ? 'one product' : `${count} products`;
}

/** As much of a name as the box has room for. */
function shortened(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}

function idOf({ name, majorVersion }: NamedProduct): string {
  return `${name} v${majorVersion}`;
}
