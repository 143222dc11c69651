from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol

from readers_bridge.config_schema import SECTIONS, TLS, device_schema
from tests.bridge.config.entries import Load

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _all_families() -> None:
    """The examples are for the families that exist."""


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_documented_examples(example: str, loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text(
        "mqtt_password: geheim\nturnstile_key: 00112233445566778899aabbccddeeff\ntill_password: guest\n"
    )
    assert loaded(example)


@pytest.mark.parametrize(
    ("section", "schema"),
    [*SECTIONS.items(), ("devices", device_schema(None)), ("tls", TLS)],
)
def test_every_key_is_documented(section: str, schema: dict[Any, Any]) -> None:
    for key in {str(key) for key in schema if key is not vol.Extra}:
        assert f"| `{key}` |" in PAGE or f"{key}:" in PAGE, f"{section}.{key}"
