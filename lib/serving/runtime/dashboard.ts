import page from './dashboard.html';

/** Where the page finds the address that it connects to. */
const ADDRESS = '__LIVE_URL__';

/** The live page, which connects to that address. */
export function dashboard(liveUrl: string): string {
  return page.replace(ADDRESS, liveUrl.replace(/&/g, '&amp;').replace(/"/g, '&quot;'));
}
