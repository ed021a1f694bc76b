"""Shapes as OpenVINO graphs with random weights, in the precision that is asked for."""

from collections import Counter
from functools import partial

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from acutance.bench.networks.shapes import Convolution, Shape
from acutance.runtime.backends.compiling import compile_model
from acutance.runtime.backends.int8 import cells_at_once

PRECISIONS = {"int8": ov.Type.f32, "f32": ov.Type.f32, "bf16": ov.Type.bf16, "f16": ov.Type.f16}
"""The hint that goes with each; int8 is in the graph, and what is left of it is computed in f32."""
_LEVELS = 256
_ACTIVATION_RANGE = 4.0
_ZERO_POINT = 128.0
_ONE = 255.0


class TimedNetwork:
    """A compiled network with its ends in memory of its own.

    Attributes:
        input: full of noise.
        output: what `infer` writes.
        executed: the kernels of its convolutions by the runtime's names, each with its number.
    """

    def __init__(self, model: ov.Model, device: str, precision: str, threads: int) -> None:
        """Compile a graph of one input and one output, both of a fixed shape."""
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": PRECISIONS[precision]}
        if device == "CPU":
            settings["INFERENCE_NUM_THREADS"] = threads
        compiled = compile_model(ov.Core(), model, device, settings)
        self._request = compiled.create_infer_request()
        self.input = _noise(model.input())
        self.output = np.empty(list(model.output().get_shape()), model.output().get_element_type().to_dtype())
        self._request.set_input_tensor(ov.Tensor(self.input, shared_memory=True))
        self._request.set_output_tensor(ov.Tensor(self.output, shared_memory=True))
        self.executed = _executed(compiled)

    def infer(self) -> None:
        """Run it once."""
        self._request.infer()


def compile_shape(shape: Shape, size: tuple[int, int], *, device: str, precision: str, threads: int) -> TimedNetwork:
    """Return a shape with random weights for a displayed size.

    Its ends are uint8 with the channels last, in all precisions alike: of students unshuffled planes, of rivals the
    received plane in and an unshuffled one out. Shuffling is not part of it.

    Args:
        shape: what to build.
        size: (width, height).
        device: OpenVINO's name.
        precision: a key of `PRECISIONS`.
        threads: on a CPU.

    Raises:
        RuntimeError: OpenVINO cannot compile it for the device.
    """
    return TimedNetwork(build_graph(shape, shape.grid(size), int8=precision == "int8"), device, precision, threads)


def build_graph(shape: Shape, grid: tuple[int, int], *, int8: bool) -> ov.Model:
    """Return the graph of a shape.

    A student's in int8 is that of the exporter: its last convolution computes some cells of a row at once (see
    `cells_at_once`).

    Args:
        shape: what to build.
        grid: (height, width); the width is rounded up to what is computed at once.
        int8: quantise weights (per output channel, symmetric) and activations (per tensor, 0 to a constant), so that
            OpenVINO computes the convolutions in int8.
    """
    draw = np.random.default_rng(0)
    offset = _ZERO_POINT if shape.residual else 0.0
    *body, last = shape.chain
    at_once = cells_at_once(shape.step) if int8 and shape.residual else 1
    height, width = grid[0], -(-grid[1] // at_once) * at_once
    channels = shape.chain[0].fan_in
    # One channel lies in memory alike in both orders; told as NCHW, its convolution runs in int8 as well.
    received = ops.parameter([1, 1, height, width] if channels == 1 else [1, height, width, channels], np.uint8)
    current = added = _planes(received, channels, offset)
    for convolution in body:
        current = ops.relu(_convolved(current, convolution, draw, int8=int8))
        if int8:
            current = _quantised(current, 0.0, _ACTIVATION_RANGE)
    current = _convolved(current, last, draw, int8=int8, at_once=at_once)
    if at_once > 1:
        wide = at_once * channels
        added = _planes(_cells(received, height, wide), wide, offset)
    if shape.residual:
        current = ops.add(current, added)
    codes = ops.add(ops.multiply(current, _scalar(_ONE)), _scalar(offset))
    whole = ops.convert(_quantised(codes, 0.0, _ONE), "u8")
    pixels = ops.transpose(whole, ops.constant(np.array([0, 2, 3, 1])))
    return ov.Model([_cells(pixels, height, last.fan_out) if at_once > 1 else pixels], [received], shape.name)


def _planes(pixels: ov.Node, channels: int, offset: float) -> ov.Node:
    """Return code values as the network sees them, the channels first."""
    centred = ops.convert(pixels, "f32")
    if offset:
        centred = ops.subtract(centred, _scalar(offset))
    values = ops.multiply(centred, _scalar(1.0 / _ONE))
    return values if channels == 1 else ops.transpose(values, ops.constant(np.array([0, 3, 1, 2])))


def _cells(pixels: ov.Node, height: int, channels: int) -> ov.Node:
    """Return the bytes of so many rows as cells of so many channels."""
    return ops.reshape(pixels, ops.constant(np.array([1, height, -1, channels])), special_zero=False)


def _convolved(
    values: ov.Node, convolution: Convolution, draw: np.random.Generator, *, int8: bool, at_once: int = 1
) -> ov.Node:
    side = convolution.kernel
    shape = (at_once * convolution.fan_out, convolution.fan_in, side, side + at_once - 1)
    weights = (draw.standard_normal(shape) / np.sqrt(convolution.mac / convolution.fan_out)).astype(np.float32)
    kernel = ops.constant(weights)
    if int8:
        scale = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / np.float32(127.0)
        codes = np.rint(weights / scale).astype(np.int8)
        kernel = ops.multiply(ops.convert(ops.constant(codes), "f32"), ops.constant(scale))
    margin = [(convolution.kernel - 1) // 2] * 2
    result = ops.convolution(values, kernel, [1, at_once], margin, margin, [1, 1])
    bias = draw.standard_normal((1, shape[0], 1, 1)).astype(np.float32)
    return ops.add(result, ops.constant(bias * np.float32(0.01)))


def _quantised(values: ov.Node, low: float, high: float) -> ov.Node:
    ends = _scalar(low), _scalar(high)
    return ops.fake_quantize(values, *ends, *ends, _LEVELS)


def _scalar(value: float) -> ov.Node:
    return ops.constant(np.float32(value))


def _noise(end: ov.Output) -> NDArray[np.generic]:
    dtype = end.get_element_type().to_dtype()
    draw = np.random.default_rng(1)
    shape = list(end.get_shape())
    make = partial(draw.integers, 16, 236, dtype=np.uint8) if dtype == np.uint8 else partial(draw.random, dtype=dtype)
    return np.asarray(make(size=shape), dtype)


def _executed(compiled: ov.CompiledModel) -> dict[str, int]:
    kernels = [
        information["primitiveType"].astype(str)
        for information in (operation.get_rt_info() for operation in compiled.get_runtime_model().get_ordered_ops())
        if information["layerType"].astype(str) == "Convolution"
    ]
    return dict(Counter(kernels))
