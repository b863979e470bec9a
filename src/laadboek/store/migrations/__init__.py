"""Alembic's migrations, forward only. `run.py` is what it calls an environment; each step is a file in `versions/`."""
