from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from readers_bridge.transports import tcp_listener
from tests.bridge.transports.port import Port


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test runs on both event loops that the bridge may have."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    port = Port()
    yield port
    for listener in port.listeners:
        await listener.close()
    for reader in port.readers:
        reader.sock.close()
    assert not tcp_listener._endpoints, "the last one closes the port"
