"""A new key: everything that is sealed opens afterwards, and with the new one alone but for PINs."""

import asyncio

import pytest
from sqlalchemy import LargeBinary

from laadboek.key_rotation import KeyRotation, renew_page, rotate_stopped
from laadboek.runtime.keys import DataKeys, NotSealedHere, load_keys, masters_of
from laadboek.secret import Secret
from laadboek.store import sealed
from laadboek.store.database import InlineDatabase, open_database
from laadboek.store.errors import StoreError
from laadboek.store.schema import metadata

# Columns of bytes that hold no secret: hashes, keys that are public, states of cores, recorded bodies.
PLAIN = {"hash", "previous_hash", "token_hash", "code_hash", "credential_id", "public_key", "state", "body", "text",
         "answer", "payload", "payload_hash", "pin_mac", "key_mac", "salt", "samples"}  # fmt: skip
SHORT_LIVED = {("pre_sign_ins", "body")}  # ten minutes: it opens with the key before


def columns() -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }


def test_every_sealed_column_is_known() -> None:
    known = {(one.table, one.column) for one in sealed.COLUMNS}
    assert known <= columns()
    unknown = {(table, name) for table, name in columns() - known - SHORT_LIVED if name not in PLAIN}
    assert unknown == set()


class Sealing:
    """A store in a folder with a token sealed for a site, and one sealed for a link's secret."""

    def __init__(self, folder) -> None:
        self.folder, self.location = folder, str(folder / "laadboek.db")
        self.keys = load_keys(folder)
        self.write(self.keys)

    def write(self, keys: DataKeys) -> None:
        site = keys.seal(Secret("entsoe-token"), table="sites", row="sit_1", account_id=1)
        secret = keys.seal(Secret("a key"), table="link_secrets", row="lnk_1/key-1", account_id=1)
        database = InlineDatabase(self.location)
        database.run(lambda db: fill(db, site, secret))
        database.close()

    def opened(self, keys: DataKeys) -> tuple[str, str]:
        database = InlineDatabase(self.location)
        [(site,)] = database.read(lambda db: db.rows("SELECT secret FROM sites"))
        [(secret,)] = database.read(lambda db: db.rows("SELECT sealed FROM link_secrets"))
        database.close()
        return (
            keys.open(site, table="sites", row="sit_1", account_id=1).reveal(),
            keys.open(secret, table="link_secrets", row="lnk_1/key-1", account_id=1).reveal(),
        )


def fill(db, site: bytes, secret: bytes) -> None:
    db.run(
        "INSERT INTO accounts (id, public_id, name, time_zone, language, created_at)"
        " VALUES (1, 'acc_1', '', 'UTC', 'nl', 0)"
    )
    db.run(
        "INSERT INTO sites (account_id, public_id, name, config, secret, state_version, created_at)"
        " VALUES (1, 'sit_1', 'Home', '{}', ?, 0, 0)",
        (site,),
    )
    db.run(
        "INSERT INTO chargers (id, account_id, public_id, name, device, device_config, state_version, created_at,"
        " pin_scope) VALUES (1, 1, 'chg_1', 'C', 'simulated', '{}', 0, 0, 'chg_1')"
    )
    db.run(
        "INSERT INTO links (id, account_id, charger_id, public_id, position, role, backend_uri, charge_box_id,"
        " user_name, settings, state_version, applied_fact, created_at)"
        " VALUES (1, 1, 1, 'lnk_1', 1, 'report', 'ws://a/', 'A', 'A', '{}', 0, 0, 0)"
    )
    db.run(
        "INSERT INTO link_secrets (account_id, link_id, name, sealed, created_at) VALUES (1, 1, 'key-1', ?, 0)",
        (secret,),
    )


@pytest.fixture
def sealing(tmp_path) -> Sealing:
    return Sealing(tmp_path)


def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(sealing: Sealing) -> None:
    old, pins = load_keys(sealing.folder), sealing.keys.pin_key
    assert rotate_stopped(sealing.folder, sealing.location, sealing.keys).values == 2
    fresh = load_keys(sealing.folder)
    assert sealing.opened(fresh) == sealing.opened(sealing.keys) == ("entsoe-token", "a key")
    assert fresh.pin_key == pins
    with pytest.raises(NotSealedHere):
        sealing.opened(old)


def test_many_rotations_keep_the_first_key_and_the_last_two(sealing: Sealing) -> None:
    first = masters_of(sealing.folder)[0]
    for _ in range(4):
        assert rotate_stopped(sealing.folder, sealing.location, sealing.keys).values == 2
    masters = masters_of(sealing.folder)
    assert len(masters) == 3 and masters[0] == first
    assert sealing.opened(load_keys(sealing.folder)) == ("entsoe-token", "a key")


def test_a_rotation_that_was_cut_off_is_begun_again(sealing: Sealing) -> None:
    """The key is in the file, one column is sealed anew, then the power goes."""
    from laadboek.runtime.keys import add_key

    sealing.keys.renewed(add_key(sealing.folder))
    database = InlineDatabase(sealing.location)
    database.run(lambda db: renew_page(sealing.keys, sealed.COLUMNS[0], 0, db))
    database.close()
    fresh = load_keys(sealing.folder)
    assert sealing.opened(fresh) == ("entsoe-token", "a key")
    assert rotate_stopped(sealing.folder, sealing.location, fresh).values == 2
    assert sealing.opened(load_keys(sealing.folder)) == ("entsoe-token", "a key")


def test_while_a_server_holds_the_store_it_is_not_done_beside_it(sealing: Sealing) -> None:
    database = open_database(sealing.location)
    try:
        with pytest.raises(StoreError):
            rotate_stopped(sealing.folder, sealing.location, sealing.keys)
    finally:
        database.close()
    assert len(masters_of(sealing.folder)) == 1


def test_a_running_server_rotates_without_a_pause(sealing: Sealing) -> None:
    database = open_database(sealing.location)
    try:
        rotated = asyncio.run(KeyRotation(sealing.folder, sealing.keys, database).rotate(None))
    finally:
        database.close()
    assert rotated.values == 2
    assert sealing.opened(load_keys(sealing.folder)) == ("entsoe-token", "a key")
