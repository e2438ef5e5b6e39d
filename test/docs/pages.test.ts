import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pages, ROOT } from './samples';

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8').replace(/^```.*?^```$/gms, '');

/** Places that a page leads to, from the root, without those elsewhere in the world. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to]) => to)
    .filter((to) => !/^(https?|mailto):/.test(to))
    .map((to) => {
      const [file, anchor] = to.split('#');
      return { to, file: file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file)), anchor };
    });

const anchors = new Map<string, Set<string>>();
/** As GitHub makes them: the second of a name gets a number. */
const anchorsOf = (page: string): Set<string> => {
  const known = anchors.get(page);
  if (known) return known;
  const text = read(page);
  const found = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id));
  const counts = new Map<string, number>();
  for (const [, title] of text.matchAll(/^#+ (.+)$/gm)) {
    const name = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = counts.get(name) ?? 0;
    found.add(before === 0 ? name : `${name}-${before}`);
    counts.set(name, before + 1);
  }
  anchors.set(page, found);
  return found;
};

test.each(pages())('%s leads only to what there is', (page) => {
  const broken = linksOf(page).filter(
    ({ file, anchor }) =>
      !existsSync(join(ROOT, file)) || (anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor)),
  );
  expect(broken.map(({ to }) => to)).toEqual([]);
});

test('every page of docs is reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { file } of linksOf(page)) if (file.endsWith('.md')) reached.add(file);
  }
  // Decisions are read in their folder.
  const expected = pages().filter((page) => page.startsWith('docs/') && !page.startsWith('docs/decisions/'));
  expect(expected.filter((page) => !reached.has(page))).toEqual([]);
});

describe('where CONTRIBUTING says that things are', () => {
  const table = /## Where things are\n([\s\S]*?)\n\n/.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
  const named = [...table.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, folder]) => folder),
  );

  test('there they are', () => {
    const folders = named.map((folder) => folder.replace(/\/<name>$/, ''));
    expect(folders.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
  });

  test('no room is left out', () => {
    const rooms = ['lib', 'bin', 'blueprints', 'bin/commands'].flatMap((house) =>
      named.includes(`${house}/<name>`)
        ? []
        : readdirSync(join(ROOT, house), { withFileTypes: true })
            .filter((each) => each.isDirectory())
            .map(({ name }) => `${house}/${name}`),
    );
    const known = new Set(named.map((folder) => folder.replace(/\/<name>$/, '')));
    expect(rooms.filter((room) => !known.has(room))).toEqual([]);
  });
});
