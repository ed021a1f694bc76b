"""What do 8 bits cost a sharpened picture?

    python docs/experiments/rounding.py docs/experiments/rounding.json MODEL,… SET…

Each picture of the sets (fetched sets' names, or folders) is degraded by bicubic ×2, in 8 bits, and sharpened by each
model in f32 twice: as it is, and written with 16 bits a value, so that what comes out is all but unrounded. Writes luma
PSNR and SSIM of both, and a page beside that file.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acutance.data import PictureSet, open_set
from acutance.degrade import parse_degradation
from acutance.image.planes import luma
from acutance.metrics.fidelity import compare_planes
from acutance.pictures import read_picture
from acutance.runtime import Sharpener

BORDER = 2
PER_VALUE = 257  # 16-bit values in an 8-bit one


def measured_plane(picture: NDArray[Any]) -> NDArray[np.float32]:
    """Return studio luma, or a grey picture's own values, in 8-bit code values, without the border."""
    inside = picture[BORDER:-BORDER, BORDER:-BORDER]
    if inside.ndim == 3:
        return luma(inside)
    return inside.astype(np.float32) * np.float32(255.0 / np.iinfo(inside.dtype).max)


def measured(name: str, pictures: PictureSet) -> dict[str, Any]:
    """Return a model's means over a set, with 8 bits and with 16."""
    degradation = parse_degradation("bicubic-x2")
    sharpener = Sharpener.load(name, precision="f32")
    assert sharpener.card is not None
    figures = []
    for picture in pictures.pictures:
        pixels = read_picture(picture.path).pixels
        clean, shown = measured_plane(degradation.crop(pixels)), degradation(pixels)
        sharp = [sharpener(shown), sharpener(shown.astype(np.uint16) * PER_VALUE)]
        figures.append([figure for each in sharp for figure in compare_planes(clean, measured_plane(each))])
    psnr, ssim, fine_psnr, fine_ssim = np.mean(figures, axis=0)
    return {
        "set": pictures.name,
        "data_sha256": pictures.sha256,
        "pictures": len(figures),
        "degradation": degradation.name,
        "model": name,
        "model_sha256": sharpener.card.weights_sha256,
        "versions": {name: version(name) for name in ("acutance", "openvino", "numpy", "scikit-image")},
        "psnr": [round(float(psnr), 3), round(float(fine_psnr), 3)],
        "ssim": [round(float(ssim), 5), round(float(fine_ssim), 5)],
    }


def page(rows: list[dict[str, Any]]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# What 8 bits cost",
        "",
        "Pictures through bicubic ×2, sharpened in f32. 8 bits: the RGB picture that a user gets, and that "
        "[the benchmark](../benchmark/README.md) measures. 16 bits: the same, all but unrounded, which is what papers "
        "measure that take the network's luma as it is. Luma PSNR (dB) and SSIM, means over the pictures, without a "
        "border of 2. Made by `docs/experiments/rounding.py`.",
        "",
        "| set | pictures | model | weights | 8 bits | 16 bits |",
        "|---|--:|---|---|--:|--:|",
    ]
    for row in rows:
        cells = [f"{psnr:.3f} / {ssim:.4f}" for psnr, ssim in zip(row["psnr"], row["ssim"], strict=True)]
        lines.append(
            f"| {row['set']} | {row['pictures']} | {row['model']} | {row['model_sha256'][:12]} | {' | '.join(cells)} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every model on every set."""
    target = Path(sys.argv[1])
    sets = [open_set(name) for name in sys.argv[3:]]
    rows = [measured(name, pictures) for pictures in sets for name in sys.argv[2].split(",")]
    target.write_text(json.dumps(rows, indent=1) + "\n")
    target.with_suffix(".md").write_text(page(rows))
    print(page(rows))


if __name__ == "__main__":
    main()
