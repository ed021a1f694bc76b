"""A short run of the fuzzer beside; a long one is ``python tests/pictures/fuzz_pictures.py 2000 1``."""

import json
import subprocess
import sys
from pathlib import Path


def test_mutated_pictures_crash_nothing() -> None:
    fuzzer = Path(__file__).with_name("fuzz_pictures.py")
    result = subprocess.run(
        [sys.executable, "-W", "error", str(fuzzer), "150", "1"], capture_output=True, text=True, timeout=120
    )
    assert (result.returncode, result.stderr) == (0, "")
    outcome = json.loads(result.stdout)
    assert min(outcome["refused"], outcome["sharpened"]) > 10  # both roads were gone
    assert (outcome["mebibytes"] or 0) < 400
