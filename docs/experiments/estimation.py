"""How far was a frame enlarged, how hard was it coded? Trains the estimate's network, and measures it.

    python docs/experiments/estimation.py docs/experiments/estimation.json TRAINING MEASURED EVIDENCE

Pictures of the folder TRAINING train it, those of MEASURED are measured. EVIDENCE keeps what was seen in each, so that
an interrupted run goes on. Writes the network into the package, the figures, and a page beside them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from estimation_frames import MEASURED_LATER, Shown, drawn, measured, read, studio
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from acutance.data import open_set
from acutance.estimate import estimate, judgement
from acutance.estimate.evidence import evidence

WEIGHTS = Path(judgement.__file__).with_name("weights.npz")
GRID = np.concatenate([[1.0], np.geomspace(1.1, 4.6, 32)])
SMALLEST = 1.02
BLUR = 0.045  # of the scales that are learned, in their logarithm

HIDDEN = 64
EPOCHS = 80
BATCH = 128
RATE = 4e-3
WEIGHT_DECAY = 1e-2
JITTER = 0.3  # of the normalised evidence
DROPPED = 0.3
FULL_SIZE_WEIGHT = 2.0  # a frame that is taken for an enlarged one and is not does the most harm
CODED_WEIGHT, BITS_WEIGHT = 0.5, 0.2

OVER, NEAR = 1.2, 0.15
TIMED = 40


@dataclass(frozen=True)
class Seen:
    """The evidence of frames, N×EVIDENCE, and the truth about each."""

    evidence: NDArray[np.float32]
    scale: NDArray[np.float64]
    bits: NDArray[np.float64]
    kind: NDArray[np.str_]
    category: NDArray[np.str_]


def look(folder: Path, made: Callable[[NDArray[np.uint8], int], Iterator[Shown]], kept: Path) -> Seen:
    """Return the evidence of all frames that are made of a folder's pictures."""
    kept.mkdir(parents=True, exist_ok=True)
    parts = []
    for number, picture in enumerate(open_set(folder).pictures):
        file = kept / f"{picture.sha256[:16]}.npz"
        if not file.exists():
            frames = [
                (seen, shown)
                for shown in made(read(picture.path), number)
                if (seen := evidence(shown.luma)) is not None
            ]
            partial = file.with_suffix(".partial.npz")
            np.savez(
                partial,
                evidence=np.array([seen for seen, _ in frames]),
                scale=np.array([shown.scale for _, shown in frames]),
                bits=np.array([shown.bits_per_pixel for _, shown in frames]),
                kind=np.array([shown.kind for _, shown in frames]),
                category=np.array([picture.category for _ in frames]),
            )
            partial.rename(file)
        with np.load(file) as arrays:
            parts.append({name: arrays[name] for name in arrays.files})
    return Seen(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def targets(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return N×len(GRID) probabilities: of the scales near each, of 1 for what is not enlarged."""
    near = np.exp(-0.5 * ((np.log(scale)[:, None] - np.log(GRID)) / BLUR) ** 2)
    enlarged = scale > SMALLEST
    near[enlarged, 0] = 0
    near[~enlarged, 1:] = 0
    return near / near.sum(axis=1, keepdims=True)


def train(seen: Seen) -> dict[str, NDArray[np.float32]]:
    """Return the trained network's arrays, the evidence's normalisation folded in."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    mean, deviation = seen.evidence.mean(axis=0), seen.evidence.std(axis=0) + 1e-3
    given = torch.tensor((seen.evidence - mean) / deviation)
    scales, bits = (torch.tensor(values, dtype=torch.float32) for values in (targets(seen.scale), seen.bits))
    coded = (bits > 0).float()
    weight = torch.where(torch.tensor(seen.scale) <= SMALLEST, FULL_SIZE_WEIGHT, 1.0)
    first, last = nn.Linear(given.shape[1], HIDDEN), nn.Linear(HIDDEN, len(GRID) + 2)
    middle = nn.Linear(HIDDEN, HIDDEN)
    network = nn.Sequential(first, nn.ReLU(), nn.Dropout(DROPPED), middle, nn.ReLU(), last)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    steps = len(given) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(given))[: steps * BATCH].split(BATCH):
            answers = network(given[batch] + JITTER * torch.randn(BATCH, given.shape[1]))
            wrong = -(scales[batch] * answers[:, :-2].log_softmax(dim=1)).sum(dim=1)
            loss = (weight[batch] * wrong).mean()
            loss = loss + CODED_WEIGHT * binary_cross_entropy_with_logits(answers[:, -2], coded[batch])
            shows = coded[batch] > 0
            loss = loss + BITS_WEIGHT * mse_loss(answers[shows, -1], bits[batch][shows].log())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    arrays = {"scales": GRID.astype(np.float32)}
    for number, layer in enumerate((first, middle, last)):
        arrays[f"weight{number}"] = layer.weight.detach().numpy().T.copy()
        arrays[f"bias{number}"] = layer.bias.detach().numpy().copy()
    arrays["weight0"] /= deviation[:, None]
    arrays["bias0"] -= mean @ arrays["weight0"]
    return arrays


def measure(seen: Seen) -> dict[str, dict[str, float]]:
    """Return, by kind of frame, the shares in % of estimates that are right and wrong, as the package judges."""
    found = [judgement.judge(line) for line in seen.evidence]
    ratio = np.array([one.scale for one in found]) / seen.scale
    sure = np.array([one.is_sure for one in found])
    bits = np.array([one.bits_per_pixel or 0.0 for one in found])

    def figures(which: NDArray[np.bool_]) -> dict[str, float]:
        shares = {
            "within 15 %": np.abs(ratio - 1) <= NEAR,
            "over by 20 %": ratio > OVER,
            "under by 15 %": ratio < 1 - NEAR,
            "sure": sure,
            "seen as coded": bits > 0,
        }
        row = {name: round(100 * float(np.mean(share[which])), 1) for name, share in shares.items()}
        both = which & (bits > 0) & (seen.bits > 0)
        doublings = float(np.median(np.log2(bits[both] / seen.bits[both]))) if both.any() else 0.0
        return {"frames": int(which.sum())} | row | {"bits, doublings off": round(doublings, 2)}

    coded = seen.bits > 0
    rows = {"all without codec": figures(~coded), "all coded": figures(coded)}
    rows |= {kind: figures(seen.kind == kind) for kind in dict.fromkeys(seen.kind[~coded].tolist())}
    clean = seen.kind == "clean"
    rows |= {f"clean, {name}": figures(clean & (seen.category == name)) for name in sorted(set(seen.category.tolist()))}
    return rows | {kind: figures(seen.kind == kind) for kind in sorted(set(seen.kind[coded].tolist()))}


def milliseconds(folder: Path) -> float:
    """Return the processor time that the estimate of a 1080p plane takes, the least of many."""
    pixels = studio(read(open_set(folder).pictures[0].path))
    plane = np.pad(
        pixels, [(0, max(0, side - length)) for side, length in zip((1080, 1920), pixels.shape, strict=True)], "wrap"
    )
    plane = np.ascontiguousarray(plane[:1080, :1920])
    times = []
    for _ in range(TIMED):
        begun = process_time()
        estimate(plane)
        times.append(process_time() - begun)
    return round(1000 * min(times), 2)


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    rows = record["frames"]
    columns = list(next(iter(rows.values())))
    lines = [
        "# Estimating scale and coding",
        "",
        "What `acutance.estimate` sees in pictures that it was not trained on: shares in % of frames whose estimated "
        "scale is right within 15 %, too large by more than 20 %, too small by more than 15 %; how many it is sure of; "
        "how many it takes for coded, and by how many doublings the bits a pixel are then off (median). ×S are those "
        "enlarged by S, a = -0.5 by our resizing, a = -0.6 by swscale; those with bits a pixel came through a call "
        f"(x264, VP8 or VP9, drawn) and are its frame {record['call_frame']}. A 1080p plane takes "
        f"{record['milliseconds_1080p']} ms of one core's time. {record['training_frames']} frames of "
        f"{record['training_pictures']} pictures trained it. Made by `docs/experiments/estimation.py`.",
        "",
        f"| | {' | '.join(columns)} |",
        "|---|" + "--:|" * len(columns),
    ]
    lines += [f"| {name} | {' | '.join(f'{value:g}' for value in row.values())} |" for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Look, train, measure."""
    target, training, held_out, kept = map(Path, sys.argv[1:])
    seen = look(training, drawn, kept / "training")
    np.savez_compressed(WEIGHTS, **train(seen))
    record = {
        "training_frames": len(seen.scale),
        "training_pictures": len(open_set(training).pictures),
        "call_frame": MEASURED_LATER,
        "milliseconds_1080p": milliseconds(held_out),
        "frames": measure(look(held_out, measured, kept / "measured")),
    }
    target.write_text(json.dumps(record, indent=1) + "\n")
    target.with_suffix(".md").write_text(page(record))
    print(page(record))


if __name__ == "__main__":
    main()
