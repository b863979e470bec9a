"""An HTTP API over simulated charge points, for whoever develops a platform or a test."""

from ..settings import Settings


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    from .serve import serve

    serve(settings)
