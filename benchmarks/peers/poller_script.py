"""What people write for BALTECH readers: a task for each reader that asks for messages, publishes them with aiomqtt, and sleeps.

It opens no journal, knows no repeats, no timeouts and no second attempt, and loses what it had fetched when it fails.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiomqtt

GET_MESSAGE = bytes.fromhex("0C 05 01 00 00")
PERIOD = 0.09
"""Seconds from an answer to the next poll, as the bridge's on a fast line."""


async def poll(client: aiomqtt.Client, number: int, endpoint: str) -> None:
    host, _, port = endpoint.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while True:
        writer.write(GET_MESSAGE)
        header = await reader.readexactly(5)
        data = await reader.readexactly(int.from_bytes(header[3:], "little"))
        if header[0] & 0x80:  # an error status: no message
            await asyncio.sleep(PERIOD)
            continue
        payload = {"reader": number, "type": data[0], "card": data[2:].decode()}
        await client.publish(f"bench/{number}", json.dumps(payload), qos=1)


async def main() -> None:
    async with aiomqtt.Client("127.0.0.1", int(sys.argv[1])) as client, asyncio.TaskGroup() as tasks:
        for number, endpoint in enumerate(sys.argv[2:]):
            tasks.create_task(poll(client, number, endpoint))


if __name__ == "__main__":
    asyncio.run(main())
