from __future__ import annotations

from pathlib import Path

import pytest

from tests.bridge.baltech.script_files import EXAMPLE, script


@pytest.fixture
def example(tmp_path: Path) -> str:
    return script(tmp_path, EXAMPLE, "door, with blanks.script")
