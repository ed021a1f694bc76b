"""Whether the lab is installed."""

from importlib.util import find_spec

from acutance.cli.console import fail


def require_lab() -> None:
    """Exit with one line where the lab's dependencies are missing."""
    needed = ("torch", "lightning_fabric", "onnx", "safetensors", "tomli_w")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        fail(f"this command needs the lab ({', '.join(missing)} not installed): pip install 'acutance[lab]'")
