import type { SavedQuery } from '../../lib/lakehouse';
import type { MeshDomain } from './settings';

/** Queries that stand ready in a domain, over its own products and those that its people have subscribed to. */
export function federatedQueries(domain: MeshDomain): SavedQuery[] {
  if (domain !== 'finance') return [];
  return [
    {
      name: 'Profit, exposure and turnover of each day',
      description: 'One query over products of three domains: finance.pnl, risk.exposures and trading.volumes',
      database: 'finance',
      sql: `SELECT pnl.date, pnl.symbol, pnl.pnl, exposures.exposure, volumes.turnover
FROM finance.pnl AS pnl
LEFT JOIN risk.exposures AS exposures ON pnl.date = exposures.date AND pnl.symbol = exposures.symbol
LEFT JOIN trading.volumes AS volumes ON pnl.date = volumes.date AND pnl.symbol = volumes.symbol
ORDER BY pnl.date, pnl.symbol`,
    },
  ];
}
