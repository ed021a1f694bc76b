"""Pre-trained networks: what they compute, and which files they take."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from acutance.lab.models import EnlargingNetwork, Vgg, WeightsError, find_weights, hash_weights, load_network, load_vgg
from acutance.lab.models.dctlsa import Dctlsa
from acutance.lab.models.smfanet import SmfaNet
from acutance.lab.models.span import Span


def _networks(scale: int) -> list[EnlargingNetwork]:
    torch.manual_seed(scale)
    return [
        Span(channels=6, blocks=3, scale=scale),
        SmfaNet(channels=4, blocks=2, hidden=8, convolved=2, scale=scale),
        Dctlsa(channels=10, hidden=12, scale=scale),
    ]


def _published(network: nn.Module) -> dict[str, Tensor]:
    """The tensors as published files have them: without batch normalisation's counters."""
    return {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("num_batches_tracked")}


@pytest.mark.parametrize("kind", range(3), ids=["SPAN", "SMFANet", "DCTLSA"])
@pytest.mark.parametrize("scale", [2, 3, 4])
@torch.no_grad()
def test_a_file_gives_the_network_that_wrote_it(tmp_path: Path, kind: int, scale: int) -> None:
    network = _networks(scale)[kind].eval()
    save_file(_published(network), tmp_path / "weights.safetensors")
    loaded = load_network(tmp_path / "weights.safetensors")
    rgb = torch.rand(2, 3, 13, 21)
    assert (type(loaded), loaded.scale) == (type(network), scale)
    assert loaded(rgb).shape == (2, 3, 13 * scale, 21 * scale)
    torch.testing.assert_close(loaded(rgb), network(rgb), rtol=0, atol=0)
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


@pytest.mark.parametrize("kind", range(3), ids=["SPAN", "SMFANet", "DCTLSA"])
@torch.no_grad()
def test_the_smallest_side_is_taken(kind: int) -> None:
    network = _networks(2)[kind].eval()
    side = network.smallest_side
    assert network(torch.rand(1, 3, side, side)).isfinite().all()


@torch.no_grad()
def test_span_is_what_its_description_says() -> None:
    network = Span(channels=6, blocks=3, scale=2)
    weights = network.state_dict()

    def convolve(name: str, features: Tensor) -> Tensor:
        kernel = weights[f"{name}.weight"]
        return functional.conv2d(features, kernel, weights[f"{name}.bias"], padding=kernel.shape[-1] // 2)

    def swish(features: Tensor) -> Tensor:
        return features * torch.sigmoid(features)

    rgb = torch.rand(1, 3, 9, 11)
    head = convolve("head", (rgb - torch.tensor([0.4488, 0.4371, 0.4040]).view(1, 3, 1, 1)) * 255)
    outputs, inner = [head], head
    for block in range(3):
        inner = swish(convolve(f"blocks.{block}.c1", outputs[-1]))
        last = convolve(f"blocks.{block}.c3", swish(convolve(f"blocks.{block}.c2", inner)))
        outputs.append((last + outputs[-1]) * (torch.sigmoid(last) - 0.5))
    merged = convolve("merge", torch.cat([head, convolve("tail", outputs[-1]), outputs[1], inner], dim=1))
    torch.testing.assert_close(network(rgb), functional.pixel_shuffle(convolve("up", merged), 2))


@pytest.mark.parametrize(("height", "width"), [(8, 15), (16, 23), (37, 53), (64, 127)])
@torch.no_grad()
def test_smfanet_pools_as_torch_does(height: int, width: int) -> None:
    block = SmfaNet(channels=4, blocks=1, hidden=8, convolved=2, scale=2).feats[0].get_submodule("smfa")
    seen = []
    block.get_submodule("dw_conv").register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    features = torch.randn(2, 4, height, width)
    block(features)
    spread = block.get_submodule("linear_0")(features)[:, 4:]
    torch.testing.assert_close(seen[0], functional.adaptive_max_pool2d(spread, (height // 8, width // 8)))


@torch.no_grad()
def test_dctlsa_attends_within_windows_and_heads() -> None:
    attention = (
        Dctlsa(channels=10, hidden=12, scale=2).eval().get_submodule("B1.body.0.transformer_body.0.blocks.0.attn")
    )
    features = torch.randn(1, 10, 32, 48)
    local = features + attention.get_submodule("local")(features)
    mixed = torch.zeros_like(local)
    query, key, value = attention.get_submodule("qkv")(local.movedim(1, -1)).movedim(-1, 1).split(10, dim=1)
    for top in (0, 16):
        for left in (0, 16, 32):
            window = (slice(top, top + 16), slice(left, left + 16))
            for head in range(5):
                q, k, v = (part[0, 2 * head : 2 * head + 2, *window].reshape(2, 256).T for part in (query, key, value))
                summary = torch.softmax(k, dim=0).T @ v
                mixed[0, 2 * head : 2 * head + 2, *window] = (q / 2**0.5 @ summary).T.reshape(2, 16, 16)
    expected = local + attention.get_submodule("proj")(mixed.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(attention(features), expected)


def test_nothing_beyond_the_deepest_point_is_computed() -> None:
    network = Span(channels=6, blocks=3, scale=2)
    calls = []
    for block in network.blocks:
        block.register_forward_hook(lambda module, inputs, output: calls.append(module))
    first, head = network.features(torch.rand(1, 3, 8, 8), ["block1", "head"])
    assert (head.shape, first.shape, len(calls)) == ((1, 6, 8, 8), (1, 6, 8, 8), 1)


def _break_nothing(weights: dict[str, Tensor]) -> Mapping[str, Tensor]:
    return {"somebody.else": torch.zeros(1)}


def _drop(weights: dict[str, Tensor]) -> Mapping[str, Tensor]:
    return {name: tensor for name, tensor in weights.items() if name != "tail.bias"}


def _add(weights: dict[str, Tensor]) -> Mapping[str, Tensor]:
    return {**weights, "extra": torch.zeros(1)}


def _reshape(weights: dict[str, Tensor]) -> Mapping[str, Tensor]:
    return {**weights, "tail.weight": torch.zeros(6, 5, 3, 3)}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_break_nothing, "unknown architecture (first key 'somebody.else'), expected Span, SmfaNet, Dctlsa"),
        (_drop, 'Missing key(s) in state_dict: "tail.bias"'),
        (_add, 'Unexpected key(s) in state_dict: "extra"'),
        (_reshape, "size mismatch for tail.weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_one_line(tmp_path: Path, damage: object, words: str) -> None:
    assert callable(damage)
    path = tmp_path / "weights.safetensors"
    save_file(damage(_published(_networks(2)[0])), path)
    with pytest.raises(WeightsError) as refusal:
        load_network(path)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(f"weights {path}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no tensors at all")
    with pytest.raises(WeightsError, match="is no file of tensors") as refusal:
        load_network(tmp_path / name)
    assert "\n" not in str(refusal.value)


def test_weights_are_found_by_name_and_by_path(
    span_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACUTANCE_WEIGHTS", str(span_file.parent))
    assert find_weights("tiny_span") == span_file
    assert find_weights(str(span_file)) == span_file
    with pytest.raises(WeightsError, match="weights none: got neither a file nor a name in"):
        find_weights("none")


def test_a_hash_in_the_name_is_checked(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    right, wrong = tmp_path / f"vgg19-{digest[:8]}.pth", tmp_path / "vgg19-0123abcd.pth"
    for path in (right, wrong):
        path.write_bytes(b"weights")
    assert hash_weights(right) == digest
    with pytest.raises(WeightsError, match="expected 0123abcd"):
        hash_weights(wrong)


@pytest.fixture(scope="module")
def vgg_weights() -> dict[str, Tensor]:
    """A random VGG-19 to relu3_1, under the names of the normalised variant."""
    torch.manual_seed(0)
    network = Vgg(padding="reflect", mean=(0.0,) * 3, deviation=(1.0,) * 3)
    return dict(network.state_dict())


@torch.no_grad()
def test_vgg_is_what_its_description_says(tmp_path: Path, vgg_weights: dict[str, Tensor]) -> None:
    save_file(vgg_weights, tmp_path / "vgg.safetensors")
    rgb = torch.rand(1, 3, 14, 10)
    features, expected = rgb, {}
    for name in ("1_1", "1_2", "2_1", "2_2", "3_1"):
        features = functional.pad(features, (1, 1, 1, 1), mode="reflect")
        features = functional.conv2d(
            features, vgg_weights[f"conv{name}.weight"], vgg_weights[f"conv{name}.bias"]
        ).relu()
        expected[f"relu{name}"] = features
        if name in ("1_2", "2_2"):
            features = functional.max_pool2d(features, 2, ceil_mode=True)
    seen = dict(load_vgg(tmp_path / "vgg.safetensors").stages(rgb))
    assert list(seen) == list(expected)
    for name, each in expected.items():
        torch.testing.assert_close(seen[name], each)


@torch.no_grad()
def test_torchvisions_file_is_normalised_as_imagenet_is(tmp_path: Path, vgg_weights: dict[str, Tensor]) -> None:
    numbers = {"1_1": 0, "1_2": 2, "2_1": 5, "2_2": 7, "3_1": 10}
    published = {
        f"features.{number}.{kind}": vgg_weights[f"conv{name}.{kind}"]
        for name, number in numbers.items()
        for kind in ("weight", "bias")
    }
    torch.save({**published, "classifier.0.weight": torch.zeros(1)}, tmp_path / "vgg19.pth")
    rgb = torch.rand(1, 3, 8, 8)
    scaled = (rgb - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        3, 1, 1
    )
    expected = functional.conv2d(scaled, vgg_weights["conv1_1.weight"], vgg_weights["conv1_1.bias"], padding=1).relu()
    (seen,) = load_vgg(tmp_path / "vgg19.pth").features(rgb, ["relu1_1"])
    torch.testing.assert_close(seen, expected)


def test_what_is_no_vgg_is_refused(span_file: Path) -> None:
    with pytest.raises(WeightsError, match=r"tiny_span\.safetensors: is no VGG-19"):
        load_vgg(span_file)
