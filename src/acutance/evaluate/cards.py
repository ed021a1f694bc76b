"""Measured rows into a model's own card."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from acutance.degrade import CallDegradation
from acutance.evaluate.clips.cells import CellSummary
from acutance.evaluate.clips.measuring import ffmpeg_name
from acutance.evaluate.degradations import parse_degradations
from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.summary import Summary
from acutance.runtime.bank import UNCODED, Told, choose
from acutance.runtime.cards import CARD_KEY, Card, MeasuredRow
from acutance.runtime.models import read_card


class CardUpdateError(ValueError):
    """A card that cannot be written."""


def update_card(path: Path, summaries: Sequence[Summary], groups: Sequence[CellSummary] = ()) -> Card:
    """Write what was measured of a model into its file, whole or not at all; the weights stay as they are.

    A row of the same set and degradation is replaced. Of a bank what its experts did that were told of the stream is
    written to their conditions; what was passed through belongs to none.

    Args:
        path: the ONNX file.
        summaries: of pictures; those that have the model's weights are written.
        groups: of clips, likewise.

    Returns:
        The new card.

    Raises:
        ModelError: the file cannot be read.
        CardError: it has no card that this version reads.
        CardUpdateError: nothing was measured of these weights, the onnx package is missing, or the disk refuses.
    """
    try:
        import onnx
    except ImportError as error:
        raise CardUpdateError(f"{path}: writing a card needs the onnx package: pip install 'acutance[lab]'") from error
    card = read_card(path)
    rows = [*_of_pictures(summaries, card.weights_sha256), *_of_clips(groups, card.weights_sha256)]
    if not rows:
        raise CardUpdateError(f"{path}: nothing was measured of its weights; name it among --models")
    card = _with_rows(card, rows)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part.onnx")
    try:
        model = onnx.load(path)
        kept = {entry.key: entry.value for entry in model.metadata_props}
        onnx.helper.set_model_props(model, kept | {CARD_KEY: card.model_dump_json()})
        temporary.write_bytes(model.SerializeToString())
        temporary.replace(path)
    except OSError as error:
        raise CardUpdateError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return card


def _with_rows(card: Card, rows: Sequence[tuple[MeasuredRow, Told | None]]) -> Card:
    """Return a card with rows added, each in a bank's card to the condition whose expert sharpens such streams."""
    if not card.conditions:
        return card.model_copy(update={"measured": _merged(card.measured, [row for row, _ in rows])})
    own: dict[int | None, list[MeasuredRow]] = {}
    for row, told in rows:
        own.setdefault(None if told is None else choose(card.conditions, told).expert, []).append(row)
    conditions = (
        condition.model_copy(update={"measured": _merged(condition.measured, own.get(number, []))})
        for number, condition in enumerate(card.conditions)
    )
    return card.model_copy(update={"conditions": tuple(conditions)})


def _merged(old: Sequence[MeasuredRow], new: Sequence[MeasuredRow]) -> tuple[MeasuredRow, ...]:
    return tuple({(row.data, row.degradation): row for row in (*old, *new)}.values())


def _of_pictures(summaries: Sequence[Summary], weights_sha256: str) -> Iterator[tuple[MeasuredRow, Told | None]]:
    """Yield the rows of a model's weights, each with what is known of such streams, None where they are passed over."""
    for summary in summaries:
        by_weights = {model.model_sha256: model.overall.figures for model in summary.models if model.told != "auto"}
        if weights_sha256 not in by_weights:
            continue
        ours = by_weights[weights_sha256]
        bicubic = next(model for model in summary.models if model.model == BICUBIC).overall.figures
        row = MeasuredRow(
            data=summary.data,
            data_sha256=summary.data_sha256,
            degradation=summary.degradation,
            pictures=summary.pictures,
            psnr=round(ours["psnr"].mean, 4),
            ssim=round(ours["ssim"].mean, 6),
            bicubic_psnr=round(bicubic["psnr"].mean, 4),
            bicubic_ssim=round(bicubic["ssim"].mean, 6),
        )
        yield row, _told(summary.degradation, None)


def _of_clips(groups: Sequence[CellSummary], weights_sha256: str) -> Iterator[tuple[MeasuredRow, Told | None]]:
    """Yield the same of clips, a row a call: means over its cells."""
    for group in groups:
        model = next((name for name in group.means if group.hashes.get(name) == weights_sha256), None)
        if model is None:
            continue
        for degradation in dict.fromkeys(cell.degradation for cell in group.cells):
            cells = [cell for cell in group.cells if cell.degradation == degradation]
            psnr, ssim = fmean(cell.psnr for cell in cells), fmean(cell.ssim for cell in cells)
            row = MeasuredRow(
                data=group.data,
                data_sha256=group.data_sha256,
                degradation=degradation,
                pictures=sum(cell.clips for cell in cells),
                psnr=round(psnr + fmean(cell.changes[model].psnr_gain for cell in cells), 4),
                ssim=round(ssim + fmean(cell.changes[model].ssim_gain for cell in cells), 6),
                bicubic_psnr=round(psnr, 4),
                bicubic_ssim=round(ssim, 6),
            )
            yield row, _told(degradation, fmean(cell.bits_per_pixel for cell in cells))


def _told(degradation: str, bits_per_pixel: float | None) -> Told | None:
    """Return what is known of streams under a degradation; None where its name leaves the scale open."""
    (parsed,) = parse_degradations(degradation)
    if not isinstance(parsed, CallDegradation):
        return Told(float(parsed.scale), UNCODED)
    if isinstance(parsed.sent, int):
        return None
    return Told(float(parsed.sent), ffmpeg_name(parsed.codec), bits_per_pixel)
