from __future__ import annotations

from pathlib import Path

import pytest

from readers_bridge import config_devices
from readers_bridge.config import Config, load
from readers_bridge.errors import ConfigError
from tests.bridge.config.entries import FAMILIES, Load, Problems


@pytest.fixture(autouse=True)
def _all_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_devices, "families", lambda: FAMILIES)


@pytest.fixture(autouse=True)
def _no_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_text(text: str) -> Config:
        file = tmp_path / "config.yaml"
        file.write_text(text)
        return load(file)

    return load_text


@pytest.fixture
def problems(loaded: Load) -> Problems:
    def problems_of(text: str) -> list[str]:
        with pytest.raises(ConfigError) as error:
            loaded(text)
        return list(error.value.problems)

    return problems_of
