"""What it costs a student that players enlarge with a = −0.6 (swscale) and it was trained on a = −0.5.

python docs/benchmark/enlarging_kernel.py FOLDER…
"""

import sys
from pathlib import Path

from acutance.data import open_set
from acutance.degrade import parse_degradation
from acutance.image.resize import resize_bicubic
from acutance.metrics import fidelity
from acutance.pictures import read_picture
from acutance.runtime import Sharpener


def main() -> None:
    """Print mean luma PSNR before and after sharpening, for either kernel."""
    degradation = parse_degradation("bicubic-x2")
    sharpener = Sharpener.load("bicubic-balanced")
    for folder in sys.argv[1:]:
        pictures = open_set(Path(folder)).pictures
        for a in (-0.5, -0.6):
            before, after = 0.0, 0.0
            for picture in pictures:
                pixels = read_picture(picture.path).pixels
                clean = degradation.crop(pixels)
                displayed = resize_bicubic(degradation.receive(pixels), clean.shape[:2], a=a)
                before += fidelity(clean, displayed, 2).psnr / len(pictures)
                after += fidelity(clean, sharpener(displayed), 2).psnr / len(pictures)
            print(f"{Path(folder).name}, a = {a}: displayed {before:.2f} dB, sharpened {after:.2f} dB")


if __name__ == "__main__":
    main()
