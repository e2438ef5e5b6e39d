/** Text that is HTML already. Only `html` makes it, so that nothing else reaches a page unescaped. */
export class Html {
  public constructor(public readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Html[];

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** No HTML document may hold these, not even by a number. https://infra.spec.whatwg.org/#control */

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** A piece of HTML. Whatever stands in it besides pieces is text, in elements and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, each, index) => text + textOf(parts[index - 1]) + each));
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part)
    .replace(CONTROLS, '\ufffd')
    .replace(/[&<>"']/g, (each) => ENTITIES[each]);
}
