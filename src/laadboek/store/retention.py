"""What is kept for how long (the schema says it beside each table), and the job that lets go of the rest."""

from datetime import datetime, timedelta

from msgspec import Struct

from ..clock import to_us
from .connection import Connection

AT_ONCE = 2_000  # rows per job: others wait for the same writer


class Rule(Struct, frozen=True):
    """`gone`: a condition with one `?`, the instant before which a row may go; or of it only the column `clears`."""

    table: str
    keep: timedelta
    gone: str
    clears: str | None = None


RULES = (
    Rule("frames", timedelta(days=400), "received_at < ?"),
    Rule("security_log", timedelta(days=400), "happened_at < ?"),
    Rule("operations", timedelta(days=400), "settled_at < ?"),
    Rule(
        "outbox_attempts",
        timedelta(days=90),
        "EXISTS (SELECT 1 FROM outbox AS o WHERE o.link_id = outbox_attempts.link_id AND o.seq = outbox_attempts.seq"
        " AND o.state = 'acked' AND o.settled_at < ?)",
    ),
    Rule("outbox", timedelta(days=90), "state = 'acked' AND settled_at < ?"),
    Rule(
        "facts",
        timedelta(days=90),
        "told_at < ? AND NOT EXISTS (SELECT 1 FROM links AS l WHERE l.charger_id = facts.charger_id"
        " AND l.applied_fact < facts.number)",
    ),
    Rule(
        "notice_deliveries",
        timedelta(days=400),
        "EXISTS (SELECT 1 FROM notices AS n WHERE n.id = notice_deliveries.notice_id AND n.happened_at < ?)",
    ),
    Rule("notices", timedelta(days=400), "happened_at < ?"),
    Rule("prices", timedelta(days=400), "starts_at < ?"),
    Rule("sign_ins", timedelta(0), "expires_at < ?"),
    Rule("email_proofs", timedelta(0), "expires_at < ?"),
    Rule("mails", timedelta(days=30), "created_at < ?"),
    Rule("pre_sign_ins", timedelta(0), "expires_at < ?"),
    Rule("email_proofs", timedelta(0), "expires_at < ?"),
    Rule("invitations", timedelta(0), "expires_at < ?"),
    Rule("audit", timedelta(days=400), "network IS NOT NULL AND at < ?", clears="network"),
)


def let_go(db: Connection, rule: Rule, now: datetime) -> int:
    """Of up to `AT_ONCE` rows, oldest first; return how many. Call again until it is fewer."""
    chosen = f"SELECT id FROM {rule.table} WHERE {rule.gone} ORDER BY id LIMIT {AT_ONCE}"
    act = f"DELETE FROM {rule.table}" if rule.clears is None else f"UPDATE {rule.table} SET {rule.clears} = NULL"
    return db.run(f"{act} WHERE id IN ({chosen})", (to_us(now - rule.keep),))
