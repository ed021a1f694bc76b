"""What to measure: a set, under degradations, by methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from acutance.data import ClipFile, ClipSet, PictureFile, PictureSet
from acutance.degrade import CallDegradation, DegradationError
from acutance.evaluate.degradations import AnyDegradation
from acutance.evaluate.rows import Told

_PACKAGES = ("acutance", "av", "numpy", "openvino", "pillow", "scikit-image", "scipy")

Subject = PictureFile | ClipFile


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        data: the set. Under a call a picture is a clip: a camera moves over it.
        degradations: each picture or clip is shown under each of them; clips under calls.
        methods: what to open by the name of its rows, see `methods.method_names`.
        characters: whether to read text of pictures too.
        warping: whether to measure the warping error of clips too.
        told: in which ways models with several conditions are told of the stream; each is a method of its own.
    """

    data: PictureSet | ClipSet
    degradations: Sequence[AnyDegradation]
    methods: Mapping[str, str]
    characters: bool = False
    warping: bool = False
    told: Sequence[Told] = ("known",)

    def __post_init__(self) -> None:
        if isinstance(self.data, ClipSet):
            for degradation in self.degradations:
                if not isinstance(degradation, CallDegradation):
                    raise DegradationError(
                        f"degradation: got {degradation.name!r} for clips, expected calls, such as call-x2-vp8-0.1bpp"
                    )

    @property
    def subjects(self) -> Sequence[Subject]:
        """The set's pictures or clips."""
        return self.data.clips if isinstance(self.data, ClipSet) else self.data.pictures

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that the figures depend on."""
        return {name: version(name) for name in (*_PACKAGES, *(("rapidocr",) if self.characters else ()))}
