"""What is timed in a process of its own: its start, its memory, clips, and runtimes whose threads spin."""

from acutance.bench.apart.stages import time_clips, time_starts

__all__ = ["time_clips", "time_starts"]
