"""For developers: `python -m laadboek.store.migrations.freeze` after a change of the schema.

Writes `head.sql`, from which a fresh SQLite file is made without importing SQLAlchemy, and the first migration, as long
as it is the only one. Once there has been a release, the first migration is never written again: a change gets a
migration of its own, and this only renews `head.sql`. Tests fail until it has been run.
"""

from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from ..migrate import END_OF_STATEMENT, fingerprint
from ..schema import metadata
from .run import SCRIPTS

FOLDER = Path(__file__).parent
FIRST = FOLDER / "versions" / "0001_first.py"
TEMPLATE = '''"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    {steps}
'''  # it wants `ruff format`


def head_sql() -> str:
    """The schema in SQLite's words, always in the same order."""
    creates: list[CreateTable | CreateIndex] = []
    for table in metadata.sorted_tables:
        creates.append(CreateTable(table))
        creates += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    texts = (str(create.compile(dialect=sqlite.dialect())) for create in creates)
    statements = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in texts)
    return f"{fingerprint()}\n" + "".join(statement + END_OF_STATEMENT for statement in statements)


def first_migration() -> str:
    """What Alembic would do to an empty database, as a migration."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        upgrades = produce_migrations(MigrationContext.configure(connection), metadata).upgrade_ops
    engine.dispose()
    assert upgrades is not None
    return TEMPLATE.format(steps=render_python_code(upgrades))


def main() -> None:
    (FOLDER / "head.sql").write_text(head_sql())
    if len(list(SCRIPTS.walk_revisions())) == 1:
        FIRST.write_text(first_migration())


if __name__ == "__main__":
    main()
