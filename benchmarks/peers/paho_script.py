"""What people write with paho: a thread for each reader, ``loop_start`` and ``publish``."""

from __future__ import annotations

import json
import socket
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


def read(client: mqtt.Client, number: int, endpoint: str) -> None:
    host, _, port = endpoint.partition(":")
    with socket.create_connection((host, int(port))) as sock, sock.makefile("r") as lines:
        for line in lines:
            fields = line.strip().split("*")[0].split(";")
            payload = {"reader": number, "tag_id": fields[5], "tag_data": fields[7]}
            client.publish(f"bench/{number}", json.dumps(payload), qos=1)


def main() -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.loop_start()
    for number, endpoint in enumerate(sys.argv[2:]):
        threading.Thread(target=read, args=(client, number, endpoint)).start()


if __name__ == "__main__":
    main()
