"""The customers of the exchange, as two more systems know them: a CRM's database and a billing service.

    python -m sources.customers --seed N --billing FILE.json --customers FILE.json --crm postgresql://...

Writes the billing service's document, and one with all customers for who judges, and makes the CRM's tables. The same
seed gives the same customers.
"""

from __future__ import annotations

import argparse
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ACCOUNTS = 120
_DAY = date(2026, 1, 8)
_UPDATED = datetime(2026, 1, 9, tzinfo=UTC)
_PLANS = {"enterprise": ("Scale", 4800), "mid-market": ("Team", 900), "small": ("Starter", 120)}

CRM_TABLES = """
create table accounts (
    account_id text primary key, name text not null, segment text, trader_id text,
    created_at timestamptz, updated_at timestamptz not null
);
create table support_tickets (
    ticket_id bigint primary key, account_id text not null references accounts, priority text,
    opened_at timestamptz, closed_at timestamptz, updated_at timestamptz not null
);
"""


class Customers:
    """Accounts, tickets, subscriptions and invoices that belong together."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.accounts: list[dict[str, Any]] = []
        self.support_tickets: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []
        for number in range(ACCOUNTS):
            self._add(number)

    @property
    def billing(self) -> dict[str, Any]:
        """What the billing service serves."""
        return {"subscriptions": self.subscriptions, "invoices": self.invoices}

    def _add(self, number: int) -> None:
        account_id = f"A{number:04d}"
        segment = self._random.choice(list(_PLANS))
        joined = _DAY - timedelta(days=self._random.randint(20, 900))
        self.accounts.append(
            {
                "account_id": account_id,
                "name": f"Customer {number:04d} Ltd",
                "segment": segment,
                # Some customers trade through nobody yet.
                "trader_id": f"trader-{number:03d}" if self._random.random() < 0.9 else None,
                "created_at": datetime.combine(joined, datetime.min.time(), UTC),
                "updated_at": self._updated(),
            }
        )
        self._subscribe(account_id, segment, joined)
        for _ in range(self._random.choice([0, 0, 1, 2, 5])):
            self._ask(account_id)

    def _subscribe(self, account_id: str, segment: str, joined: date) -> None:
        plan, amount = _PLANS[segment]
        status = self._random.choices(["active", "paused", "cancelled"], [8, 1, 1])[0]
        self.subscriptions.append(
            {
                "subscription_id": f"S-{account_id}",
                "account_id": account_id,
                "plan": plan,
                "status": status,
                "monthly_amount": f"{amount}.00",
                "started_on": joined.isoformat(),
                "cancelled_on": (_DAY - timedelta(days=5)).isoformat() if status == "cancelled" else None,
                "updated_at": _iso(self._updated()),
            }
        )
        for month in range(3):
            due = _DAY - timedelta(days=30 * month + 3)
            is_paid = month > 0 or self._random.random() < 0.8
            self.invoices.append(
                {
                    "invoice_id": f"I-{account_id}-{month}",
                    "account_id": account_id,
                    "amount": f"{amount}.00",
                    "due_on": due.isoformat(),
                    "paid_on": (due - timedelta(days=self._random.randint(0, 9))).isoformat() if is_paid else None,
                    "updated_at": _iso(self._updated()),
                }
            )

    def _ask(self, account_id: str) -> None:
        opened = _UPDATED - timedelta(days=self._random.randint(1, 60), minutes=self._random.randint(0, 1440))
        is_open = self._random.random() < 0.4
        self.support_tickets.append(
            {
                "ticket_id": len(self.support_tickets) + 1,
                "account_id": account_id,
                "priority": self._random.choice(["low", "normal", "high", "urgent"]),
                "opened_at": opened,
                "closed_at": None if is_open else opened + timedelta(hours=self._random.randint(1, 90)),
                "updated_at": self._updated(),
            }
        )

    def _updated(self) -> datetime:
        return _UPDATED + timedelta(seconds=self._random.randint(0, 3600))


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def fill_crm(address: str, customers: Customers) -> None:
    """Makes the CRM's tables."""
    import psycopg2
    from psycopg2.extras import execute_values

    connection = psycopg2.connect(address)
    with connection, connection.cursor() as cursor:
        cursor.execute(CRM_TABLES)
        for name in ("accounts", "support_tickets"):
            rows = getattr(customers, name)
            columns = ", ".join(rows[0])
            execute_values(cursor, f"insert into {name} ({columns}) values %s", [tuple(row.values()) for row in rows])
    connection.close()


def main() -> None:
    """Makes both."""
    parser = argparse.ArgumentParser(prog="sources.customers")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--billing", type=Path, required=True)
    parser.add_argument("--customers", type=Path, required=True)
    parser.add_argument("--crm", required=True)
    arguments = parser.parse_args()
    customers = Customers(arguments.seed)
    arguments.billing.write_text(json.dumps(customers.billing))
    everything = customers.billing | {"accounts": customers.accounts, "support_tickets": customers.support_tickets}
    arguments.customers.write_text(json.dumps(everything, default=str))
    fill_crm(arguments.crm, customers)


if __name__ == "__main__":
    main()
