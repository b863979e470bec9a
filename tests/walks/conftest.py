"""Walks start the product as the tests of `serve` do."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "serve"))
