"""The degradation of a video call: fewer pixels, a real codec, and a bicubic enlargement."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from acutance.degrade.camera import Camera
from acutance.degrade.codec import CODECS, Rate, transmit
from acutance.degrade.motion import Motion, pan
from acutance.degrade.planar import PlanarFrame, Resizer, planar
from acutance.image.resize import crop_to_multiple

_PERFECT = Camera()


class Kernel(Enum):
    """The bicubic kernels that displays enlarge by: the value is their free parameter a."""

    SWSCALE = -0.6
    CATMULL_ROM = -0.5


@dataclass(frozen=True)
class CallFrame:
    """One frame of a call.

    Attributes:
        clean: as the camera took it, cropped.
        received: as the decoder gave it.
        displayed: enlarged to the clean frame's size; pixel for pixel beside it.
        bits: what its packet took.
    """

    clean: PlanarFrame
    received: PlanarFrame
    displayed: PlanarFrame
    bits: int

    @property
    def bits_per_pixel(self) -> float:
        """Bits of the packet a received pixel."""
        return self.bits / self.received.luma.size


@dataclass(frozen=True)
class CallDegradation:
    """Made smaller (bicubic, antialiased, a = −0.5), coded at 30 frames a second, decoded, enlarged again.

    Attributes:
        sent: what size is sent: an int is the lines of the shorter side, a fraction the displayed size over it.
        codec: a key of `acutance.degrade.codec.CODECS`.
        rate: what the codec may spend.
        kernel: what the display enlarges by.
    """

    sent: int | Fraction
    codec: str
    rate: Rate
    kernel: Kernel = Kernel.SWSCALE

    @property
    def name(self) -> str:
        """The recipe's name, as `parse_degradation` reads it."""
        sent = f"{self.sent}p" if isinstance(self.sent, int) else f"x{self.sent}"
        ending = "-catrom" if self.kernel is Kernel.CATMULL_ROM else ""
        return f"call-{sent}-{self.codec}-{self.rate}{ending}"

    def crop(self, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the part of a clean frame (H×W or H×W×C) that is sent: what 4:2:0 and the scale divide (a view).

        Raises:
            ValueError: nothing is left.
        """
        return crop_to_multiple(clean, 2 if isinstance(self.sent, int) else 2 * self.sent.numerator)

    def received_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the (width, height) that is sent of cropped frames of (width, height), both even.

        Raises:
            ValueError: it would be more than there is.
        """
        if not isinstance(self.sent, int):
            return int(size[0] / self.sent), int(size[1] / self.sent)
        shorter = min(size)
        if shorter < self.sent:
            raise ValueError(f"frames of {size[0]}x{size[1]} cannot be sent as {self.sent}p; choose fewer lines")
        width, height = (2 * round(side * self.sent / shorter / 2) for side in size)
        return width, height

    def send(self, clean: Iterable[NDArray[np.uint8]], camera: Camera = _PERFECT) -> Iterator[CallFrame]:
        """Yield every frame of a clip as it goes through the call, in order.

        Args:
            clean: H×W×3 uint8 RGB, full range, all of one size.
            camera: its sensor changes what is sent.

        Raises:
            CodecError: the codec is not here, refuses such frames, or lost one.
            ValueError: the frames are too small, or differ in size.
        """
        yield from self._shown(self._transmit(clean, camera))

    def _shown(self, transmitted: Iterable[tuple[VideoFrame, VideoFrame, int]]) -> Iterator[CallFrame]:
        """Enlarge what was received to the size of what was clean."""
        display: Resizer | None = None
        for frame, received, bits in transmitted:
            before, after = (received.width, received.height), (frame.width, frame.height)
            display = display or Resizer(before, after, self.kernel.value)
            yield CallFrame(
                clean=PlanarFrame.of(frame),
                received=PlanarFrame.of(received),
                displayed=PlanarFrame.of(display(received)),
                bits=bits,
            )

    def send_picture(self, picture: NDArray[np.uint8], *, seed: int | Sequence[int], at: int) -> CallFrame:
        """Return a later frame of a camera that moves over a picture; its clean frame is the cropped picture itself.

        Args:
            picture: H×W×3 or, grey, H×W, uint8, full range.
            seed: of the motion (see `acutance.degrade.motion.Motion.draw`).
            at: which frame, from 0; those before it are sent too. The first, the key frame, takes much of what the
                codec may spend in the second that follows.

        Raises:
            CodecError: the codec is not here, refuses such frames, or lost one.
            ValueError: the picture is too small.
        """
        (frame,) = self.film_picture(picture, seed=seed, until=at, keep=1)
        return frame

    def film_picture(
        self, picture: NDArray[np.uint8], *, seed: int | Sequence[int], until: int, keep: int, camera: Camera = _PERFECT
    ) -> Iterator[CallFrame]:
        """Yield the last frames of a camera that moves over a picture up to the one at which it looks straight.

        That one's clean frame is the cropped picture, as the lens shows it.

        Args:
            picture: H×W×3 or, grey, H×W, uint8, full range.
            seed: of the motion (see `acutance.degrade.motion.Motion.draw`).
            until: the number of the last frame, from 0; those before it are sent too.
            keep: how many are shown, where there are so many.
            camera: its lens changes the clean frames, its sensor only what is sent.

        Raises:
            CodecError: the codec is not here, refuses such frames, or lost one.
            ValueError: the picture is too small.
        """
        cropped = self.crop(picture)
        if cropped.ndim == 2:
            cropped = np.repeat(cropped[..., None], 3, axis=2)
        filmed = pan(camera.focus(cropped), Motion.draw(seed), until + 1, until)
        yield from self._shown(deque(self._transmit(filmed, camera), maxlen=keep))

    def _transmit(
        self, clean: Iterable[NDArray[np.uint8]], camera: Camera
    ) -> Iterator[tuple[VideoFrame, VideoFrame, int]]:
        """Yield clean and received frames, and the bits of each."""
        waiting: list[VideoFrame] = []
        reformatter = VideoReformatter()

        def shrunk() -> Iterator[VideoFrame]:
            shrink: Resizer | None = None
            first: tuple[int, ...] = ()
            for time, pixels in enumerate(clean):
                first = first or pixels.shape
                if pixels.shape != first:
                    raise ValueError(f"a frame has the shape {pixels.shape}, those before {first}")
                cropped = self.crop(pixels)
                exposed = camera.expose(cropped, time)
                frame = planar(cropped, reformatter)
                waiting.append(frame)
                if exposed is not cropped:
                    frame = planar(exposed, reformatter)
                size = (frame.width, frame.height)
                shrink = shrink or Resizer(size, self.received_size(size), Kernel.CATMULL_ROM.value)
                yield shrink(frame)

        for received, bits in transmit(shrunk(), CODECS[self.codec], self.rate):
            yield waiting.pop(0), received, bits
