"""What ``readers-bridge script`` does; see ``cli`` for its commands."""
