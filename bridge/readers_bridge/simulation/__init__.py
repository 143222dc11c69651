"""What simulated devices have in common: their links, their control interface, what happens to them. No protocol."""
