"""Node-RED: a *tcp in* node for each reader, one *function* node, one *mqtt out* node at QoS 1."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from benchmarks.child import ROOT
from benchmarks.peers import LOCALHOST, Peer, Place, UnavailableError

HOME = ROOT / ".cache" / "node-red"
ON_TAB = {"z": "tab", "x": 0, "y": 0}
PROGRAM = HOME / "node_modules" / "node-red" / "red.js"
PACKAGE = "node-red@4"  # the last line that runs on Node.js 18 and 20
SETTINGS = 'module.exports = {httpAdminRoot: false, httpNodeRoot: false, uiHost: "127.0.0.1", uiPort: 0, \
flowFile: "flows.json", credentialSecret: false, logging: {console: {level: "warn"}}};'
FUNCTION = """\
const [body, sum] = msg.payload.trim().slice(1).split("*");
let xor = 0;
for (let i = 0; i < body.length; i++) xor ^= body.charCodeAt(i);
if (parseInt(sum, 16) !== xor) return null;
const fields = body.split(";");
const seq = (context.get("seq") || 0) + 1;
context.set("seq", seq);
return {topic: msg.topic, payload: JSON.stringify({
    id: "node-red-" + seq, seq: seq, time: new Date().toISOString(), device: msg.topic, event_type: "read", late: false,
    credential: fields[7] || fields[5], kind: "card",
    data: {interface: fields[1], protocol: fields[2], template: fields[3], tag_id: fields[5], tag_data: fields[7]}})};
"""
"""The same work as the bridge's, but for the journal: the checksum is checked, the message has the same fields."""


def prepare() -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise UnavailableError("npm is not there (on Debian: apt-get install npm)")
    if PROGRAM.exists():
        return
    HOME.mkdir(parents=True, exist_ok=True)
    print(f"installing Node-RED into {HOME.relative_to(ROOT)} (once, about 120 MB)", flush=True)
    installed = subprocess.run(
        ["npm", "install", "--prefix", str(HOME), "--no-audit", "--no-fund", "--loglevel=error", PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise UnavailableError(f"npm could not install it: {installed.stderr.strip()[-300:]}")


def command(place: Place) -> list[str]:
    (place.folder / "settings.js").write_text(SETTINGS)
    (place.folder / "flows.json").write_text(json.dumps(flow(place)))
    return ["node", str(PROGRAM), "--userDir", str(place.folder)]


def flow(place: Place) -> list[dict[str, Any]]:
    """The nodes as the editor would save them."""
    nodes: list[dict[str, Any]] = [
        {"id": "tab", "type": "tab", "label": "readers"},
        {
            "id": "broker",
            "type": "mqtt-broker",
            "broker": LOCALHOST,
            "port": str(place.broker_port),
            "autoConnect": True,
            "protocolVersion": "4",
            "keepalive": "60",
            "cleansession": True,
        },
        {"id": "line", **ON_TAB, "type": "function", "func": FUNCTION, "outputs": 1, "wires": [["out"]]},
        {"id": "out", **ON_TAB, "type": "mqtt out", "topic": "", "qos": "1", "retain": "", "broker": "broker"},
    ]
    nodes += [
        {
            "id": f"reader{number}",
            **ON_TAB,
            "type": "tcp in",
            "server": "client",
            "host": host,
            "port": str(place.reader_port),
            "datamode": "stream",
            "datatype": "utf8",
            "newline": "\\n",
            "topic": f"bench/{number}",
            "wires": [["line"]],
        }
        for number, host in enumerate(place.readers)
    ]
    return nodes


NODE_RED = Peer("node-red", command, prepare=prepare)
