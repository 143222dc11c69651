"""The demonstration: a private broker, simulated devices and a bridge on one machine, with all that happens."""
