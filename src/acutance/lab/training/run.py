"""A run folder: recipe, journal, checkpoints, environment."""

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from acutance.lab.models import StudentShape, can_grow, grow
from acutance.lab.training.checkpoint import load_checkpoint, save_checkpoint, write_whole
from acutance.lab.training.journal import Journal
from acutance.lab.training.recipe import Recipe, load_recipe

_PACKAGES = ("acutance", "torch", "lightning-fabric", "numpy", "pillow")


class RunError(ValueError):
    """A run folder that cannot be begun or gone on with."""


class Run:
    """The folder of one execution of a recipe.

    Holds ``recipe.toml`` (resolved), ``environment.json``, ``journal.jsonl``, ``last.ckpt`` and ``best.ckpt``; of a
    network that is trained on also ``best.safetensors``, its weights as a teacher's.
    """

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        self.folder = folder
        self._writes = writes
        self._journal = Journal(folder / "journal.jsonl")

    def refuse_begun(self) -> None:
        """Refuse a folder that is not free for a new run; of several processes each asks before the first one begins.

        Raises:
            RunError: there is a run in it already.
        """
        if (self.folder / "recipe.toml").exists():
            raise RunError(f"{self.folder}: holds a run already; go on with it by --resume, or give another --run")

    def begin(self, recipe: Recipe, data_sha256: str, weights_sha256: Mapping[str, str] | None = None) -> None:
        """Make the folder for a new run.

        Args:
            recipe: what it executes.
            data_sha256: of the training pictures.
            weights_sha256: of the pre-trained networks that it learns from, by role.

        Raises:
            RunError: there is a run in it already.
        """
        if not self._writes:
            return
        self.refuse_begun()
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            "data_sha256": data_sha256,
            "weights_sha256": dict(weights_sha256 or {}),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "system": platform.system(),
            "cores": os.cpu_count(),
            "packages": {package: version(package) for package in _PACKAGES},
        }
        (self.folder / "environment.json").write_text(json.dumps(environment, indent=2) + "\n", encoding="utf-8")
        # The recipe comes last: where it stands, the run has begun.
        (self.folder / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")

    def resume(self, recipe: Recipe, data_sha256: str, weights_sha256: Mapping[str, str] | None = None) -> None:
        """Make the folder ready to go on with a run; the arguments are those of `begin`.

        Raises:
            RunError: there is no run in it, or it was made from another recipe, other pictures or other networks.
        """
        if not (self.folder / "recipe.toml").exists():
            raise RunError(f"{self.folder}: holds no run to resume; leave out --resume to begin one")
        if load_recipe(self.folder / "recipe.toml") != recipe:
            raise RunError(f"{self.folder}: was made from another recipe; resume with the recipe.toml in it")
        self.refuse_other_data(data_sha256)
        if self.environment().get("weights_sha256", {}) != dict(weights_sha256 or {}):
            raise RunError(f"{self.folder}: learnt from other weights; resume with the same teacher and VGG files")
        if self._writes:
            state = self.load()
            self._journal.forget_after(state.get("step", 0))

    def refuse_other_data(self, data_sha256: str) -> None:
        """Refuse pictures that are not those that the run was trained on and held out.

        Raises:
            RunError: they are not.
        """
        if self.environment()["data_sha256"] != data_sha256:
            raise RunError(f"{self.folder}: was trained on other pictures; give the same --data")

    def environment(self) -> dict[str, Any]:
        """Return what ``environment.json`` says."""
        environment: dict[str, Any] = json.loads((self.folder / "environment.json").read_text(encoding="utf-8"))
        return environment

    def load(self) -> dict[str, Any]:
        """Return the last checkpoint, empty where there is none yet."""
        path = self.folder / "last.ckpt"
        return load_checkpoint(path) if path.exists() else {}

    def load_best(self) -> dict[str, Any]:
        """Return the checkpoint of the best validation.

        Raises:
            RunError: there is none yet.
        """
        path = self.folder / "best.ckpt"
        if not path.exists():
            raise RunError(f"{self.folder}: has no best.ckpt; train until the first validation")
        return load_checkpoint(path)

    def load_best_student(self, shape: StudentShape) -> dict[str, Tensor]:
        """Return the averaged weights of the best validation, grown to a larger shape where another is asked for.

        Raises:
            RunError: there was no validation yet, or the student is an int8 one or does not grow to that shape.
        """
        best: dict[str, Tensor] = self.load_best()["average"]
        recipe = load_recipe(self.folder / "recipe.toml")
        if recipe.quantisation is not None:
            raise RunError(f"{self.folder}: its student is int8 already; begin from the run in f32 that it began from")
        if recipe.model == shape:
            return best
        if not can_grow(recipe.model, shape):
            raise RunError(
                f"{self.folder}: its student is {recipe.model}, which does not grow to {shape}; "
                "begin from a run of the same shape, or of a narrower, shorter or less unshuffled one"
            )
        return grow(best, recipe.model, shape)

    def journal(self) -> list[dict[str, Any]]:
        """Return the journal's lines."""
        return self._journal.read()

    def log(self, step: int, seconds: float, terms: dict[str, float], learning_rate: float) -> None:
        """Write a log line."""
        self._append({"step": step, "seconds": round(seconds, 3), "loss": terms, "learning_rate": learning_rate})

    def log_validation(self, step: int, seconds: float, psnr: float) -> None:
        """Write a validation line."""
        self._append({"step": step, "seconds": round(seconds, 3), "validation_psnr": psnr})

    def save_last(self, state: dict[str, Any]) -> None:
        """Write ``last.ckpt``."""
        self._save(state, "last.ckpt")

    def save_best(self, state: dict[str, Any]) -> None:
        """Write ``best.ckpt``."""
        self._save(state, "best.ckpt")

    def save_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Write ``best.safetensors``."""
        if self._writes:
            write_whole(
                self.folder / "best.safetensors", save({name: each.contiguous() for name, each in weights.items()})
            )

    def _append(self, line: dict[str, Any]) -> None:
        if self._writes:
            self._journal.append(line)

    def _save(self, state: dict[str, Any], name: str) -> None:
        if self._writes:
            save_checkpoint(state, self.folder / name)
