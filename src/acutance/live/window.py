"""The window: the picture with a wipe between before and after, a badge, and a slider for the strength."""

import tkinter as tk
from tkinter import ttk
from types import TracebackType
from typing import Literal

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image, ImageTk

from acutance.live.player import Player
from acutance.live.shape import Shape
from acutance.video.frame import FrameForm

_POLL = 4  # milliseconds
_PAPER = "#16181c"
_PANEL = "#22252b"
_INK = "#e8eaed"
_FAINT = "#9aa0a6"
_ACCENT = "#8ab4f8"
_FONT = "TkDefaultFont 11"
_SIDES: tuple[tuple[Literal["se", "sw"], str, int], ...] = (("se", "before", -12), ("sw", "after", 12))
_SHARE_OF_SCREEN = 0.85
_BAR = 44  # pixels
_WIPE_STEP = 0.02
_STRENGTH_STEP = 0.1
_STRONGEST = 2.0
_BADGE_EVERY = 250  # milliseconds: figures that change faster cannot be read


class WindowError(ValueError):
    """No window can be opened; the message says why and what to do."""


class Window:
    """Shows what a player plays. Everything happens in the thread that calls `run`."""

    def __init__(self, player: Player, shape: Shape, title: str) -> None:
        """Open the window.

        Raises:
            WindowError: there is no display.
        """
        try:
            self._root = tk.Tk(className="acutance")
        except tk.TclError as error:
            raise WindowError(f"no window can be opened ({error}); use --headless") from error
        self._player = player
        self._shape = shape
        self._reformatter = VideoReformatter()
        self._frame: av.VideoFrame | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._failure: BaseException | None = None
        self._root.report_callback_exception = self._fail
        self._root.title(title)
        self._root.configure(background=_PAPER)
        screen = self._root.winfo_screenwidth(), self._root.winfo_screenheight()
        width, height = shape.within(*(round(_SHARE_OF_SCREEN * side) for side in screen))
        if width > shape.width:  # so that a pixel is a pixel
            width, height = shape.width, shape.height
        self._canvas = tk.Canvas(
            self._root, width=width, height=height, background=_PAPER, highlightthickness=0, cursor="sb_h_double_arrow"
        )
        self._add_bar()
        self._canvas.pack(fill="both", expand=True)
        self._add_items()
        self._bind()

    def run(self) -> None:
        """Show frames until the clip is over or the window is closed.

        Raises:
            KeyboardInterrupt: the user stopped it in the terminal.
        """
        self._poll()
        self._refresh_badge()
        self._root.mainloop()
        if self._failure is not None:
            raise self._failure

    def _fail(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Close the window on what a callback raises, Ctrl-C too; by itself Tk would print it and go on."""
        self._failure = error
        self._root.destroy()

    def _add_bar(self) -> None:
        style = ttk.Style(self._root)
        style.theme_use("clam")
        style.configure(
            "Bar.Horizontal.TScale", background=_ACCENT, troughcolor=_PAPER, bordercolor=_PANEL, lightcolor=_ACCENT
        )
        bar = tk.Frame(self._root, background=_PANEL, height=_BAR)
        bar.pack(side="bottom", fill="x")
        tk.Label(bar, text="Strength", background=_PANEL, foreground=_INK).pack(side="left", padx=(14, 8), pady=10)
        strength = self._player.stage.strength
        self._slider = ttk.Scale(
            bar, value=strength, to=_STRONGEST, length=220, style="Bar.Horizontal.TScale", takefocus=False
        )
        self._slider.pack(side="left")
        self._strength = tk.Label(bar, text=f"{strength:.2f}", background=_PANEL, foreground=_INK)
        self._strength.pack(side="left", padx=8)
        keys = "drag or ← → wipe     ↑ ↓ strength     q quits"
        tk.Label(bar, text=keys, background=_PANEL, foreground=_FAINT).pack(side="right", padx=14)

    def _add_items(self) -> None:
        canvas = self._canvas
        self._picture = canvas.create_image(0, 0, anchor="nw")
        self._line = canvas.create_line(0, 0, 0, 0, fill=_INK, width=2)
        self._grip = canvas.create_oval(0, 0, 0, 0, fill=_INK, outline=_PAPER)
        self._sides = [
            (canvas.create_text(0, 0, anchor=anchor, text=text, fill=colour, font=_FONT), (across + off, off - 12))
            for colour, off in ((_PAPER, 1), (_INK, 0))  # a shadow, as the picture may be light or dark
            for anchor, text, across in _SIDES
        ]
        self._plate = canvas.create_rectangle(0, 0, 0, 0, fill=_PANEL, outline="")
        self._badge = canvas.create_text(26, 24, anchor="nw", fill=_INK, font=_FONT, justify="left")

    def _bind(self) -> None:
        for event in ("<Button-1>", "<B1-Motion>"):
            self._canvas.bind(event, lambda event: self._wipe_to(event.x))
        stage, slider = self._player.stage, self._slider
        slider.configure(command=lambda strength: self._set_strength(float(strength)))
        self._root.bind("<Left>", lambda event: self._set_wipe(stage.wipe - _WIPE_STEP))
        self._root.bind("<Right>", lambda event: self._set_wipe(stage.wipe + _WIPE_STEP))
        self._root.bind("<Up>", lambda event: slider.set(slider.get() + _STRENGTH_STEP))
        self._root.bind("<Down>", lambda event: slider.set(slider.get() - _STRENGTH_STEP))
        for key in ("q", "<Escape>"):
            self._root.bind(key, lambda event: self._root.destroy())
        self._canvas.bind("<Configure>", lambda event: self._draw())

    def _poll(self) -> None:
        frame = self._player.screen.take(wait=False)
        if frame is not None:
            self._frame = frame
            self._draw()
        elif self._player.is_over:
            self._root.destroy()
            return
        self._root.after(_POLL, self._poll)

    def _draw(self) -> None:
        """Put the newest frame onto the canvas, and the wipe's line over it."""
        if self._frame is None:
            return
        area = self._canvas.winfo_width(), self._canvas.winfo_height()
        width, height = self._shape.within(*area)
        left, top = (area[0] - width) // 2, (area[1] - height) // 2
        image = Image.fromarray(self._pixels(self._frame, width, height))
        if self._photo is None or (self._photo.width(), self._photo.height()) != (width, height):
            self._photo = ImageTk.PhotoImage(image, master=self._root)
            self._canvas.itemconfigure(self._picture, image=self._photo)
        else:
            self._photo.paste(image)
        self._canvas.coords(self._picture, left, top)
        x, middle = left + round(self._player.stage.wipe * width), top + height // 2
        self._canvas.coords(self._line, x, top, x, top + height)
        self._canvas.coords(self._grip, x - 7, middle - 7, x + 7, middle + 7)
        for side, (across, down) in self._sides:
            self._canvas.coords(side, x + across, top + height + down)

    def _pixels(self, frame: av.VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """Return a frame as displayed, H×W×3 RGB."""
        turned = self._shape.rotation % 180 != 0
        frame.colorspace = FrameForm.of(frame).meant_matrix  # swscale takes every untagged one for BT.601
        rgb = self._reformatter.reformat(
            frame,
            *((height, width) if turned else (width, height)),
            format="rgb24",
            interpolation=Interpolation.BILINEAR,
        )
        return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), self._shape.rotation // 90))

    def _refresh_badge(self) -> None:
        stage = self._player.stage
        self._canvas.itemconfigure(
            self._badge,
            text=f"{stage.level_name}\n{stage.runs_as}\n"
            f"{stage.milliseconds:.1f} ms a frame     {self._player.dropped} dropped",
        )
        left, top, right, bottom = self._canvas.bbox(self._badge)
        self._canvas.coords(self._plate, left - 12, top - 10, right + 12, bottom + 10)
        self._root.after(_BADGE_EVERY, self._refresh_badge)

    def _wipe_to(self, x: int) -> None:
        width = self._shape.within(self._canvas.winfo_width(), self._canvas.winfo_height())[0]
        self._set_wipe((x - (self._canvas.winfo_width() - width) // 2) / width)

    def _set_wipe(self, share: float) -> None:
        self._player.stage.wipe = min(max(share, 0.0), 1.0)
        self._draw()

    def _set_strength(self, strength: float) -> None:
        self._player.stage.strength = strength
        self._strength.configure(text=f"{strength:.2f}")
