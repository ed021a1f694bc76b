"""Pictures to measure and to train on: a catalogue of sources, and folders with a hash of what they hold."""

from acutance.data.fetched import DataError
from acutance.data.sets import PICTURE_SUFFIXES, PictureFile, PictureSet, open_set

__all__ = ["PICTURE_SUFFIXES", "DataError", "PictureFile", "PictureSet", "open_set"]
