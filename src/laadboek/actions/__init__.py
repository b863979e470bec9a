"""Use cases: `action(db, actor, input, now)`. One layer under pages, API and CLI; each runs in one transaction."""
