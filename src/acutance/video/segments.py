"""The finished parts of a clip that is being made, on the disk, so that a later run can go on from them.

They lie in a folder beside the clip: ``plan.json`` says what the clip is made of, and a segment of packets is there
when its ``.json`` is, which is written last.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.stream import Stream

from acutance.video.decoding import ClipError
from acutance.video.target import publish

SEGMENT_FRAMES = 250
"""That many frames are lost at most when a run dies; x264 too begins anew after as many."""

_OUR_NAMES = re.compile(r"plan\.json|(index|segment|whole)\.part|\d{6}\.(packets|json)")

Plan = Mapping[str, str]
"""What a clip is made of: source, model and settings, by name."""


@dataclass(frozen=True)
class CodedPacket:
    """A frame's packet. Times are in the coding's unit; when it is decoded follows from all the times."""

    time: int
    duration: int
    size: int
    keyframe: bool


@dataclass(frozen=True)
class Segment:
    """A run of frames that is decoded without any other.

    Attributes:
        frames: how many.
        untouched: the numbers in the clip of those that could not be sharpened.
        sha256: of the packets' bytes, one after another.
    """

    frames: int
    untouched: tuple[int, ...]
    sha256: str


class Parts:
    """The segments of one clip, in order."""

    def __init__(self, target: Path, plan: Plan, *, resume: bool) -> None:
        """Begin, or go on where an earlier run of the same plan stopped.

        Args:
            target: the clip's name.
            plan: what it is made of.
            resume: whether to go on; else what an earlier run left is removed.

        Raises:
            ClipError: the earlier run had another plan, or the folder cannot be used.
        """
        self.folder = target.with_name(f".{target.name}.parts")
        self.segments: list[Segment] = []
        try:
            if not self._is_ours():
                raise ClipError(f"{self.folder}: is no folder of ours; parts of {target.name} go there: move it away")
            if resume and (self.folder / "plan.json").exists():
                self._refuse_another(target, plan)
                self.segments = list(self._whole_segments())
            else:
                self.remove()
                self.folder.mkdir()
                self._write(self.folder / "plan.json", plan)
        except OSError as error:
            raise ClipError(f"{target}: cannot be written ({error.strerror})") from error

    @property
    def frames(self) -> int:
        """How many are finished."""
        return sum(segment.frames for segment in self.segments)

    def add(self, packets: "Iterable[Packet[Stream]]", untouched: Sequence[int]) -> None:
        """Write a segment; it counts from when all of it is on the disk.

        Args:
            packets: its packets, a frame each, in the order of decoding.
            untouched: the numbers of the frames that could not be sharpened; looked at when the packets are all drawn.

        Raises:
            OSError: the disk refuses.
        """
        digest = hashlib.sha256()
        coded = []
        part = self.folder / "segment.part"
        with part.open("wb") as file:
            for packet in packets:
                data = bytes(packet)
                file.write(data)
                digest.update(data)
                coded.append(CodedPacket(packet.pts or 0, packet.duration or 0, len(data), packet.is_keyframe))
        index = len(self.segments)
        publish(part, self._packets_path(index))
        segment = Segment(len(coded), tuple(untouched), digest.hexdigest())
        # Not kept in memory, which shall not grow with the clip.
        self._write(self._index_path(index), vars(segment) | {"packets": [astuple(packet) for packet in coded]})
        self.segments.append(segment)

    def coded(self) -> Iterator[CodedPacket]:
        """Yield what is known of every packet, in the order of decoding."""
        for index in range(len(self.segments)):
            yield from (CodedPacket(*packet) for packet in self._read(self._index_path(index))["packets"])

    def data(self) -> Iterator[bytes]:
        """Yield the bytes of every packet, in the order of decoding."""
        for index in range(len(self.segments)):
            with self._packets_path(index).open("rb") as file:
                for _, _, size, _ in self._read(self._index_path(index))["packets"]:
                    yield file.read(size)

    def remove(self) -> None:
        """Remove all that is there."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _is_ours(self) -> bool:
        """Whether what lies where the parts go, if anything, may be removed."""
        if self.folder.is_symlink() or not self.folder.is_dir():
            return not (self.folder.is_symlink() or self.folder.exists())
        return all(_OUR_NAMES.fullmatch(path.name) for path in self.folder.iterdir())

    def _packets_path(self, index: int) -> Path:
        return self.folder / f"{index:06}.packets"

    def _index_path(self, index: int) -> Path:
        return self.folder / f"{index:06}.json"

    def _write(self, path: Path, content: Mapping[str, object]) -> None:
        part = self.folder / "index.part"
        part.write_text(json.dumps(content), encoding="utf-8")
        publish(part, path)

    def _read(self, path: Path) -> dict[str, Any]:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"{path}: got {content!r}, expected an object")
        return content

    def _refuse_another(self, target: Path, plan: Plan) -> None:
        try:
            before = self._read(self.folder / "plan.json")
        except ValueError:
            raise ClipError(f"{target}: cannot be gone on with: {self.folder} is damaged; begin anew") from None
        for name in before.keys() | plan.keys():
            if before.get(name) != plan.get(name):
                raise ClipError(
                    f"{target}: cannot be gone on with: {name} was {before.get(name)}, is {plan.get(name)}; "
                    "make it as before, or begin anew without resuming"
                )

    def _whole_segments(self) -> Iterator[Segment]:
        """Yield the segments up to the first that is missing or not whole."""
        for index in range(len(list(self.folder.glob("*.packets")))):
            try:
                fields = self._read(self._index_path(index))
                segment = Segment(fields["frames"], tuple(fields["untouched"]), fields["sha256"])
                with self._packets_path(index).open("rb") as file:
                    whole = hashlib.file_digest(file, "sha256").hexdigest() == segment.sha256
            except (OSError, ValueError, TypeError, KeyError):
                return
            if not whole:
                return
            yield segment
