"""What the warehouse must hold, worked out from the very bytes that the sources served.

No code of the ingestion or of dbt is used: bytes are read by the reader of the rehearsal's checks, decimals are whole
numbers (of 10^-8, products of 10^-16), and the sums are made by DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from checks import conform

_TRADES = conform.trades(("side", "trader_id", "venue"))
_UNFIT = ("malformed", "missing:", "not_decimal:", "scale:", "overflow:", "bad_timestamp")

TRADE_SCHEMA = pa.schema(
    [
        ("trade_id", pa.string()),
        ("symbol", pa.string()),
        ("price", pa.int64()),
        ("quantity", pa.int64()),
        ("traded_at", pa.int64()),
        ("side", pa.string()),
        ("trader_id", pa.string()),
        ("venue", pa.string()),
    ]
)


@dataclass
class Served:
    """What became of the rows that an exchange served.

    Attributes:
        latest: The last version of each trade that the warehouse's columns can hold, by its id.
        void: Ids of those whose last version is no valid trade: cancelled, or not positive.
        unfit: Different rows that no row of the table can be made of.
    """

    latest: dict[str, tuple] = field(default_factory=dict)
    void: set[str] = field(default_factory=set)
    unfit: set[bytes] = field(default_factory=set)
    rows: int = 0

    def read(self, lines: Iterable[bytes]) -> None:
        """Takes in rows in the order in which they were served."""
        for line in lines:
            line = line.strip()
            if not line:
                continue
            self.rows += 1
            row = _TRADES.row(line)
            codes = row[-1]
            if any(code.startswith(_UNFIT) for code in codes):
                self.unfit.add(line)
                continue
            trade_id = row[0]
            self.latest[trade_id] = row[:-2]
            if codes:
                self.void.add(trade_id)
            else:
                self.void.discard(trade_id)

    def trades(self) -> pa.Table:
        """The valid ones."""
        rows = [row for trade_id, row in self.latest.items() if trade_id not in self.void]
        columns = list(zip(*rows, strict=True)) if rows else [[] for _ in TRADE_SCHEMA]
        return pa.Table.from_arrays(
            [pa.array(values, kind.type) for values, kind in zip(columns, TRADE_SCHEMA, strict=True)],
            schema=TRADE_SCHEMA,
        )


def trade_marts(arrived: pa.Table) -> duckdb.DuckDBPyConnection:
    """A database with what is expected of trades alone: trades and daily.

    Args:
        arrived: The valid trades, of `TRADE_SCHEMA`.
    """
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")
    database.register("arrived", arrived)
    database.execute(
        """
        create table trades as
        select *, cast(make_timestamp(traded_at) as date) as traded_on, price::hugeint * quantity as turnover,
            lower(side) as lower_side
        from arrived
        """
    )
    # Integers: half up is (2 turnover + volume) div (2 volume).
    database.execute(
        """
        create table daily as
        select traded_on, symbol, count(*) as trade_count, sum(quantity::hugeint) as total_volume,
            sum(turnover) as turnover,
            (2 * sum(turnover) + sum(quantity::hugeint)) // (2 * sum(quantity::hugeint)) as vwap,
            min(price) as low_price, max(price) as high_price
        from trades group by all
        """
    )
    return database


def marts(served: Served, customers: dict[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    """A database with the expected tables: trades, daily, performance and health."""
    database = trade_marts(served.trades())
    database.execute(
        """
        create table performance as
        select trader_id, traded_on, count(*) as trade_count, sum(turnover) as turnover,
            sum(quantity::hugeint * (vwap - price) * case lower_side when 'buy' then 1 else -1 end) as gain_on_vwap
        from (select t.*, d.vwap from trades t join daily d using (traded_on, symbol))
        where trader_id is not null and lower_side in ('buy', 'sell')
        group by all
        """
    )
    for name, rows in customers.items():
        database.register(f"{name}_rows", pa.Table.from_pylist(rows))
    database.execute(HEALTH)
    return database


HEALTH = """
create table health as
with as_of as (select max(traded_on) as day from trades)
select a.account_id,
    coalesce((select sum(s.monthly_amount::decimal(18, 2)) from subscriptions_rows s
        where s.account_id = a.account_id and s.status = 'active'), 0) as monthly_amount,
    coalesce((select sum(i.amount::decimal(18, 2)) from invoices_rows i
        where i.account_id = a.account_id and i.paid_on is null and i.due_on::date < (select day from as_of)), 0)
        as overdue_amount,
    (select count(*) from support_tickets_rows t
        where t.account_id = a.account_id and t.closed_at is null) as open_tickets,
    (select count(*) from support_tickets_rows t where t.account_id = a.account_id and t.closed_at is null
        and t.priority in ('high', 'urgent')) as pressing_tickets,
    coalesce((select sum(p.trade_count) from performance p where p.trader_id = a.trader_id), 0) as trade_count,
    100
        - 40 * (not exists (select 1 from subscriptions_rows s
            where s.account_id = a.account_id and s.status = 'active'))::int
        - 20 * (exists (select 1 from invoices_rows i where i.account_id = a.account_id and i.paid_on is null
            and i.due_on::date < (select day from as_of)))::int
        - 10 * least(3, (select count(*) from support_tickets_rows t where t.account_id = a.account_id
            and t.closed_at is null and t.priority in ('high', 'urgent')))
        - 20 * (not exists (select 1 from performance p where p.trader_id = a.trader_id))::int as health_score
from accounts_rows a
"""


def read_served(file: Path) -> Served:
    """What an exchange wrote down of its answers."""
    served = Served()
    with file.open("rb") as lines:
        served.read(lines)
    return served
