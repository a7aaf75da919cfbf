"""Compare gradebooks: two are equal if every table tells the same, whatever numbers its rows have."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, select

NUMBER = re.compile("[0-9a-f]{32}")  # nbgrader's ids: different in every gradebook


def contents(db_url: str) -> list[str]:
    """Return every row of every table as text, sorted; in place of an id stands what it refers to."""
    engine = create_engine(db_url)
    schema = MetaData()
    schema.reflect(engine)
    tables = schema.sorted_tables
    with engine.connect() as connection:
        rows = {table.name: connection.execute(select(table)).mappings().all() for table in tables}
    engine.dispose()
    by_key = {
        (table.name, *(row[column.name] for column in table.primary_key)): row
        for table in tables
        for row in rows[table.name]
    }

    def told(table: Table, row: Any) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for column in table.columns:
            value, targets = row[column.name], [key.column.table for key in column.foreign_keys]
            if targets and value is not None:
                said[column.name] = [told(target, by_key[target.name, value]) for target in targets]
            elif not NUMBER.fullmatch(str(value)):
                said[column.name] = value
        return said

    return sorted(f"{table.name} {told(table, row)}" for table in tables for row in rows[table.name])
