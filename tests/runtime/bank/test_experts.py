"""One expert after another: the next one is opened beside, and takes over when it is ready."""

import threading
import time
from collections.abc import Callable

import pytest

from acutance.runtime.backends.backend import Backend, ModelError
from acutance.runtime.backends.baselines import Identity
from acutance.runtime.bank.experts import FADE, Experts, Shares


class _Expert(Identity):
    def __init__(self, number: int) -> None:
        self.number = number


def _numbers(shares: Shares) -> list[tuple[float, int]]:
    return [(share, backend.number) for share, backend in shares if isinstance(backend, _Expert)]


def _nothing(backend: Backend) -> None:
    pass


@pytest.fixture
def experts() -> Experts:
    return Experts(_Expert, 0, _Expert(0))


def _until(
    experts: Experts,
    number: int | None,
    done: Callable[[Shares], bool],
    *,
    fades: bool,
    warm: Callable[[Backend], None] = _nothing,
) -> Shares:
    until = time.monotonic() + 30.0
    while time.monotonic() < until:
        shares = experts.next_frame(number, warm, fades=fades)
        if done(shares):
            return shares
        time.sleep(0.001)
    raise AssertionError("it never came")


def test_the_first_frame_waits_for_its_expert(experts: Experts) -> None:
    assert _numbers(experts.next_frame(3, _nothing, fades=True)) == [(1.0, 3)]


@pytest.mark.parametrize("fades", [False, True])
def test_no_later_frame_waits(fades: bool) -> None:
    may_open, opened = threading.Event(), []

    def open_slowly(number: int) -> Backend:
        may_open.wait()
        opened.append(number)
        return _Expert(number)

    experts = Experts(open_slowly, 0, _Expert(0))
    for _ in range(20):
        assert _numbers(experts.next_frame(0, _nothing, fades=fades)) == [(1.0, 0)]
        assert _numbers(experts.next_frame(1, _nothing, fades=fades)) == [(1.0, 0)]
    assert opened == []
    may_open.set()
    _until(experts, 1, lambda shares: _numbers(shares) == [(1.0, 1)], fades=fades)


def test_what_is_told_takes_over_at_once(experts: Experts) -> None:
    experts.next_frame(0, _nothing, fades=False)
    assert len(_until(experts, 1, lambda shares: _numbers(shares) != [(1.0, 0)], fades=False)) == 1


def test_what_is_seen_takes_over_little_by_little(experts: Experts) -> None:
    experts.next_frame(0, _nothing, fades=True)
    shares = _until(experts, 1, lambda shares: len(shares) == 2, fades=True)
    fading = [_numbers(shares)]
    while len(shares) == 2:
        fading.append(_numbers(shares := experts.next_frame(1, _nothing, fades=True)))
    assert [{number: share for share, number in each}[1] for each in fading] == pytest.approx(
        [frame / FADE for frame in range(1, FADE + 1)]
    )
    assert all(sum(share for share, _ in each) == pytest.approx(1.0) for each in fading)
    assert len(fading) == FADE


def test_from_and_to_nothing_one_alone_works(experts: Experts) -> None:
    experts.next_frame(0, _nothing, fades=True)
    shares = [_numbers(experts.next_frame(None, _nothing, fades=True)) for _ in range(FADE + 1)]
    assert [each[0][0] for each in shares[: FADE - 1]] == pytest.approx([1 - f / FADE for f in range(1, FADE)])
    assert shares[FADE - 1 :] == [[], []]


def test_who_is_not_wanted_any_more_does_not_come(experts: Experts) -> None:
    experts.next_frame(0, _nothing, fades=False)
    experts.next_frame(1, _nothing, fades=False)
    assert all(_numbers(experts.next_frame(0, _nothing, fades=False)) == [(1.0, 0)] for _ in range(50))


def test_an_expert_runs_once_before_it_works(experts: Experts) -> None:
    warmed: list[Backend] = []
    shares = _until(experts, 1, lambda shares: _numbers(shares) == [(1.0, 1)], fades=False, warm=warmed.append)
    assert warmed == []  # it was the first
    shares = _until(experts, 2, lambda shares: _numbers(shares) == [(1.0, 2)], fades=False, warm=warmed.append)
    assert warmed == [backend for _, backend in shares]


def test_another_stream_begins_with_its_own(experts: Experts) -> None:
    experts.next_frame(0, _nothing, fades=True)
    experts.next_frame(None, _nothing, fades=True)
    experts.restart()
    assert _numbers(experts.next_frame(2, _nothing, fades=True)) == [(1.0, 2)]


def test_one_that_does_not_open_is_an_error_and_the_next_one_comes() -> None:
    def open_some(number: int) -> Backend:
        if number == 1:
            raise ModelError("broken")
        return _Expert(number)

    experts = Experts(open_some, 0, _Expert(0))
    experts.next_frame(0, _nothing, fades=False)
    with pytest.raises(ModelError, match="broken"):
        _until(experts, 1, lambda shares: False, fades=False)
    _until(experts, 2, lambda shares: _numbers(shares) == [(1.0, 2)], fades=False)
