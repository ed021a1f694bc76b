"""Pre-trained weights: found by name or path, hashed, and loaded whole or not at all."""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from acutance.cache import user_cache
from acutance.lab.models.dctlsa import Dctlsa
from acutance.lab.models.network import EnlargingNetwork
from acutance.lab.models.smfanet import SmfaNet
from acutance.lab.models.span import Span
from acutance.lab.models.vgg import Vgg

ARCHITECTURES: tuple[type[EnlargingNetwork], ...] = (Span, SmfaNet, Dctlsa)
_HASH_IN_NAME = re.compile(r"-(?P<start>[0-9a-f]{8,64})$")


class WeightsError(ValueError):
    """Pre-trained weights that cannot be found or do not fit."""


class UnknownArchitectureError(WeightsError):
    """Weights of none of our architectures."""


def weights_home() -> Path:
    """Return the folder where weights are looked for by name.

    It is ``$ACUTANCE_WEIGHTS``, or else ``acutance/weights`` in the user's cache (``$XDG_CACHE_HOME`` or ``~/.cache``).
    """
    if named := os.environ.get("ACUTANCE_WEIGHTS"):
        return Path(named).expanduser()
    return user_cache("weights")


def find_weights(name_or_path: str) -> Path:
    """Return the path of a weights file: one that exists, or ``NAME.safetensors`` or ``NAME.pth`` in `weights_home`.

    Raises:
        WeightsError: there is neither.
    """
    path = Path(name_or_path)
    named = [weights_home() / f"{name_or_path}{suffix}" for suffix in (".safetensors", ".pth")]
    for candidate in (path, *named):
        if candidate.is_file():
            return candidate
    raise WeightsError(
        f"weights {name_or_path}: got neither a file nor a name in {weights_home()}; docs/teachers.md says where "
        "weights come from"
    )


def hash_weights(path: Path) -> str:
    """Return the SHA-256 of a weights file.

    Raises:
        WeightsError: it cannot be read, or its name ends in another hash's start (``NAME-0123abcd.pth``), as the
            published files of torchvision do.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"weights {path}: cannot be read ({error.strerror or error})") from error
    match = _HASH_IN_NAME.search(path.stem)
    if match and not digest.startswith(match["start"]):
        raise WeightsError(
            f"weights {path}: has the SHA-256 {digest[:16]}…, expected {match['start']}…; fetch it again"
        )
    return digest


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a file of tensors: safetensors, or torch's own format (tensors only; no code in it is run).

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        if path.suffix == ".safetensors":
            return load(path.read_bytes())
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"weights {path}: cannot be read ({error.strerror or error})") from error
    except (SafetensorError, RuntimeError, ValueError, EOFError, UnpicklingError) as error:
        raise WeightsError(f"weights {path}: is no file of tensors ({_one_line(error)})") from error
    return weights


def load_network(path: Path) -> EnlargingNetwork:
    """Return a pre-trained network of one of our `ARCHITECTURES`, for inference.

    Raises:
        UnknownArchitectureError: the file is of another architecture.
        WeightsError: it cannot be read, or lacks a tensor, has one too many or one of another shape.
    """
    weights = read_weights(path)
    for architecture in ARCHITECTURES:
        try:
            network = architecture.shaped_like(weights)
        except KeyError:
            continue
        return _filled(network, weights, path)
    known = ", ".join(architecture.__name__ for architecture in ARCHITECTURES)
    raise UnknownArchitectureError(
        f"weights {path}: got an unknown architecture (first key {min(weights, default='none')!r}), expected {known}"
    )


def load_vgg(path: Path) -> Vgg:
    """Return the first layers of VGG-19, for inference.

    Raises:
        WeightsError: the file cannot be read or is no VGG-19.
    """
    weights = read_weights(path)
    try:
        return Vgg.loaded(weights)
    except (KeyError, RuntimeError) as error:
        raise WeightsError(f"weights {path}: is no VGG-19 ({_one_line(error)})") from error


def _filled(network: EnlargingNetwork, weights: Mapping[str, Tensor], path: Path) -> EnlargingNetwork:
    try:
        network.load_state_dict(dict(weights))
    except RuntimeError as error:
        kind = type(network).__name__
        raise WeightsError(f"weights {path}: do not fit a {kind} of their shape ({_one_line(error)})") from error
    return network.eval().requires_grad_(False)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
