"""Lets the tests' plugin made for Home Assistant 2026.10 run against 2026.11; without effect on any other pair.

Loaded with ``-p`` (``pytest.ini``), which comes before the plugin's own entry point. To be removed with the first release of the
plugin for 2026.11.
"""

from __future__ import annotations

from importlib.metadata import version

if version("homeassistant").startswith("2026.11.") and version("pytest-homeassistant-custom-component") == "0.13.375":
    # homeassistant puts other modules in the place of httpx and voluptuous, and wants to be first; the plugin imports them itself
    import homeassistant  # noqa: F401, I001

    # in the plugin's own order, which has to come before all further imports of homeassistant
    from pytest_homeassistant_custom_component import patch_json, patch_recorder, patch_time  # noqa: F401

    from homeassistant.components import logger
    from homeassistant.components.logger import helpers

    # where the plugin looks for it
    setattr(logger, "_clear_logger_overwrites", helpers._clear_logger_overwrites)  # noqa: B010
