"""Clips in and out: only their luma is changed."""

from acutance.video.clip import ClipInfo, probe_clip, read_luma, read_rgb
from acutance.video.coding import AUTO, ENCODERS, SOFTWARE
from acutance.video.decoding import ClipError
from acutance.video.encoding import check_encoder, write_clip
from acutance.video.frame import LumaMap
from acutance.video.processing import ClipReport, process_clip, split_threads
from acutance.video.rate import CodedRate, coded_rate
from acutance.video.target import CLIP_SUFFIXES

__all__ = [
    "AUTO",
    "CLIP_SUFFIXES",
    "ENCODERS",
    "SOFTWARE",
    "ClipError",
    "ClipInfo",
    "ClipReport",
    "CodedRate",
    "LumaMap",
    "check_encoder",
    "coded_rate",
    "probe_clip",
    "process_clip",
    "read_luma",
    "read_rgb",
    "split_threads",
    "write_clip",
]
