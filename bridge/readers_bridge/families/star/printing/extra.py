"""The libraries of the optional extra ``receipts``, imported when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from readers_bridge.errors import CommandError
from readers_bridge.model import Status

REMEDY = "install it with: pip install 'readers-bridge[receipts]'"


def library(module: str, project: str, purpose: str) -> Any:
    """A module of an optional library.

    Args:
        module: Its import name, such as ``PIL.Image``.
        project: The name that people know it by.
        purpose: What it is needed for, in words that fit behind "is needed".

    Raises:
        CommandError: ``refused``, not_installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CommandError(
            f"{project} is needed {purpose}; {REMEDY} ({error})", status=Status.REFUSED, code="not_installed"
        ) from error
