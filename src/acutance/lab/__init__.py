"""What makes students: torch lives here. Install it with ``pip install 'acutance[lab]'``."""
