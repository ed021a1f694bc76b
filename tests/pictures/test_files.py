"""`pictures.files`: what goes in comes out."""

from pathlib import Path

import av
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from acutance import Sharpener
from acutance.pictures import Picture, PictureError, read_any_depth, read_picture, write_picture
from acutance.pictures.folders import files_below


def _pixels(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(7, 5, 3), (7, 5), (1, 1, 3), (1, 300)])
def test_png_keeps_every_pixel(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = _pixels(*shape)
    write_picture(Picture(pixels), tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".avif"])
def test_lossy_formats_stay_close(tmp_path: Path, suffix: str) -> None:
    smooth = np.asarray(Image.fromarray(_pixels(4, 4, 3)).resize((64, 48), Image.Resampling.BICUBIC))
    write_picture(Picture(smooth), tmp_path / f"a{suffix}")
    difference = read_picture(tmp_path / f"a{suffix}").pixels.astype(int) - smooth
    assert abs(difference).mean() < 3


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".avif"])
def test_alpha_is_kept(tmp_path: Path, suffix: str) -> None:
    alpha = _pixels(6, 8)
    write_picture(Picture(_pixels(6, 8, 3), alpha), tmp_path / f"a{suffix}")
    read = read_picture(tmp_path / f"a{suffix}").alpha
    assert read is not None
    np.testing.assert_array_equal(read, alpha)


def test_a_palette_becomes_rgb_with_its_transparency(tmp_path: Path) -> None:
    image = Image.fromarray(_pixels(6, 8, 3)).quantize(16)
    image.save(tmp_path / "a.png", transparency=0)
    picture = read_picture(tmp_path / "a.png")
    assert picture.pixels.shape == (6, 8, 3)
    assert picture.alpha is not None
    assert set(np.unique(picture.alpha)) <= {0, 255}


def test_colour_profile_is_kept(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(_pixels(6, 8, 3)).save(tmp_path / "a.jpg", icc_profile=profile)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        assert image.info["icc_profile"] == profile


def test_a_turned_picture_comes_out_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Image.fromarray(_pixels(6, 8, 3)).save(tmp_path / "a.png", exif=exif)
    picture = read_picture(tmp_path / "a.png")
    assert picture.pixels.shape == (8, 6, 3)
    write_picture(picture, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("shape", [(70, 60), (70, 60, 3)])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_16_bits_keep_every_sample(tmp_path: Path, suffix: str, shape: tuple[int, ...], with_alpha: bool) -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 65536, shape, dtype=np.uint16)
    alpha = generator.integers(0, 65536, shape[:2], dtype=np.uint16) if with_alpha else None
    write_picture(Picture(pixels, alpha), tmp_path / f"a{suffix}")
    if suffix == ".tif":  # by an independent reader
        stored = tifffile.imread(tmp_path / "a.tif")
        np.testing.assert_array_equal(stored if not with_alpha else stored[..., :-1].reshape(shape), pixels)
    if not (suffix == ".tif" and with_alpha and pixels.ndim == 2):  # Pillow opens no such file
        read = read_any_depth(tmp_path / f"a{suffix}")
        np.testing.assert_array_equal(read.pixels, pixels)
        assert (read.alpha is None) == (alpha is None)
        if read.alpha is not None and alpha is not None:
            np.testing.assert_array_equal(read.alpha, alpha)


def test_a_16_bit_png_reads_the_same_with_ffmpeg(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (70, 60, 3), dtype=np.uint16)
    write_picture(Picture(pixels), tmp_path / "a.png")
    with av.open(str(tmp_path / "a.png")) as container:
        np.testing.assert_array_equal(next(container.decode(video=0)).to_ndarray(), pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_are_refused_where_8_are_asked_for(tmp_path: Path, suffix: str) -> None:
    write_picture(Picture(np.zeros((8, 8, 3), np.uint16)), tmp_path / f"a{suffix}")
    with pytest.raises(PictureError, match="more than 8 bits"):
        read_picture(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_sharpened_16_bit_gradient_keeps_its_steps(tmp_path: Path, suffix: str) -> None:
    gradient = np.tile(np.linspace(8000, 56000, 4000).astype(np.uint16), (16, 1))
    pixels = np.stack([gradient, gradient, gradient], axis=2)
    sharp = Sharpener.load("unsharp")(pixels)
    write_picture(Picture(sharp), tmp_path / f"a{suffix}")
    assert len(np.unique(read_any_depth(tmp_path / f"a{suffix}").pixels)) >= len(np.unique(pixels)) == 4000


def test_animation_is_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray(_pixels(6, 8, 3)), Image.fromarray(255 - _pixels(6, 8, 3))]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(PictureError, match="animated"):
        read_picture(tmp_path / "a.webp")


@pytest.mark.parametrize("size", [0, 20, 200])
def test_a_cut_file_is_refused_in_one_line(tmp_path: Path, size: int) -> None:
    write_picture(Picture(_pixels(30, 40, 3)), tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:size])
    with pytest.raises(PictureError) as refusal:
        read_picture(tmp_path / "b.png")
    assert "b.png" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_text_named_png_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(PictureError, match="is not a picture that is handled"):
        read_picture(tmp_path / "a.png")


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"got the suffix '.xyz', expected one of"):
        write_picture(Picture(_pixels(4, 4, 3)), tmp_path / "a.xyz")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot be written"):
        write_picture(Picture(_pixels(2, 70_000)), tmp_path / "a.jpg")  # JPEG ends at 65,500
    assert list(tmp_path.iterdir()) == []


def test_hidden_files_and_links_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    outside.touch()
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.png", "sub/a.PNG", ".hidden.png", "c.txt"):
        (folder / name).touch()
    (folder / "link.png").symlink_to(outside)
    assert list(files_below(folder, frozenset({".png"}))) == [Path("b.png"), Path("sub/a.PNG")]
