"""The scripts of docs/experiments, to be imported and to be run."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

Script = Callable[..., None]

FOLDER = Path(__file__).parents[3] / "docs" / "experiments"


@pytest.fixture(scope="session")
def scripts() -> Iterator[Callable[[str], ModuleType]]:
    """Imports a script by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module


@pytest.fixture
def run_script(scripts: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Script:
    """Runs a script with these words after its name."""

    def run(name: str, *words: object) -> None:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *(str(word) for word in words)])
        scripts(name).main()

    return run
