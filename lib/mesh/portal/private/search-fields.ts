/** What of a product is searched, and what of it a hit shows: the builder of the index and its reader must agree. */
export const SEARCH_OPTIONS = {
  fields: ['name', 'words', 'columns', 'owner', 'about'],
  storeFields: ['name', 'version', 'owner', 'about', 'href'],
};

/** A name says more than a word in a text does. */
export const QUERY_OPTIONS = {
  boost: { name: 4, words: 3, columns: 2 },
  prefix: true,
  // Of five letters one may be wrong.
  fuzzy: (term: string) => (term.length < 4 ? false : 0.2),
  combineWith: 'AND' as const,
};
