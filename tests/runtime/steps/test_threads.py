"""One thread for small products, as long as they take."""

import pytest

from chainrule.runtime.steps.blas import blas_threads
from chainrule.runtime.steps.threads import CHOSEN_BY_USER, SMALL, OneThread


@pytest.fixture
def _two(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOSEN_BY_USER:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_two")
@pytest.mark.parametrize(("operations", "taken"), [(SMALL, 1), (SMALL + 1, 2)])
def test_a_small_step_takes_one_thread_and_gives_the_others_back(operations: float, taken: int) -> None:
    pool = blas_threads()
    if pool is None:
        pytest.skip("numpy was built with another BLAS")
    before = pool.taken()
    pool.take(2)
    try:
        if pool.taken() != 2:
            pytest.skip("there is one thread")
        assert OneThread().run(operations, lambda: float(pool.taken())) == taken
        with pytest.raises(ZeroDivisionError):
            OneThread().run(operations, lambda: 1 / 0)
        assert pool.taken() == 2
    finally:
        pool.take(before)


def test_what_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOSEN_BY_USER[0], "2")
    pool = blas_threads()
    if pool is None:
        pytest.skip("numpy was built with another BLAS")
    before = pool.taken()
    assert OneThread().run(0.0, lambda: float(pool.taken())) == before
