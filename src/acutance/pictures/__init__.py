"""Picture files in and out, one by one or by the folder."""

from acutance.pictures.files import Picture, PictureError, read_picture, write_picture

__all__ = ["Picture", "PictureError", "read_picture", "write_picture"]
