"""A run of the benchmark over everything, as small as it can be."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from acutance.bench import Plan, Results, bench

NewPlan = Callable[..., Plan]


@pytest.fixture(scope="session")
def new_plan(model_file: Path) -> NewPlan:
    """Make a plan for tiny frames; fields may be given."""
    plan = Plan(
        models=(str(model_file),),
        shapes=(),
        sizes=((64, 48), (96, 64)),
        device="cpu",
        precisions=("f32",),
        threads=1,
        frames=3,
        seconds=60.0,
        clip_seconds=0.0,
        limit=False,
    )
    return partial(replace, plan)


@pytest.fixture(scope="session")
def results(new_plan: NewPlan, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What a run of it finds, clips included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return bench(new_plan(clip_seconds=0.2))
