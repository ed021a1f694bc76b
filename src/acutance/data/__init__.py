"""Pictures to measure and to train on: folders, and what they hold."""
