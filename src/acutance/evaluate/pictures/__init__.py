"""Pictures under degradations: measured, and shown."""
