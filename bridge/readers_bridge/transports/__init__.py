"""Bytes in, bytes out, nothing else: TCP, serial and UDP links to devices."""
