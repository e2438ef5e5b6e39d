import type { Browser, Page } from 'playwright-core';
import type { Assembly } from '../../../../bin/commands/review/assembly';
import { changedFlow, type Flow, flowOf, mermaid } from '../../../../bin/commands/review/flow';
import { Workspace } from '../../../../bin/commands/review/synthesize';
import { launchBrowser } from '../../../support/browser';

jest.setTimeout(5 * 60_000);

let browser: Browser;
let page: Page;
let assembly: Assembly;

beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.addScriptTag({ path: require.resolve('mermaid/dist/mermaid.min.js') });
  const workspace = new Workspace(process.cwd(), {}, new AbortController().signal);
  try {
    assembly = await workspace.head();
  } finally {
    workspace.close();
  }
});
afterAll(async () => browser?.close());

/** What Mermaid itself draws of a text with its default limits: boxes with their texts, and the number of arrows. */
async function draw(text: string): Promise<{ labels: string[]; arrows: number }> {
  await page.evaluate(async (diagram) => {
    const { mermaid: renderer, document } = globalThis as never as {
      mermaid: { render(id: string, text: string): Promise<{ svg: string }> };
      document: { body: { innerHTML: string } };
    };
    document.body.innerHTML = (await renderer.render('drawing', diagram)).svg;
  }, text);
  return {
    labels: (await page.locator('.node').allTextContents()).map((label) => label.trim()),
    arrows: await page.locator('.edgePaths path.flowchart-link').count(),
  };
}

const labelsOf = ({ nodes }: Flow): string[] => nodes.map(({ label }) => label).sort();

const PATTERNS: readonly (readonly [name: string, stacks: RegExp])[] = [
  ['the lakehouse', /^TradingLakehouseStack$/],
  ['the warehouse', /^TradingWarehouseStack$/],
  ['the stream', /^TradingStreamingStack$/],
  ['the lakehouse with a warehouse', /^TradingLakehouseWarehouseStack$/],
  ['stream and batch', /^TradingStreamingBatchStack$/],
  ['the mesh', /^TradingMesh/],
];

describe.each(PATTERNS)('Mermaid draws %s', (_, stacks) => {
  const flow = () => flowOf(assembly.stacks.filter(({ name }) => stacks.test(name)));

  test('with every box, its text and every arrow', async () => {
    const { nodes, edges } = flow();
    expect(nodes.length).toBeGreaterThan(5);
    const { labels, arrows } = await draw(mermaid({ nodes, edges }));
    expect(labels.sort()).toEqual(labelsOf({ nodes, edges }));
    expect(arrows).toBe(edges.length);
  });

  test('as an addition', async () => {
    const after = flow();
    const text = changedFlow({ nodes: [], edges: [] }, after, new Set());
    const { labels, arrows } = await draw(String(text));
    expect(labels.sort()).toEqual(labelsOf(after));
    expect(arrows).toBe(after.edges.length);
  });
});

test('Mermaid shows every character of a name as it is', async () => {
  const label = 'a"b<c>d&e;f#g|h`i [j] {k} é "quoted" \\ end';
  const { labels } = await draw(mermaid({ nodes: [{ id: 'a', kind: 'table', label }], edges: [] }));
  expect(labels).toEqual([label]);
});

test('Mermaid draws as many arrows as a comment has at most, and no more', async () => {
  const fan = (arrows: number): Flow => ({
    nodes: Array.from({ length: arrows + 1 }, (_, id) => ({ id: `${id}`, kind: 'table', label: `t${id}` })),
    edges: Array.from({ length: arrows }, (_, id) => ({ from: '0', to: `${id + 1}` })),
  });
  expect((await draw(mermaid(fan(500)))).arrows).toBe(500);
  await expect(draw(mermaid(fan(501)))).rejects.toThrow('Edge limit exceeded');
});

test('Mermaid refuses what is not a diagram, so that the tests above can fail', async () => {
  await expect(draw('flowchart LR\n  n0[("open')).rejects.toThrow('Parse error');
});
