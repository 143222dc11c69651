"""``vol``, which checks values: Home Assistant puts probatio in the place of voluptuous from 2026.9 on, under both names."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import probatio as vol
else:
    import voluptuous as vol

__all__ = ["vol"]
