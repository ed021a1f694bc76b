"""What a teacher makes of the training pictures, computed once and kept on disk."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import round_to_uint8
from acutance.lab.teachers.teacher import Teacher
from acutance.pictures import Picture, PictureError, read_picture, write_picture


class TargetCache:
    """A folder of the teacher's pictures, as grey PNG files of studio-range luma.

    A target's path is made of hashes: of the weights (with shares and flips), of the degradation's name, and of the
    training picture's file; so a changed teacher or picture is another target. Rounding to whole code values moves a
    target by 0.29 code values RMS: the PSNR of SPAN's luma changes by less than 0.015 dB, at half the space of float16.
    """

    def __init__(self, folder: Path, teacher: Teacher, degradation: str) -> None:
        """Choose the folder.

        Args:
            folder: shared by all teachers and degradations; made when the first target is written.
            teacher: makes what is missing, on the device where its weights are.
            degradation: by name; it made the received pictures.
        """
        self.folder = folder / f"{teacher.sha256[:16]}-{degradation.replace('/', '_')}"
        self._teacher = teacher
        self._degradation = degradation

    def load(self, picture_sha256: str, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
        """Return the target (H×W uint8) of a training picture, or None where there is none, or none that can be used.

        Args:
            picture_sha256: of the training picture's file.
            shape: (H, W) of its clean luma; a target of another shape is not used.
        """
        try:
            target = read_picture(self._path(picture_sha256)).pixels
        except PictureError:
            return None
        return target if target.shape == shape else None

    def make(self, picture_sha256: str, received: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the target of a training picture (H×W uint8), computed, and write it.

        Raises:
            TeacherError: the picture is too small for the teacher.
            PictureError: the target cannot be written.
        """
        target = round_to_uint8(self._teacher.luma(received))
        try:
            self._describe()
        except OSError as error:
            raise PictureError(f"{self.folder}: cannot be written ({error.strerror or error})") from error
        write_picture(Picture(target), self._path(picture_sha256))
        return target

    def _path(self, picture_sha256: str) -> Path:
        return self.folder / f"{picture_sha256}.png"

    def _describe(self) -> None:
        """Write, for people, what the folder holds."""
        path = self.folder / "teacher.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            about = {"teacher": self._teacher.name, "sha256": self._teacher.sha256, "degradation": self._degradation}
            path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
