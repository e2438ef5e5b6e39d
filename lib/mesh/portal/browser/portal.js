// Runs in the reader's browser; bundled with the search into one file when the package is built.
import MiniSearch from 'minisearch';
import { QUERY_OPTIONS, SEARCH_OPTIONS } from '../private/search-fields';

const MOST_HITS = 50;
const root = document.body.dataset.root ?? '';
const field = document.getElementById('query');
const results = document.getElementById('results');

/** An element; what is given as text can never become HTML. */
function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** The index is fetched when it is first needed. */
let loading;
function index() {
  loading ??= fetch(`${root}search.json`)
    .then((response) => response.text())
    .then((text) => MiniSearch.loadJSONAsync(text, SEARCH_OPTIONS));
  return loading;
}

function hit({ name, version, owner, about, href }) {
  const link = element('a', { href: root + href, text: name });
  const title = element('h2', {}, link, ' ', element('span', { class: 'version', text: version }));
  return element('li', { class: 'card' }, title, element('p', { text: about }), element('p', { text: owner }));
}

async function search() {
  const query = field.value.trim();
  const status = document.getElementById('status');
  history.replaceState(null, '', query === '' ? location.pathname : `?q=${encodeURIComponent(query)}`);
  document.getElementById('all').hidden = query !== '';
  results.hidden = query === '';
  if (query === '') {
    status.textContent = '';
    return;
  }
  const loaded = await index();
  // Somebody who types on while the index comes wants the newest answer alone.
  if (query !== field.value.trim()) return;
  const hits = loaded.search(query, QUERY_OPTIONS);
  results.replaceChildren(...hits.slice(0, MOST_HITS).map(hit));
  const count = hits.length === 1 ? '1 product' : `${hits.length} products`;
  status.textContent =
    hits.length === 0
      ? `No product has “${query}”. Try a shorter word, or a name of a column.`
      : hits.length > MOST_HITS
        ? `${count} found; the best ${MOST_HITS} are shown.`
        : `${count} found.`;
}

function moveBy(step) {
  const links = [...results.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement) + step;
  if (at < 0) field.focus();
  else links[at]?.focus();
}

function onKey(event) {
  const typing = document.activeElement === field;
  const inResults = results?.contains(document.activeElement) ?? false;
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) field.focus();
  else if (event.key === 'ArrowDown' && results && (typing || inResults)) moveBy(1);
  else if (event.key === 'ArrowUp' && inResults) moveBy(-1);
  else if (event.key === 'Escape' && results && (typing || inResults)) {
    field.value = '';
    field.focus();
    void search();
  } else return;
  event.preventDefault();
}

function addCopyButtons() {
  for (const figure of document.querySelectorAll('figure.code')) {
    const button = element('button', { type: 'button', text: 'Copy' });
    button.append(element('span', { class: 'hidden', text: ` ${figure.querySelector('pre').ariaLabel}` }));
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(figure.querySelector('code').textContent);
      button.firstChild.textContent = 'Copied';
      setTimeout(() => (button.firstChild.textContent = 'Copy'), 2000);
    });
    figure.querySelector('figcaption').append(button);
  }
}

/** A state that is older than three measurements says nothing of the present. */
const STALE_MILLISECONDS = 15 * 60_000;
const WORDS = { kept: 'kept', broken: 'broken', unknown: 'not known' };
const NAMES = { freshness: 'freshness', availability: 'availability', quality: 'quality score' };

function showState({ at, products }) {
  // A site that nobody has measured yet says so by itself.
  if (at === undefined) return;
  const stale = Date.now() - Date.parse(at) > STALE_MILLISECONDS;
  const time = at.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC');
  for (const each of document.querySelectorAll('[data-state-age]')) {
    each.textContent = stale ? `The state was measured last at ${time}, which is long ago.` : `State as of ${time}.`;
  }
  for (const place of document.querySelectorAll('[data-product]')) {
    const state = products[place.dataset.product] ?? {};
    for (const cell of place.querySelectorAll('[data-objective]')) {
      const { state: found = 'unknown', since } = state[cell.dataset.objective] ?? {};
      cell.classList.add(found);
      cell.textContent = since ? `${WORDS[found]} since ${since.slice(0, 16).replace('T', ' ')} UTC` : WORDS[found];
    }
    if (place.classList.contains('card')) addSummary(place, Object.entries(state));
  }
}

/** On a card only what is wrong is named. */
function addSummary(card, objectives) {
  if (objectives.length === 0) return;
  const broken = objectives.filter(([, { state }]) => state === 'broken').map(([name]) => NAMES[name]);
  const unknown = objectives.some(([, { state }]) => state === 'unknown');
  const [state, text] =
    broken.length > 0
      ? ['broken', `${broken.join(', ')} broken`]
      : unknown
        ? ['unknown', 'not known']
        : ['kept', 'promises kept'];
  card.append(element('p', { class: `state ${state}`, text }));
}

async function loadState() {
  if (document.querySelector('[data-product]') === null) return;
  try {
    const response = await fetch(`${root}state.json`);
    if (response.ok) showState(await response.json());
  } catch {
    // Without a state the page says that it is not known, which is true.
  }
}

document.addEventListener('keydown', onKey);
if (results) {
  field.form.addEventListener('submit', (event) => event.preventDefault());
  field.addEventListener('input', () => void search());
  field.addEventListener('focus', () => void index(), { once: true });
  const asked = new URLSearchParams(location.search).get('q');
  if (asked) {
    field.value = asked;
    void search();
  }
}
addCopyButtons();
void loadState();
