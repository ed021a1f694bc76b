"""The clip put together: the coded frames, and everything else of the source packet for packet."""

import heapq
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from acutance.video.clip import ClipInfo
from acutance.video.coding import Coding
from acutance.video.decoding import ClipError, open_clip
from acutance.video.segments import CodedPacket, Parts
from acutance.video.target import AVI, CLIP_SUFFIXES, MATROSKA, WEBM, new_clip

_LARGEST_TIME_SCALE = 2**31 - 1
_COPIED = ("audio", "subtitle")
_OF_THE_FILE = ("encoder", "major_brand", "minor_version", "compatible_brands")
_OF_THE_STREAM = ("language", "title", "handler_name", "creation_time")


def rehearse(source: Path, target: Path, info: ClipInfo, coding: Coding) -> list[str]:
    """Open a clip as `join` will, into memory, so that a refusal does not come after hours of work.

    Returns:
        What cannot be copied, a line each.

    Raises:
        ClipError: the container cannot hold the sound, or refuses.
    """
    notes: list[str] = []
    with open_clip(source) as (container, video):
        try:
            with av.open(io.BytesIO(), "w", format=coding.muxer, metadata_errors="surrogateescape") as output:
                _add_streams(target, container, video, output, info, coding, notes)
                output.start_encoding()
        except av.FFmpegError as error:
            raise ClipError(f"{target}: cannot hold this clip's streams ({error.strerror})") from error
    return notes


def join(source: Path, target: Path, info: ClipInfo, coding: Coding, parts: Parts) -> list[str]:
    """Write the clip from its finished segments and the source's other streams; it appears when it is whole.

    Returns:
        What of the source was damaged, a line each.

    Raises:
        ClipError: the target cannot be written.
    """
    dropped: list[str] = []
    with open_clip(source) as (container, video):
        options = _muxer_options(coding.muxer, container)
        with new_clip(target, options, temporary=parts.folder / "whole.part") as output:
            stream, copies = _add_streams(target, container, video, output, info, coding, [])
            output.start_encoding()
            frames = _coded_packets(parts, stream, coding)
            sound = _copied_packets(container, copies, coding.muxer, dropped)
            for packet in heapq.merge(frames, sound, key=_seconds):
                output.mux(packet)
    return [f"damaged: {len(dropped)} packet(s) of sound or subtitles were left out"] if dropped else []


def decoding_times(times: Iterable[int], delay: int) -> list[int]:
    """Return when packets are decoded, in their order, from when their frames are shown.

    Each is decoded as many frames before it could be shown as the encoder reorders at most; the first ones, before
    which there is nothing, so much earlier as the first that is shown needs. This is what x264 does within a clip; over
    several segments of a variable rate only the whole tells.
    """
    shown = sorted(times)
    delay = min(delay, len(shown) - 1)
    if delay <= 0:
        return shown
    early = shown[delay] - shown[0]
    return [time - early for time in shown[:delay]] + shown[:-delay]


def _coded_packets(parts: Parts, stream: VideoStream, coding: Coding) -> "Iterator[Packet[Stream]]":
    decoded = decoding_times((packet.time for packet in parts.coded()), stream.codec_context.reorder_depth)
    start, end = math.inf, -math.inf
    for decoding_time, coded, data in zip(decoded, parts.coded(), parts.data(), strict=True):
        packet = _packet(coded, data, decoding_time, stream, coding)
        start, end = min(start, coded.time), max(end, coded.time + coded.duration)
        if decoding_time == decoded[-1] and coding.muxer not in (MATROSKA, WEBM, AVI):
            # MP4 adds durations up in the order of decoding, in which another frame than the last one may come last.
            packet.duration = int(end - start) - (decoding_time - decoded[0])
        yield packet


def _packet(coded: CodedPacket, data: bytes, decoding_time: int, stream: Stream, coding: Coding) -> "Packet[Stream]":
    packet: Packet[Stream] = Packet(coded.size)  # with room behind it, which FFmpeg's parsers read
    packet.update(data)
    packet.stream, packet.time_base = stream, coding.time_base
    packet.pts, packet.dts, packet.duration = coded.time, decoding_time, coded.duration
    packet.is_keyframe = coded.keyframe
    return packet


def _copied_packets(
    container: InputContainer, copies: dict[int, Stream], muxer: str, dropped: list[str]
) -> "Iterator[Packet[Stream]]":
    """Yield what is copied, as it lies in the file; what a muxer would stumble over is left out and listed."""
    if not copies:
        return
    last: dict[int, int] = {}
    try:
        for packet in container.demux([container.streams[index] for index in copies]):
            if not packet.size:
                continue  # these flush decoders
            index = packet.stream.index
            time = packet.pts if packet.dts is None else packet.dts
            twice = time is not None and time == last.get(index) and packet.stream.type == "audio"
            earlier = time is not None and time < last.get(index, time)
            if packet.is_corrupt or time is None or earlier or (twice and muxer not in (MATROSKA, WEBM)):
                dropped.append(f"{packet.stream.type} {time}")
                continue
            last[index] = time
            packet.stream = copies[index]
            yield packet
    except av.FFmpegError:
        dropped.append("the rest")


def _seconds(packet: "Packet[Stream]") -> float:
    time = packet.pts if packet.dts is None else packet.dts
    return float((time or 0) * packet.time_base)


def _muxer_options(muxer: str, container: InputContainer) -> dict[str, str]:
    if muxer in (MATROSKA, WEBM):
        # AAC starts before zero; without this all streams are shifted until it does not.
        return {"avoid_negative_ts": "disabled"}
    if muxer == AVI:
        return {}
    # A late start is an empty edit, which MP4 counts in the movie's time scale: milliseconds unless it is told.
    late = [stream.time_base for stream in container.streams if stream.time_base and (stream.start_time or 0) > 0]
    time_scale = math.lcm(1000, *(unit.denominator for unit in late))
    return {"movie_timescale": str(min(time_scale, _LARGEST_TIME_SCALE))}


def _add_streams(
    target: Path,
    container: InputContainer,
    video: VideoStream,
    output: OutputContainer,
    info: ClipInfo,
    coding: Coding,
    notes: list[str],
) -> tuple[VideoStream, dict[int, Stream]]:
    """Add the video and, by its index in the source, a stream for each that is copied; say of the file what it says."""
    stream = coding.add_to(output)
    stream.set_display_matrix(info.display_matrix)
    _describe(video, stream)
    output.metadata.update({key: text for key, text in container.metadata.items() if key.lower() not in _OF_THE_FILE})
    chapters = container.chapters()
    output.set_chapters(chapters)
    if coding.muxer == AVI:
        _note_what_avi_loses(info, bool(chapters), notes)
    copies: dict[int, Stream] = {}
    for other in container.streams:
        if other.index == video.index or other.discard == Discard.all:  # which is where MP4 keeps the chapters
            continue
        codec = "of no known codec" if other.codec_context is None else other.name
        name = f"{other.type} stream {other.index} ({codec})"
        if other.type in _COPIED and codec in output.supported_codecs:
            copies[other.index] = output.add_stream_from_template(other)
            _describe(other, copies[other.index])
        elif other.type == "audio":
            others = ", ".join(sorted(CLIP_SUFFIXES))
            raise ClipError(f"{target}: cannot hold {name}; choose another of {others}")
        else:
            notes.append(f"left out: {name}")
    return stream, copies


def _note_what_avi_loses(info: ClipInfo, chapters: bool, notes: list[str]) -> None:
    notes.append("AVI keeps a constant rate only")
    if chapters:
        notes.append("left out: chapters, which AVI does not hold")
    if info.rotation:
        notes.append(f"left out: the turn by {info.rotation}°, which AVI does not hold")


def _describe(stream: Stream, copy: Stream) -> None:
    copy.metadata.update({key: text for key, text in stream.metadata.items() if key in _OF_THE_STREAM})
    copy.disposition = stream.disposition
