"""Card readers, railway tag readers and receipt printers, as citizens of MQTT and Home Assistant."""

__version__ = "0.1.0"

CONTRACT = 1
"""Version of the MQTT contract that this package speaks (docs/mqtt.md)."""
