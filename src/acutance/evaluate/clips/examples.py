"""The clips that a report shows, made again: rows keep figures only."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import CallDegradation, PlanarFrame
from acutance.evaluate.clips.cells import sent_as
from acutance.evaluate.clips.clean import CleanClips
from acutance.evaluate.clips.measuring import Sent
from acutance.evaluate.methods import open_methods
from acutance.evaluate.plan import Plan
from acutance.evaluate.report import ClipExample
from acutance.evaluate.report.images import most_different
from acutance.evaluate.rows import BICUBIC, ClipRow

_FRAMES = 30
_SIDE = 320  # pixels of the square that is shown


def make_clip_examples(plan: Plan, rows: Sequence[ClipRow], model: str) -> Iterator[ClipExample]:
    """Yield, for each sent size, the clip and call on which a model gains most luma PSNR, and those on which least.

    Args:
        plan: what the rows were measured by.
        rows: the plan's.
        model: the one that sharpens; sizes that it has no row of are passed over.

    Raises:
        ClipError: a clip cannot be read any more.
        PictureError: a picture cannot be read any more.
        ModelError: the model does not open.
    """
    displayed = {(row.picture, row.degradation): row.psnr for row in rows if row.model == BICUBIC}
    gains: dict[str, list[tuple[float, str, str]]] = {}
    for row in rows:
        key = row.picture, row.degradation
        if row.model == model and key in displayed:
            gains.setdefault(sent_as(row.degradation), []).append((row.psnr - displayed[key], *key))
    if not gains:
        return
    methods = (
        method
        for name, source in plan.methods.items()
        for method in open_methods(name, source, os.cpu_count() or 1, plan.told)
    )
    method = next(method for method in methods if method.name == model)
    subjects = {subject.name: subject for subject in plan.subjects}
    calls = {call.name: call for call in plan.degradations if isinstance(call, CallDegradation)}
    clips = CleanClips(1)
    for ranked in map(sorted, gains.values()):
        for _, clip, degradation in dict.fromkeys((ranked[-1], ranked[0])):
            sent = Sent(clips.load(subjects[clip]), calls[degradation])
            shown = sent.shown_by(method)
            yield ClipExample(clip, degradation, model, _versions(sent, shown))


def _versions(sent: Sent, shown: Sequence[NDArray[np.uint8]]) -> dict[str, list[NDArray[np.uint8]]]:
    """Return frames from the middle of a clip, cut to where displayed and clean differ most."""
    start = max(0, (len(shown) - _FRAMES) // 2)
    frames = list(zip(sent.frames, shown, strict=True))[start : start + _FRAMES]
    middle = frames[len(frames) // 2][0]
    window = most_different(middle.displayed.rgb(), middle.clean.rgb(), _SIDE)
    return {
        "displayed": [window.cut(frame.displayed.rgb()) for frame, _ in frames],
        "sharpened": [window.cut(_with_luma(frame.displayed, luma).rgb()) for frame, luma in frames],
        "clean": [window.cut(frame.clean.rgb()) for frame, _ in frames],
    }


def _with_luma(frame: PlanarFrame, luma: NDArray[np.uint8]) -> PlanarFrame:
    samples = frame.samples.copy()
    samples[: len(luma)] = luma
    return PlanarFrame(samples)
