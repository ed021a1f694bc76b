"""A model's card: what it is, for what it was trained, its cost, its measured quality, its licence, hashes.

A card is JSON in the ONNX file's ``metadata_props`` under `CARD_KEY`, so that a model is one file.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

CARD_KEY = "acutance.card"
CARD_VERSION: Literal[1] = 1


class CardError(ValueError):
    """A card that is missing or cannot be used."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Architecture(_Table):
    """What the network is built like; the fields are those of the student's shape."""

    unshuffle: int = Field(ge=1, le=16)
    channels: int = Field(ge=1)
    convolutions: int = Field(ge=2)


class Training(_Table):
    """Where the weights come from.

    Attributes:
        data_sha256: of the training pictures' names and bytes.
        recipe_sha256: of the resolved recipe.
        steps: optimiser steps, those of the runs that this one began from included, as in the next two.
        gigapixels: displayed pixels seen.
        hours: wall-clock time.
        validation_psnr: luma PSNR in dB on the pictures held out.
    """

    data_sha256: str
    recipe_sha256: str
    objective: dict[str, float]
    steps: int = Field(ge=0)
    gigapixels: float = Field(ge=0)
    hours: float = Field(ge=0)
    validation_psnr: float
    torch: str


class MeasuredRow(_Table):
    """The model on one set, beside the displayed pictures themselves."""

    data: str
    data_sha256: str
    degradation: str
    pictures: int = Field(ge=1)
    psnr: float
    ssim: float
    bicubic_psnr: float
    bicubic_ssim: float


class Condition(_Table):
    """What the streams are like that one expert of a bank was trained for.

    Attributes:
        scale: displayed size over received size.
        bits_per_pixel: what the codec spent a frame and received pixel, the mean over the frames after the key frame;
            None where there was no codec, or one that leaves no trace.
        architecture: what that expert is built like, where it is another than the first; None where it is as the first.
        measured: rows of that expert, told its condition, written by the benchmark.
    """

    scale: float = Field(ge=1, le=16)
    bits_per_pixel: float | None = Field(default=None, gt=0)
    architecture: Architecture | None = None
    measured: tuple[MeasuredRow, ...] = ()

    def __str__(self) -> str:
        coded = "no codec" if self.bits_per_pixel is None else f"{self.bits_per_pixel:.2g} bits a pixel"
        return f"×{self.scale:.3g}, {coded}"


class Card(_Table):
    """What a model says of itself.

    Attributes:
        scale: displayed size over received size that it was trained for; of a bank that of its first expert, as is
            whatever else is said of one training and one architecture.
        margin: how far in pixels an output pixel sees, of a bank with its furthest-sighted expert; tiles overlap by it.
        precision: ``f32``, of a file with float32 ends N×1×H×W; ``int8``, of one whose ends are unshuffled code values
            (`acutance.runtime.backends.int8`).
        mac_per_pixel: multiply-accumulates per displayed pixel.
        weights_sha256: of the folded kernels and biases, in order, float32 little-endian; of an int8 file, of the
            kernels as they are after rounding, the biases, and the steps of the activations; of a bank, of its experts'
            hashes, in order, one a line.
        conditions: of a bank, what each of its experts is for, in order; empty of a plain student.
        measured: rows written by the benchmark, one a set and degradation.
    """

    version: Literal[1] = CARD_VERSION
    name: str
    degradation: str
    scale: float = Field(ge=1, le=16)
    architecture: Architecture
    margin: int = Field(ge=0, le=256)
    precision: Literal["f32", "int8"] = "f32"
    parameters: int = Field(ge=1)
    mac_per_pixel: float = Field(gt=0)
    weights_sha256: str
    licence: str
    training: Training
    conditions: tuple[Condition, ...] = ()
    measured: tuple[MeasuredRow, ...] = ()

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """What its networks are built like, each once, the first one's first."""
        others = (condition.architecture for condition in self.conditions)
        return tuple(dict.fromkeys([self.architecture, *(other for other in others if other is not None)]))

    @model_validator(mode="after")
    def _experts_differ(self) -> "Card":
        told = [(condition.scale, condition.bits_per_pixel) for condition in self.conditions]
        if len(set(told)) < len(told):
            raise ValueError("conditions: two experts are for the same")
        if told and told[0][0] != self.scale:
            raise ValueError(f"conditions: the first is for {told[0][0]:g}, expected the card's scale {self.scale:g}")
        return self


def parse_card(text: str | None, where: str) -> Card:
    """Return the card of a model.

    Args:
        text: the JSON, None where the file has none.
        where: the model's file, for messages.

    Raises:
        CardError: there is no card, it is of a newer version, or it does not fit.
    """
    if text is None:
        raise CardError(f"{where}: has no card; make Acutance models by 'acutance export'")
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "card"
        if key == "version":
            raise CardError(
                f"{where}: has a card of version {first['input']!r}, expected {CARD_VERSION}; update acutance"
            ) from error
        raise CardError(f"{where}: its card does not fit ({key}: {first['msg']})") from error
