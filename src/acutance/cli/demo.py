"""`acutance demo`: soften something sharp, sharpen it again, and look."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli.console import fail, progress_bar
from acutance.cli.sharpen import DEFAULT_MODEL

if TYPE_CHECKING:
    from acutance.runtime import Sharpener

_FRAMES = 10


def demo(
    source: Annotated[
        Path | None, typer.Argument(metavar="[CLIP|PICTURE]", help="Your own file, instead of NASA's portrait.")
    ] = None,
    to: Annotated[Path, typer.Option(help="The folder for the results.")] = Path("demo"),
    model: Annotated[str, typer.Option(help="A shipped model's name, or an ONNX file.")] = DEFAULT_MODEL,
) -> None:
    """Soften a sharp picture or clip to half its pixels, sharpen it, and show both beside the original."""
    try:
        from acutance.metrics import MetricError
    except ImportError:
        fail("this command measures with scikit-image: pip install 'acutance[evaluate]'")
    from acutance.demo import demonstrate_clip, demonstrate_picture, portrait, portrait_clip
    from acutance.pictures import PictureError
    from acutance.pictures.files import PICTURE_SUFFIXES
    from acutance.runtime import CardError, ModelError, Sharpener
    from acutance.video import CLIP_SUFFIXES, ClipError

    if source is not None:
        if not source.is_file():
            fail(f"{source}: there is no such file")
        if source.suffix.lower() not in PICTURE_SUFFIXES | CLIP_SUFFIXES:
            known = " ".join(sorted(PICTURE_SUFFIXES | CLIP_SUFFIXES))
            fail(f"{source}: got the suffix {source.suffix!r}, expected one of {known}")
    look_at: list[Path] = []
    try:
        sharpener = Sharpener.load(model, scale=2.0)
        to.mkdir(parents=True, exist_ok=True)
        with progress_bar() as progress, tempfile.TemporaryDirectory() as scratch:

            def stage(name: str, frames: int | None) -> Callable[[int], None]:
                task = progress.add_task(name, total=frames)
                return lambda done: progress.advance(task, done)

            if source is None or source.suffix.lower() in PICTURE_SUFFIXES:
                picture = source or portrait()
                figures, comparison = demonstrate_picture(picture, to, sharpener)
                print(f"picture {picture.name}: {figures} (luma PSNR / SSIM against the original)")
                look_at.append(comparison)
            if source is None or source.suffix.lower() in CLIP_SUFFIXES:
                clip = source or Path(scratch) / "portrait.mp4"
                if source is None:
                    portrait_clip(clip)
                shown = demonstrate_clip(clip, to, sharpener, stage)
                print(f"clip {clip.name}: {shown.figures} (mean over the frames)")
                print(f"clip {clip.name}: {shown.frames_per_second:.1f} FPS, decoding, enlarging and encoding included")
                look_at.append(shown.side_by_side)
        print(f"{sharpener.name}: {_full_hd_rate(sharpener):.1f} FPS on 1920x1080 luma alone, {sharpener.info}")
    except (PictureError, ClipError, ModelError, CardError, MetricError) as error:
        fail(error)
    except OSError as error:
        fail(f"{to}: cannot be written ({error.strerror})")
    print("look at: " + ", ".join(str(path) for path in look_at))


def _full_hd_rate(sharpener: "Sharpener") -> float:
    import numpy as np

    plane = np.random.default_rng(0).integers(16, 236, (1080, 1920), dtype=np.uint8)
    sharpener.through_model(plane)
    begun = time.perf_counter()
    for _ in range(_FRAMES):
        sharpener.through_model(plane)
    return _FRAMES / (time.perf_counter() - begun)
