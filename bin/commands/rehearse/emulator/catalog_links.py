"""What a name in the catalog of one account stands for: a table of its own, or one that another account shares."""

from __future__ import annotations

from dataclasses import dataclass

from ministack.core.responses import get_account_id
from ministack.services import glue


@dataclass(frozen=True)
class CatalogTable:
    """A table, or a database where none is named, in the catalog of the account that owns it."""

    account: str
    database: str
    table: str | None = None


def owned(database: str, table: str | None = None, catalog: str | None = None) -> CatalogTable:
    """What a name stands for in the catalog of the account that asks: itself, or what a resource link leads to.

    Args:
        database: As the account calls it.
        table: None for the database.
        catalog: The account whose catalog is asked, where the request names one.
    """
    if catalog not in (None, "", get_account_id()):
        return CatalogTable(str(catalog), database, table)
    link = (glue._databases.get(database) or {}).get("TargetDatabase")
    if link:
        return CatalogTable(link["CatalogId"], link["DatabaseName"], table)
    return CatalogTable(get_account_id(), database, table)
