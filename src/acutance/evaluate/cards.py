"""Measured rows into a model's own card."""

import os
from collections.abc import Sequence
from pathlib import Path

from acutance.evaluate.rows import BICUBIC
from acutance.evaluate.summary import Summary
from acutance.runtime.cards import CARD_KEY, Card, MeasuredRow
from acutance.runtime.models import read_card


class CardUpdateError(ValueError):
    """A card that cannot be written."""


def update_card(path: Path, summaries: Sequence[Summary]) -> Card:
    """Write what was measured of a model into its file, whole or not at all; the weights stay as they are.

    A row of the same set and degradation is replaced.

    Args:
        path: the ONNX file.
        summaries: those that have the model's weights are written.

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
    measured = {(row.data, row.degradation): row for row in card.measured}
    new = {(row.data, row.degradation): row for row in _measured_rows(summaries, card.weights_sha256)}
    if not new:
        raise CardUpdateError(f"{path}: nothing was measured of its weights; name it among --models")
    card = card.model_copy(update={"measured": tuple((measured | new).values())})
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


def _measured_rows(summaries: Sequence[Summary], weights_sha256: str) -> list[MeasuredRow]:
    rows = []
    for summary in summaries:
        by_weights = {model.model_sha256: model.overall.figures for model in summary.models}
        if weights_sha256 not in by_weights:
            continue
        ours = by_weights[weights_sha256]
        bicubic = next(model for model in summary.models if model.model == BICUBIC).overall.figures
        rows.append(
            MeasuredRow(
                data=summary.data,
                data_sha256=summary.data_sha256,
                degradation=summary.degradation,
                pictures=summary.pictures,
                psnr=round(ours["psnr"].mean, 4),
                ssim=round(ours["ssim"].mean, 6),
                bicubic_psnr=round(bicubic["psnr"].mean, 4),
                bicubic_ssim=round(bicubic["ssim"].mean, 6),
            )
        )
    return rows
