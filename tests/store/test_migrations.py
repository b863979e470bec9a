"""Forward only: what all migrations add up to is what the schema says, on both engines."""

import re
import subprocess
import sys
from collections import Counter

import apsw
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from fixtures_store import run
from laadboek.store.database import InlineDatabase, SchemaMismatch, open_database, prepare
from laadboek.store.migrate import HEAD
from laadboek.store.migrations.freeze import FOLDER, head_sql
from laadboek.store.migrations.run import SCRIPTS, open_engine, upgrade
from laadboek.store.schema import metadata


def differences(location) -> list:
    engine = open_engine(str(location))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return compare_metadata(context, metadata)
    finally:
        engine.dispose()


def test_head_is_the_newest_migration():
    assert SCRIPTS.get_current_head() == HEAD


def test_migrations_from_nothing_add_up_to_the_schema(location):
    upgrade(str(location))
    assert differences(location) == []


def test_a_fresh_database_is_the_same_without_alembic(location):
    prepare(location)
    assert differences(location) == []


def test_a_fresh_file_and_a_migrated_file_have_the_same_statements(tmp_path):
    fresh, migrated = tmp_path / "fresh.db", tmp_path / "migrated.db"
    prepare(fresh)
    upgrade(str(migrated))
    assert statements(fresh) == statements(migrated)


def statements(path) -> dict[str, Counter[str]]:
    """The words of every table and index; Alembic writes constraints in another order."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: Counter(re.findall(r"\w+", sql)) for name, sql in rows}


def test_the_frozen_schema_is_that_of_schema_py():
    assert (FOLDER / "head.sql").read_text() == head_sql(), "run: python -m laadboek.store.migrations.freeze"


def test_prepare_twice_changes_nothing(location):
    prepare(location)
    database = open_database(location)
    add = (
        "INSERT INTO accounts (public_id, name, time_zone, language, created_at) VALUES ('acc_1', 'A', 'UTC', 'nl', 0)"
    )
    run(database, lambda db: db.run(add))
    database.close()
    prepare(location)
    database = open_database(location)
    assert database.read(lambda db: db.rows("SELECT name FROM accounts")) == [("A",)]
    database.close()


def test_nothing_is_imported_when_nothing_must_be_done(sqlite_path):
    prepare(sqlite_path)
    check = (
        "import sys; from laadboek.store.database import open_database; open_database(sys.argv[1]).close();"
        "print([name for name in ('sqlalchemy', 'alembic', 'psycopg', 'sqlite3') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", check, str(sqlite_path)], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_database_from_the_future_is_refused(location):
    prepare(location)
    database = InlineDatabase(location)
    database.run(lambda db: db.run("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(SchemaMismatch, match="newer Laadboek"):
        open_database(location)


def test_a_copy_is_kept_before_a_file_is_migrated(sqlite_path):
    prepare(sqlite_path)
    database = InlineDatabase(sqlite_path)
    database.run(lambda db: db.run("UPDATE alembic_version SET version_num = '0000'"))
    database.close()
    before = statements(sqlite_path)
    with pytest.raises(Exception, match="0000"):  # there never was such a revision: the migration fails
        prepare(sqlite_path)
    assert statements(sqlite_path.with_name(f"laadboek.db.before-{HEAD}")) == before
    assert statements(sqlite_path) == before


def test_links_of_the_first_release_keep_standing_as_they_stood(sqlite_path):
    upgrade(str(sqlite_path), "0001")
    connection = apsw.Connection(str(sqlite_path))
    connection.execute("INSERT INTO accounts VALUES (1, 'acc_1', 'A', 'UTC', 'nl', 0)")
    columns = "id, account_id, public_id, name, device, device_config, state_version, created_at"
    connection.execute(f"INSERT INTO chargers ({columns}) VALUES (1, 1, 'chg_1', 'C', 'simulated', '{{}}', 0, 0)")
    for position, enabled in ((1, 1), (2, 0)):
        connection.execute(
            "INSERT INTO links (account_id, charger_id, public_id, position, role, backend_uri, charge_box_id,"
            " user_name, settings, enabled, state_version, applied_fact, created_at)"
            " VALUES (1, 1, ?, ?, 'report', 'ws://a/', 'A', 'A', '{}', ?, 0, 0, 0)",
            (f"lnk_{position}", position, enabled),
        )
    connection.close()
    upgrade(str(sqlite_path))
    connection = apsw.Connection(str(sqlite_path), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.execute("SELECT lifecycle FROM links ORDER BY position").fetchall() == [("active",), ("paused",)]
    connection.close()
