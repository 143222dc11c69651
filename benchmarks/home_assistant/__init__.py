"""What the component costs Home Assistant, compared with the bridge's own discovery in the same run."""
