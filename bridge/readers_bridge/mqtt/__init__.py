"""MQTT: the topics, the connection, the publish path of reads, Home Assistant's discovery payloads."""
