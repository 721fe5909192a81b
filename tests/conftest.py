"""What holds for every test."""

import os

import pytest
from hypothesis import settings

# Timings depend on the machine; a run of the continuous integration must say the same twice.
settings.register_profile("chainrule", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("chainrule")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a user's own data folder, caches, colours or terminal width."""
    for name in ("CHAINRULE_DATA", "FORCE_COLOR", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHAINRULE_CACHE", "")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
