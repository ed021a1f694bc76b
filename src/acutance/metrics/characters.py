"""How much text is still readable: a reading machine's view of it.

Lines are found in the clean picture and read there; the same places are then read in the shown picture. The share of
characters still read is 1 − (edit distance / characters), the complement of the character error rate, with the clean
picture's own reading as the truth. The engine is RapidOCR (PP-OCR models, which its package carries: no network).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acutance.metrics.fidelity import MetricError, check_pair

_FEWEST = 16  # characters below which a picture has no figure
_MARGIN = 2  # pixels around a line that the engine's box may cut off


class CharacterReader:
    """Reads text by RapidOCR on OpenVINO. One call at a time."""

    def __init__(self, threads: int) -> None:
        """Open the engine.

        Args:
            threads: of the CPU.

        Raises:
            MetricError: RapidOCR is not installed.
        """
        try:
            from rapidocr import EngineType, RapidOCR
        except ImportError as error:
            raise MetricError("characters: needs RapidOCR: pip install 'acutance[ocr]'") from error
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Det.engine_type": EngineType.OPENVINO,
                "Rec.engine_type": EngineType.OPENVINO,
                "EngineConfig.openvino.inference_num_threads": threads,
            }
        )

    def find_lines(self, clean: NDArray[np.uint8]) -> "TextLines":
        """Find and read the lines of a clean picture (H×W×3 RGB or H×W grey, uint8)."""
        check_pair(clean, clean)
        boxes = self._engine(_to_bgr(clean), use_det=True, use_cls=False, use_rec=True).boxes
        places = tuple(_around(np.asarray(box), clean.shape[:2]) for box in (() if boxes is None else boxes))
        return TextLines(self, clean, places, self.read(clean, places))

    def read(self, picture: NDArray[np.uint8], places: Sequence[tuple[slice, slice]]) -> tuple[str, ...]:
        """Return what a picture says at these rows and columns, a line each."""
        if not places:
            return ()
        crops = [np.ascontiguousarray(_to_bgr(picture[place])) for place in places]
        return tuple(text.strip() for text in self._engine.recognize_txt(crops).txts)


@dataclass(frozen=True)
class TextLines:
    """The lines of a clean picture, to look for in shown ones: where they are, and what they say."""

    reader: CharacterReader
    clean: NDArray[np.uint8]
    places: tuple[tuple[slice, slice], ...]
    texts: tuple[str, ...]

    def measure(self, shown: NDArray[np.uint8]) -> float | None:
        """Return the share 0..1 of the clean picture's characters that are read in the shown one.

        Returns:
            None where the clean picture has fewer than 16 characters.

        Raises:
            MetricError: the shown picture has another shape or dtype.
        """
        check_pair(self.clean, shown)
        characters = sum(len(text) for text in self.texts)
        if characters < _FEWEST:
            return None
        read = self.reader.read(shown, self.places)
        wrong = (min(edit_distance(*pair), len(pair[0])) for pair in zip(self.texts, read, strict=True))
        return 1.0 - sum(wrong) / characters


def edit_distance(first: str, second: str) -> int:
    """Return how many characters must be put in, taken out or changed (V. Levenshtein, 1966)."""
    row = list(range(len(second) + 1))
    for above, left in enumerate(first):
        diagonal, row[0] = row[0], above + 1
        for place, right in enumerate(second):
            diagonal, row[place + 1] = (
                row[place + 1],
                min(row[place + 1] + 1, row[place] + 1, diagonal + (left != right)),
            )
    return row[-1]


def _to_bgr(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture[..., ::-1] if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def _around(box: NDArray[np.generic], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of a box of four (x, y) corners, a little wider, inside the picture."""
    left, top = np.floor(box.min(axis=0)).astype(int) - _MARGIN
    right, bottom = np.ceil(box.max(axis=0)).astype(int) + _MARGIN
    return slice(max(0, int(top)), min(shape[0], int(bottom))), slice(max(0, int(left)), min(shape[1], int(right)))
