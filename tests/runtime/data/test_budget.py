"""The budget of memory."""

import pytest

from chainrule.grammar.spec_error import SettingError
from chainrule.runtime.data import budget


def test_sizes_as_people_read_them() -> None:
    assert budget.size_text(0) == "0 bytes"
    assert budget.size_text(1023) == "1023 bytes"
    assert budget.size_text(1024) == "1 KiB"
    assert budget.size_text(7 << 40) == "7 TiB"
    assert budget.size_text(3 << 69).endswith(" EiB")
    assert budget.size_text(10**4000) == "more than 1,048,576 EiB"


@pytest.mark.parametrize(("text", "mebibytes"), [("", 4096), ("10", 10), (" 0 ", 0), ("999999999999", 999999999999)])
def test_the_environment_raises_the_limit(monkeypatch: pytest.MonkeyPatch, text: str, mebibytes: int) -> None:
    monkeypatch.setenv(budget.LIMIT_VARIABLE, text)
    assert budget.limit() == mebibytes << 20


@pytest.mark.parametrize("text", ["-1", "much", "٣", "4GB", "1e3", "9" * 5000])
def test_what_is_no_amount(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(budget.MEMORY_VARIABLE, text)
    with pytest.raises(SettingError, match="no whole number"):
        budget.memory()


def test_ratios() -> None:
    assert not budget.suspicious(10, 64 << 20)
    assert budget.suspicious(10, (64 << 20) + 1)
    assert not budget.suspicious(1 << 20, 200 << 20)
    assert budget.suspicious(1 << 20, (200 << 20) + 1)
