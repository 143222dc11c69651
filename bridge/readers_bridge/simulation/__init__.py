"""What simulated devices have in common, from their links to the course of ``readers-bridge simulate``. No protocol."""
