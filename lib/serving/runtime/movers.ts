/** How the average price of a symbol moved over its newest windows. */
export interface Mover {
  readonly symbol: string;
  /** Average price of the first of the windows, and of the last, as they stand there. */
  readonly from: string;
  readonly to: string;
  /** From the first to the last in percent, to four decimals; a binary number. */
  readonly change_percent: number;
}

/**
 * The symbols whose price moved most, up or down, the greatest move first; ties in the order of the symbols. A symbol
 * with fewer than two windows did not move.
 *
 * @param windows newest windows of each symbol as JSON, oldest first
 */
export function topMovers(windows: ReadonlyMap<string, readonly string[]>, limit: number): Mover[] {
  const movers = [...windows].flatMap(([symbol, [first, ...later]]) => {
    const last = later.at(-1);
    const [from, to] = [first, last].map((json) => (json === undefined ? undefined : vwapOf(json)));
    if (from === undefined || to === undefined || Number(from) === 0) return [];
    const percent = Math.round((Number(to) / Number(from) - 1) * 1e6) / 1e4;
    return [{ symbol, from, to, change_percent: percent }];
  });
  return movers
    .sort(
      (a, b) =>
        Math.abs(b.change_percent) - Math.abs(a.change_percent) ||
        (a.symbol < b.symbol ? -1 : Number(a.symbol > b.symbol)),
    )
    .slice(0, limit);
}

/** The digits as they stand: a JSON number would lose some. */
function vwapOf(json: string): string | undefined {
  return /"vwap"\s*:\s*"?(-?[0-9.eE+-]+)"?/.exec(json)?.[1];
}
