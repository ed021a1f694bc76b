"""Picture files in and out, one by one or by the folder."""

from acutance.pictures.files import Picture, PictureError
from acutance.pictures.reading import read_any_depth, read_picture
from acutance.pictures.writing import write_picture

__all__ = ["Picture", "PictureError", "read_any_depth", "read_picture", "write_picture"]
