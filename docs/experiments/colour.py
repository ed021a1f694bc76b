"""Should a picture's colours follow its sharpened luma?

    python docs/experiments/colour.py docs/experiments/colour.json SET…

Each picture of the sets (fetched sets' names, or folders) is degraded by bicubic ×2 and sharpened by `bicubic-balanced`
in f32; the change of luma is then put back in two ways. Writes figures of RGB and the time for 1920×1080, and a page
beside that file.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acutance.data import open_set
from acutance.degrade import parse_degradation
from acutance.image.colour import add_luma_change
from acutance.image.planes import STUDIO_SPAN, luma, round_to_uint8
from acutance.metrics.fidelity import fidelity
from acutance.pictures import read_picture
from acutance.runtime import Sharpener

BORDER = 2
REPEATS = 5  # the quickest counts
Way = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.uint8]]


def alike(rgb: NDArray[np.uint8], change: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Add the same to all three components."""
    return round_to_uint8(rgb + (change * np.float32(255 / STUDIO_SPAN))[..., None])


WAYS: dict[str, Way] = {"R, G and B alike (before)": alike, "colours follow (shipped)": add_luma_change}


def milliseconds(way: Way) -> float:
    """Return the time for a picture of 1920×1080."""
    draw = np.random.default_rng(0)
    rgb = draw.integers(0, 256, (1080, 1920, 3), dtype=np.uint8)
    change = draw.normal(0, 4, (1080, 1920)).astype(np.float32)
    times = []
    for _ in range(REPEATS):
        begun = perf_counter()
        way(rgb, change)
        times.append(perf_counter() - begun)
    return 1000 * min(times)


def measured(name: str, sharpener: Sharpener) -> list[dict[str, Any]]:
    """Return a set's mean figures by way."""
    degradation = parse_degradation("bicubic-x2")
    figures: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    pictures = open_set(name)
    for picture in pictures.pictures:
        clean = degradation.crop(read_picture(picture.path).pixels)
        if clean.ndim == 2:
            continue
        shown = degradation(clean)
        before = luma(shown)
        change = luma(sharpener(shown.astype(np.uint16) * 257)) - before  # 16 bits: what rounding takes is the way's
        for way, add in WAYS.items():
            found = fidelity(clean, add(shown, change), BORDER)
            figures[way].append((found.rgb_psnr, found.rgb_ssim))
    first = np.array(next(iter(figures.values())))
    rows = []
    for way, each in figures.items():
        mean, gain = np.mean(each, axis=0), np.array(each)[:, 0] - first[:, 0]
        rows.append(
            {
                "set": pictures.name,
                "pictures": len(each),
                "way": way,
                "rgb_psnr": round(float(mean[0]), 3),
                "rgb_ssim": round(float(mean[1]), 4),
                "least_gain": round(float(gain.min()), 2),
                "most_gain": round(float(gain.max()), 2),
            }
        )
    return rows


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Colours that follow luma",
        "",
        "Colour pictures through bicubic ×2, sharpened by `bicubic-balanced` in f32: the same change of luma, put back "
        "in two ways. Mean over the pictures; gains are those of single pictures over the first way, in dB. Made by "
        "`docs/experiments/colour.py`.",
        "",
        "| set | pictures | way | RGB PSNR | RGB SSIM | least gain | most gain |",
        "|---|--:|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row['set']} | {row['pictures']} | {row['way']} | {row['rgb_psnr']:.2f} | {row['rgb_ssim']:.4f} "
        f"| {row['least_gain']:+.2f} | {row['most_gain']:+.2f} |"
        for row in record["rows"]
    ]
    lines += ["", "| way | ms for 1920×1080, one core |", "|---|--:|"]
    lines += [f"| {way} | {time:.0f} |" for way, time in record["milliseconds"].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every set."""
    target = Path(sys.argv[1])
    sharpener = Sharpener.load("bicubic-balanced", precision="f32")
    record = {
        "rows": [row for name in sys.argv[2:] for row in measured(name, sharpener)],
        "milliseconds": {name: round(milliseconds(way), 1) for name, way in WAYS.items()},
    }
    target.write_text(json.dumps(record, indent=1) + "\n")
    target.with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
