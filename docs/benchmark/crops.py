"""The crops shown in the benchmark's page, of pictures whose licence allows it.

python docs/benchmark/crops.py FIVECAT1080 SPAN_X2.onnx docs/benchmark/crops
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from acutance.degrade import parse_degradation
from acutance.demo.comparison import side_by_side
from acutance.evaluate.networks import EnlargingNetwork
from acutance.image.planes import luma
from acutance.pictures import read_picture
from acutance.runtime import Sharpener

WINDOW = 256
PICTURES = (
    "animals/01-bu-oakland-zoo-otters.webp",
    "people/14-pif-100.webp",
    "text/24-pif-hhs-telehealth-website.webp",
)


def main() -> None:
    """Write a file a picture: displayed, sharpened, teacher, clean, at 100 %, where displayed and clean differ most."""
    folder, network, target = (Path(word) for word in sys.argv[1:4])
    degradation = parse_degradation("bicubic-x2")
    sharpener = Sharpener.load("bicubic-balanced")
    teacher = EnlargingNetwork("span_x2", "", network, 2)
    target.mkdir(exist_ok=True)
    for name in PICTURES:
        clean = degradation.crop(read_picture(folder / name).pixels)
        received = degradation.receive(clean)
        displayed = degradation.display(received)
        change = np.abs(luma(clean) - luma(displayed))
        blocks = change[: -(change.shape[0] % WINDOW) or None, : -(change.shape[1] % WINDOW) or None]
        rows, columns = (side // WINDOW for side in blocks.shape)
        means = blocks.reshape(rows, WINDOW, columns, WINDOW).mean(axis=(1, 3))
        row, column = (int(place) * WINDOW for place in np.unravel_index(means.argmax(), means.shape))
        shown = {
            "displayed": displayed,
            "bicubic-balanced": sharpener(displayed),
            "SPAN": teacher(received, displayed),
            "clean": clean,
        }
        window = (slice(row, row + WINDOW), slice(column, column + WINDOW))
        sheet = side_by_side({label: pixels[window] for label, pixels in shown.items()})
        Image.fromarray(sheet).save(target / f"{Path(name).stem}.webp", quality=92, method=6)


if __name__ == "__main__":
    main()
