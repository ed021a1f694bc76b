"""`acutance sharpen`: pictures and clips, one by one or by the folder."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from acutance.cli import jobs
from acutance.cli.console import fail, note, one_line, progress_bar
from acutance.cli.work import Result, Work

DEFAULT_MODEL = "balanced"


@jobs.stoppable()
def sharpen(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A picture, a clip, or a folder of them.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The sharpened file, or a folder for them.")],
    model: Annotated[
        str,
        typer.Option(help="fast, balanced, quality or another shipped model, an ONNX file, or identity, unsharp, cas."),
    ] = DEFAULT_MODEL,
    scale: Annotated[
        float | None,
        typer.Option(
            help="How many times the frames were enlarged before.  [default: from --size, else as they look, or 2]",
            show_default=False,
        ),
    ] = None,
    strength: Annotated[float, typer.Option(help="0 leaves everything as it is, 1 is the model's own, up to 2.")] = 1.0,
    size: Annotated[
        str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Enlarge to this size first, bicubically.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, gpu, npu, ort-cpu, cuda, directml or coreml.")] = "cpu",
    precision: Annotated[
        str, typer.Option(help="auto (int8 for clips where it is quick, else f32), f32, bf16, f16 or int8.")
    ] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.  [default: all]", show_default=False)] = None,
    encoder: Annotated[
        str,
        typer.Option(
            help="What codes clips: software, auto (a graphics processor where one does), or h264_nvenc, h264_qsv, "
            "h264_videotoolbox, h264_vaapi."
        ),
    ] = "software",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that are there.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run stopped: in a folder, in a clip.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a damaged clip, rather than do what is left of it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Sharpen pictures and clips.

    Of a model that holds several, the weights are taken that suit the file: its scale, and how hard it was coded. Sound
    is copied, every frame keeps its time, and nothing is half-written.
    """
    from acutance.pictures import PictureError
    from acutance.pictures.files import PICTURE_SUFFIXES
    from acutance.runtime import CardError, ModelError
    from acutance.video import CLIP_SUFFIXES, ClipError, check_encoder

    todo = jobs.plan(source, target, PICTURE_SUFFIXES | CLIP_SUFFIXES, overwrite=overwrite, resume=resume)
    try:
        check_encoder(encoder)
        work = Work(
            model=model,
            scale=scale,
            strength=strength,
            size=None if size is None else parse_size(size),
            device=device,
            precision=precision,
            threads=threads,
            resume=resume,
            strict=strict,
            encoder=encoder,
        )
    except (ModelError, CardError, ValueError) as error:
        fail(error)
    if work.assumes_scale:
        note(
            "nothing says by how much the frames were enlarged: taken as 2. Tell it by --scale; for frames that were "
            "never enlarged lower --strength, or they come out over-sharpened"
        )
    results: list[Result] = []
    with progress_bar("{task.fields[fps]}") as progress:
        task = progress.add_task("", total=None, fps="")

        def do(job: jobs.Job) -> None:
            progress.reset(task, description=job.source.name, fps="")

            def advance(frames: int, total: int | None, seconds: float) -> None:
                progress.update(task, completed=frames, total=total, fps=f"{frames / max(seconds, 1e-9):.1f} FPS")

            result = (work.clip if job.source.suffix.lower() in CLIP_SUFFIXES else work.picture)(job, advance)
            results.append(result)
            if not as_json:
                print(one_line(result))

        outcome = jobs.run(todo, do, (PictureError, ClipError, ModelError))
    if as_json:
        failed = [{"input": str(failure.job.source), "reason": failure.reason} for failure in outcome.failures]
        left = [str(job.source) for job in outcome.left]
        print(json.dumps({"done": [asdict(result) for result in results], "failed": failed, "left": left}, indent=2))
    jobs.finish(outcome, len(todo))


def parse_size(text: str) -> tuple[int, int]:
    """Return (width, height) of a text such as 1920x1080.

    Raises:
        ValueError: it is none, or larger than a picture may be.
    """
    from acutance.pictures.files import MOST_PIXELS

    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"--size: got {text!r}, expected WIDTHxHEIGHT, such as 1920x1080")
    if int(width) * int(height) > MOST_PIXELS:
        raise ValueError(f"--size: got {text!r}, expected at most {MOST_PIXELS} pixels")
    return int(width), int(height)
