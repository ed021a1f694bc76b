"""`acutance doctor`: what this machine can run."""

import platform
import time
from typing import TYPE_CHECKING

from acutance.cli.console import NOTHING_BEGUN, fail

if TYPE_CHECKING:
    from acutance.runtime import Sharpener

_SIZE = (720, 1280)
_SECONDS = 0.5


def doctor() -> None:
    """Say which devices open here, in which precisions, and time each for half a second."""
    import os

    import openvino as ov
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from acutance.runtime import ModelError, Sharpener
    from acutance.runtime.backends.compiling import multiplies_int8
    from acutance.runtime.models import DEVICES, PRECISIONS, shipped_models

    if not shipped_models():
        fail("the package holds no model; install it again", NOTHING_BEGUN)
    name = next(iter(shipped_models()))
    core = ov.Core()
    console = Console()
    console.print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    console.print(f"processor: {core.get_property('CPU', 'FULL_DEVICE_NAME')}")
    console.print(f"computes in: {', '.join(core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES'))}")
    int8 = "exact, and quick: the default for clips" if multiplies_int8("CPU") else "overflows here; models run in f32"
    console.print(f"int8: {int8}")
    table = Table(title=f"{name} on a {_SIZE[1]}x{_SIZE[0]} luma plane")
    for column in ("device", "precision", "runs as", "median ms", "FPS"):
        table.add_column(column, overflow="fold")
    for device in DEVICES:
        for precision in PRECISIONS[1:]:
            try:
                sharpener = Sharpener.load(name, device=device, precision=precision)
                milliseconds = _median_milliseconds(sharpener)
            except ModelError as error:
                if precision == "f32":
                    table.add_row(device, "–", escape(f"does not open: {error}"), "", "")
                continue
            table.add_row(device, precision, str(sharpener.info), f"{milliseconds:.1f}", f"{1000 / milliseconds:.1f}")
    console.print(table)


def _median_milliseconds(sharpener: "Sharpener") -> float:
    import numpy as np

    plane = np.random.default_rng(0).integers(16, 236, _SIZE, dtype=np.uint8)
    sharpener.through_model(plane)
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begun < _SECONDS:
        before = time.perf_counter()
        sharpener.through_model(plane)
        times.append(time.perf_counter() - before)
    return 1000 * float(np.median(times))
