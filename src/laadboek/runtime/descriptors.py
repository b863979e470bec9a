"""Open files: every link is one, and a process that runs out of them loses links at the worst moment."""

import resource

SPARE = 200  # database, pages, logs, charge points of others


def allow(links: int) -> int | None:
    """Raise this process's limit if `links` sockets need it; the limit if even that is too low for them."""
    needed = links + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return None
    highest = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    return highest if highest < needed else None
