from __future__ import annotations

import pytest

from readers_bridge.families.star import (
    discovery,
    driver,
    etb_count,
    jobs,
    management_client,
    print_session,
    status_poll,
)


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated printer on this machine needs no time to answer."""
    for module in (management_client, print_session, status_poll):
        monkeypatch.setattr(module, "SETTLE", 0.01)
    monkeypatch.setattr(status_poll, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(discovery, "REFRESH_TIME", 0.3)
    monkeypatch.setattr(driver, "AFTER_A_MISS", 0.1)
    monkeypatch.setattr(driver, "BACK_PAUSES", (0.1,))
    monkeypatch.setattr(jobs, "STATUS_TIME", 0.25)
    monkeypatch.setattr(jobs, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(print_session, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(print_session, "DISCARD_TIME", 2.0)
    monkeypatch.setattr(print_session, "ECHO_TIME", 0.05)
    monkeypatch.setattr(etb_count, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(jobs, "KICK_EVERY", 0.3)
    monkeypatch.setattr(jobs, "SECONDS_OF_A_LINE", 0.1)
