"""Pictures and clips to measure and to train on: a catalogue of sources, sets with a hash of what they hold."""

from acutance.data.clips import ClipCut, ClipFile, ClipSet, find_clip_list, open_clips
from acutance.data.fetched import DataError
from acutance.data.sets import PICTURE_SUFFIXES, PictureFile, PictureSet, open_set

__all__ = [
    "PICTURE_SUFFIXES",
    "ClipCut",
    "ClipFile",
    "ClipSet",
    "DataError",
    "PictureFile",
    "PictureSet",
    "find_clip_list",
    "open_clips",
    "open_set",
]
