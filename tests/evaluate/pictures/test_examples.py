"""The pictures of a report."""

from pathlib import Path

import numpy as np

from acutance.data import open_set
from acutance.degrade import parse_degradation
from acutance.evaluate.methods import method_names
from acutance.evaluate.pictures.examples import make_examples
from acutance.evaluate.plan import Plan
from acutance.evaluate.run import evaluate
from acutance.metrics import fidelity


def test_examples_are_the_pictures_that_were_measured(pictures: Path, tmp_path: Path) -> None:
    plan = Plan(open_set(pictures), [parse_degradation("bicubic-x2")], method_names([]))
    rows = evaluate(plan, tmp_path / "rows.jsonl").rows
    examples = list(make_examples(plan, rows, "unsharp"))
    assert [(example.category, example.kind) for example in examples] == [
        (category, kind) for category in ("games", "people", "text") for kind in ("best", "median", "worst")
    ]
    for example in examples:
        assert list(example.versions) == ["displayed", "sharpened", "clean"]
        clean, sharpened = example.versions["clean"], example.versions["sharpened"]
        assert round(fidelity(clean, sharpened, 2).psnr, 4) == example.sharpened_psnr
        assert not np.array_equal(sharpened, example.versions["displayed"])
