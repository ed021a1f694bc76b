"""Clips in and out: only their luma is changed."""

from acutance.video.clip import ClipInfo, probe_clip, read_luma, read_rgb
from acutance.video.decoding import ClipError
from acutance.video.encoding import write_clip
from acutance.video.frame import LumaMap
from acutance.video.processing import ClipReport, process_clip
from acutance.video.target import CLIP_SUFFIXES

__all__ = [
    "CLIP_SUFFIXES",
    "ClipError",
    "ClipInfo",
    "ClipReport",
    "LumaMap",
    "probe_clip",
    "process_clip",
    "read_luma",
    "read_rgb",
    "write_clip",
]
