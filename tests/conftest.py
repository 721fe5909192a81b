"""What holds for every test."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from chainrule.compiler.targets.verify_step import proved_step
from chainrule.runtime import trainer
from chainrule.views import generated

# Timings depend on the machine; a run of the continuous integration must say the same twice.
settings.register_profile("chainrule", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("chainrule")


@pytest.fixture(autouse=True, scope="session")
def proved_steps() -> Iterator[None]:
    """Every step that a test takes is proved not to write over what it still reads."""

    with pytest.MonkeyPatch.context() as patch:
        for module in (trainer, generated):
            patch.setattr(module, "step_source", proved_step)
        yield


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on a user's own data folder, caches, colours or terminal width."""
    for name in ("CHAINRULE_DATA", "FORCE_COLOR", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHAINRULE_CACHE", "")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
