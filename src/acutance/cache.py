"""Where files are kept that can be made or fetched again."""

import os
from pathlib import Path


def user_cache(name: str) -> Path:
    """Return the folder of that name in the user's cache: ``acutance/NAME`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Raises:
        RuntimeError: there is no home.
    """
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "acutance" / name
