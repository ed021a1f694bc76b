"""Mutated clips in a process of their own: none crashes it, hangs, or fills the memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MEBIBYTES = 300


@pytest.mark.parametrize("seed", [0, 1])
def test_mutated_clips(seed: int) -> None:
    script = Path(__file__).with_name("fuzz_clips.py")
    done = subprocess.run(
        [sys.executable, script, "50", str(seed)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert outcome["slowest"] < 10
    assert (outcome["mebibytes"] or 0) < MOST_MEBIBYTES
    assert outcome["refused"] > 5
    assert outcome["damaged"] > 0
