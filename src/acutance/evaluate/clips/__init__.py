"""Clips through calls, frame by frame: measured, put into cells, and shown."""
