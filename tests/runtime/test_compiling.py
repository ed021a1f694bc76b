"""`runtime.compiling`: sizes, threads, and the cache of compiled models."""

import locale
import os
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from acutance import Sharpener
from acutance.runtime.backends import compiling
from acutance.runtime.backends.compiling import CompiledSizes, multiplies_int8, read_model
from acutance.runtime.models import shipped_models


def _compiled(path: Path, threads: int | None = None, side: int = 16) -> ov.CompiledModel:
    sizes: CompiledSizes[ov.InferRequest] = CompiledSizes("CPU", "f32", threads)
    model = read_model(path)
    model.reshape([1, 1, side, side])
    return sizes.get(((side, side), None), lambda: model, lambda request: request).get_compiled_model()


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_are_capped(model_file: Path, threads: int) -> None:
    assert _compiled(model_file, threads).get_property("INFERENCE_NUM_THREADS") == min(threads, os.cpu_count() or 1)


def test_a_model_is_compiled_once_for_all_runs(model_file: Path) -> None:
    first, second = (_compiled(model_file).get_property("LOADED_FROM_CACHE") for _ in range(2))
    assert (first, second) == (False, True)


@pytest.mark.parametrize("content", [b"", b"not a model", os.urandom(10_000)])
def test_a_broken_cache_is_no_error(model_file: Path, cache: Path, content: bytes) -> None:
    plane = np.random.default_rng(0).integers(16, 236, (16, 16), dtype=np.uint8)
    expected = Sharpener.load(model_file).luma(plane)
    (entry,) = cache.iterdir()
    entry.write_bytes(content)
    np.testing.assert_array_equal(Sharpener.load(model_file).luma(plane), expected)


def test_a_cache_that_cannot_be_made_is_no_error(model_file: Path, cache: Path) -> None:
    cache.parent.parent.mkdir()
    cache.parent.write_text("in the way")
    assert not _compiled(model_file).get_property("LOADED_FROM_CACHE")


def test_the_cache_keeps_the_last(model_file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_CACHED_MODELS", 2)
    for side in (16, 32, 48, 64):
        _compiled(model_file, side=side)
    assert len(list(cache.iterdir())) == 3  # the one that came last, and the two that were left before
    assert _compiled(model_file, side=64).get_property("LOADED_FROM_CACHE")


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64", reason="reads Linux's /proc/cpuinfo"
)
def test_exact_int8_is_vnni() -> None:
    flags = set(Path("/proc/cpuinfo").read_text().split())
    assert multiplies_int8("CPU") == bool(flags & {"avx512_vnni", "avx_vnni", "amx_int8"})


def test_a_device_that_is_not_there_does_not_multiply() -> None:
    assert not multiplies_int8("NPU")


def test_opening_models_in_many_threads_leaves_the_locale_alone() -> None:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        with ThreadPoolExecutor(6) as pool:
            list(
                pool.map(lambda name: Sharpener.load(name).luma(np.zeros((64, 64), np.uint8)), [*shipped_models()] * 4)
            )
        assert locale.setlocale(locale.LC_CTYPE) == "C.UTF-8"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
