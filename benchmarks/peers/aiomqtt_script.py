"""What people write with aiomqtt: a task for each reader, ``await client.publish``, and the reconnect loop of its manual."""

from __future__ import annotations

import asyncio
import json
import sys

import aiomqtt


async def read(client: aiomqtt.Client, number: int, endpoint: str) -> None:
    host, _, port = endpoint.partition(":")
    lines, writer = await asyncio.open_connection(host, int(port))
    try:
        async for line in lines:
            fields = line.decode().strip().split("*")[0].split(";")
            payload = {"reader": number, "tag_id": fields[5], "tag_data": fields[7]}
            await client.publish(f"bench/{number}", json.dumps(payload), qos=1)
    finally:
        writer.close()


async def main() -> None:
    while True:
        try:
            async with aiomqtt.Client("127.0.0.1", int(sys.argv[1])) as client, asyncio.TaskGroup() as tasks:
                for number, endpoint in enumerate(sys.argv[2:]):
                    tasks.create_task(read(client, number, endpoint))
        except* aiomqtt.MqttError:
            pass
        await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main())
