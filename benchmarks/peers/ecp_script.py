"""What people write for TransCore readers: a task for each reader that acknowledges at once, then publishes with aiomqtt.

It opens no journal, checks no CRC, knows no repeats and no sequence of numbers, and loses what it had acknowledged when it fails.
``ecp_script.py BROKER_PORT PROTOCOL FLOODER|- HOST:PORT ...``; the flooder is a SpringCard reader.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiomqtt

WILD_CARD = b"````"
CTRL_E = b"\x05"
PATIENCE = 0.6
"""Seconds until it asks again where nothing came, as the bridge does."""


async def ecp(client: aiomqtt.Client, number: int, lines: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async for line in lines:
        writer.write(b"#%c@%s\r" % (line[1], WILD_CARD))
        await publish(client, number, line[2:-6])


async def inquire(
    client: aiomqtt.Client, number: int, lines: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        writer.write(CTRL_E)
        try:
            async with asyncio.timeout(PATIENCE):
                line = await lines.readuntil(b"\n")
        except TimeoutError:
            continue
        await publish(client, number, line[1:-2])


async def basic(
    client: aiomqtt.Client, number: int, lines: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> None:
    async for line in lines:
        await publish(client, number, line[1:-2])


async def springcard(
    client: aiomqtt.Client, number: int, lines: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> None:
    async for line in lines:
        fields = line.decode().strip().split("*")[0].split(";")
        payload = {"reader": number, "tag_id": fields[5], "tag_data": fields[7]}
        await client.publish(f"bench/{number}", json.dumps(payload), qos=1)


async def publish(client: aiomqtt.Client, number: int, message: bytes) -> None:
    tag, _, device_time = message.decode("latin-1").rpartition("&")
    payload = {"reader": number, "tag": tag, "device_time": device_time}
    await client.publish(f"bench/{number}", json.dumps(payload), qos=1)


TALKS = {"ecp": ecp, "data_inquiry": inquire, "basic": basic}


async def main() -> None:
    broker_port, protocol, flooder, *endpoints = sys.argv[1:]
    chosen = [(TALKS[protocol], endpoint) for endpoint in endpoints]
    if flooder != "-":
        chosen.append((springcard, flooder))
    async with aiomqtt.Client("127.0.0.1", int(broker_port)) as client, asyncio.TaskGroup() as tasks:
        for number, (talk, endpoint) in enumerate(chosen):
            host, _, port = endpoint.partition(":")
            lines, writer = await asyncio.open_connection(host, int(port))
            tasks.create_task(talk(client, number, lines, writer))


if __name__ == "__main__":
    asyncio.run(main())
