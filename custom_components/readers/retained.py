"""Ask the broker for one retained message."""

import asyncio

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant, callback


async def async_retained(hass: HomeAssistant, topic: str, seconds: float) -> str | None:
    """The message on a topic, or None when none came in time.

    Raises:
        HomeAssistantError: MQTT is not set up.
    """
    heard: asyncio.Future[str] = hass.loop.create_future()

    @callback
    def received(message: mqtt.ReceiveMessage) -> None:
        if not heard.done():
            heard.set_result(str(message.payload))

    unsubscribe = await mqtt.async_subscribe(hass, topic, received, 1)
    try:
        async with asyncio.timeout(seconds):
            return await heard
    except TimeoutError:
        return None
    finally:
        unsubscribe()
