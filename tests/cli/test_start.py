"""What every start of the command costs, and what it must not load."""

import os
import resource
import subprocess
import sys
from pathlib import Path


def _python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )


def test_the_call_half_never_loads_torch() -> None:
    done = _python("import acutance, acutance.cli, sys; assert 'torch' not in sys.modules")
    assert (done.returncode, done.stderr) == (0, "")


def test_sharpening_works_where_torch_is_absent(model_file: Path, tmp_path: Path) -> None:
    from acutance.demo.portrait import portrait

    (tmp_path / "torch.py").write_text("raise ImportError('torch is absent')")
    words = ["sharpen", str(portrait()), str(tmp_path / "out.png"), "--model", str(model_file), "--scale", "2"]
    done = _python(
        f"import sys; sys.argv[1:] = {words!r}; from acutance.cli import main; main()", PYTHONPATH=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.png").exists()


def test_help_loads_nothing_heavy() -> None:
    heavy = ("numpy", "openvino", "av", "PIL", "pydantic", "skimage", "torch", "rich.progress")
    code = f"import acutance.cli, sys; print([name for name in {heavy} if name in sys.modules])"
    assert _python(code).stdout.strip() == "[]"


def test_help_answers_at_once() -> None:
    def processor_seconds() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = processor_seconds()  # and not by the clock, which runs on while a busy machine does something else
    assert _python("import sys; sys.argv[1:] = ['--help']; from acutance.cli import main; main()").returncode == 0
    assert processor_seconds() - before < 0.5
