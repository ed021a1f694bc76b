"""Recipe, loop, journal, checkpoints."""
