"""Writes the benchmark's models: published architectures with weights from a seed, and inputs for each.

    python test/bench/models.py FOLDER            all of them
    python test/bench/models.py FOLDER --only bert

Dimensions are symbolic where a user's would be (batch, tokens), sizes of pictures are fixed; --dynamic makes
those symbolic too, --static fixes all to the sizes of the first workload.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from network import Network


def resnet50(n, size):
    """He et al. 2015, with the stride in the 3x3 convolution (v1.5)."""
    x = n.max_pool(n.relu(n.conv(n.input("input", ["batch", 3, *size]), 3, 64, 7, 2)), 3, 2, 1)
    channels = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            y = n.relu(n.conv(n.relu(n.conv(x, channels, width)), width, width, 3, stride))
            y = n.conv(y, width, 4 * width, gain=0.5)
            shortcut = x if block else n.conv(x, channels, 4 * width, 1, stride, gain=1)
            x, channels = n.relu(n.node("Add", y, shortcut)), 4 * width
    n.classifier(x, channels)


def mobilenetv2(n, size):
    """Sandler et al. 2018, width 1."""
    x, channels = n.relu6(n.conv(n.input("input", ["batch", 3, *size]), 3, 32, 3, 2)), 32
    for expand, filters, blocks, first in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                           (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(blocks):
            stride, inner = first if block == 0 else 1, channels * expand
            y = n.relu6(n.conv(x, channels, inner)) if expand > 1 else x
            y = n.relu6(n.conv(y, inner, inner, 3, stride, group=inner))
            y = n.conv(y, inner, filters, gain=0.7)
            x, channels = n.node("Add", x, y) if stride == 1 and channels == filters else y, filters
    n.classifier(n.relu6(n.conv(x, channels, 1280)), 1280)


def efficientnet_b0(n, size):
    """Tan and Le 2019; squeeze and excitation to a quarter of the block's input channels."""
    x, channels = n.silu(n.conv(n.input("input", ["batch", 3, *size]), 3, 32, 3, 2)), 32
    for expand, filters, blocks, first, kernel in ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
                                                   (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)):
        for block in range(blocks):
            stride, inner = first if block == 0 else 1, channels * expand
            y = n.silu(n.conv(x, channels, inner)) if expand > 1 else x
            y = n.silu(n.conv(y, inner, inner, kernel, stride, group=inner))
            squeezed = n.silu(n.conv(n.node("GlobalAveragePool", y), inner, channels // 4))
            y = n.node("Mul", y, n.node("Sigmoid", n.conv(squeezed, channels // 4, inner)))
            y = n.conv(y, inner, filters, gain=1)
            x, channels = n.node("Add", x, y) if stride == 1 and channels == filters else y, filters
    n.classifier(n.silu(n.conv(x, channels, 1280)), 1280)


def shufflenetv2(n, size):
    """Ma et al. 2018, width 1."""

    def branch(x, channels, filters, stride):
        y = n.relu(n.conv(x, channels, filters))
        return n.relu(n.conv(n.conv(y, filters, filters, 3, stride, group=filters, gain=1), filters, filters))

    def shuffle(x, channels, side):
        x = n.node("Reshape", x, n.integers(0, 2, channels // 2, side, side))
        return n.node("Reshape", n.node("Transpose", x, perm=[0, 2, 1, 3, 4]), n.integers(0, channels, side, side))

    x, channels = n.relu(n.conv(n.input("input", ["batch", 3, *size]), 3, 24, 3, 2)), 24
    x, side = n.max_pool(x, 3, 2, 1), size[0] // 4
    for filters, blocks in ((116, 4), (232, 8), (464, 4)):
        side, half = side // 2, filters // 2
        left = n.relu(n.conv(n.conv(x, channels, channels, 3, 2, group=channels, gain=1), channels, half))
        x = shuffle(n.node("Concat", left, branch(x, channels, half, 2), axis=1), filters, side)
        for _ in range(blocks - 1):
            left, right = n.node("Split", x, n.integers(half, half), outputs=2, axis=1)
            x = shuffle(n.node("Concat", left, branch(right, half, half, 1), axis=1), filters, side)
        channels = filters
    n.classifier(n.relu(n.conv(x, channels, 1024)), 1024)


def densenet121(n, size):
    """Huang et al. 2016; the normalizations before a convolution cannot be folded into one."""
    x = n.max_pool(n.relu(n.conv(n.input("input", ["batch", 3, *size]), 3, 64, 7, 2)), 3, 2, 1)
    channels = 64
    for stage, layers in enumerate((6, 12, 24, 16)):
        for _ in range(layers):
            y = n.relu(n.conv(n.relu(n.batch_norm(x, channels)), channels, 128))
            x, channels = n.node("Concat", x, n.conv(y, 128, 32, 3, gain=1), axis=1), channels + 32
        x = n.relu(n.batch_norm(x, channels))
        if stage < 3:
            x, channels = n.conv(x, channels, channels // 2), channels // 2
            x = n.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    n.classifier(x, channels)


def squeezenet(n, size):
    """Iandola et al. 2016, version 1.1."""
    x, channels = n.relu(n.conv(n.input("input", ["batch", 3, *size]), 3, 64, 3, 2, 0)), 64
    for squeeze, expand, pooled in ((16, 64, True), (16, 64, False), (32, 128, True), (32, 128, False), (48, 192, True),
                                    (48, 192, False), (64, 256, False), (64, 256, False)):
        if pooled:
            x = n.max_pool(x, 3, 2)
        y = n.relu(n.conv(x, channels, squeeze))
        x = n.node("Concat", n.relu(n.conv(y, squeeze, expand)), n.relu(n.conv(y, squeeze, expand, 3)), axis=1)
        channels = 2 * expand
    x = n.node("Flatten", n.node("GlobalAveragePool", n.relu(n.conv(x, channels, 1000))))
    n.output(x, "logits", ["batch", 1000])


def yolov8n(n, size):
    """Ultralytics 2023, the smallest; with the decoding of boxes that its exporter writes."""

    def conv(x, channels, filters, kernel=1, stride=1):
        return n.silu(n.conv(x, channels, filters, kernel, stride, gain=1.4))

    def c2f(x, channels, filters, repeats, shortcut):
        half = filters // 2
        parts = n.node("Split", conv(x, channels, filters), n.integers(half, half), outputs=2, axis=1)
        for _ in range(repeats):
            y = conv(conv(parts[-1], half, half, 3), half, half, 3)
            parts = [*parts, n.node("Add", parts[-1], y) if shortcut else y]
        return conv(n.node("Concat", *parts, axis=1), (2 + repeats) * half, filters)

    def upsample(x):
        return n.node("Resize", x, "", n.constant(np.array([1, 1, 2, 2], np.float32)), mode="nearest",
                      coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    x = conv(conv(n.input("images", ["batch", 3, *size]), 3, 16, 3, 2), 16, 32, 3, 2)
    x = c2f(x, 32, 32, 1, True)
    p3 = c2f(conv(x, 32, 64, 3, 2), 64, 64, 2, True)
    p4 = c2f(conv(p3, 64, 128, 3, 2), 128, 128, 2, True)
    p5 = conv(c2f(conv(p4, 128, 256, 3, 2), 256, 256, 1, True), 256, 128)
    pools = [p5]
    for _ in range(3):
        pools.append(n.max_pool(pools[-1], 5, 1, 2))
    p5 = conv(n.node("Concat", *pools, axis=1), 512, 256)
    n4 = c2f(n.node("Concat", upsample(p5), p4, axis=1), 384, 128, 1, False)
    n3 = c2f(n.node("Concat", upsample(n4), p3, axis=1), 192, 64, 1, False)
    n4 = c2f(n.node("Concat", conv(n3, 64, 64, 3, 2), n4, axis=1), 192, 128, 1, False)
    n5 = c2f(n.node("Concat", conv(n4, 128, 128, 3, 2), p5, axis=1), 384, 256, 1, False)

    levels = []
    for x, channels in ((n3, 64), (n4, 128), (n5, 256)):
        box = n.conv(conv(conv(x, channels, 64, 3), 64, 64, 3), 64, 64, gain=1)
        scores = n.conv(conv(conv(x, channels, 80, 3), 80, 80, 3), 80, 80, gain=1)
        levels.append(n.node("Reshape", n.node("Concat", box, scores, axis=1), n.integers(0, 144, -1)))
    box, scores = n.node("Split", n.node("Concat", *levels, axis=2), n.integers(64, 80), outputs=2, axis=1)
    # Each side of a box is the mean of a distribution over 16 distances.
    box = n.node("Transpose", n.node("Reshape", box, n.integers(0, 4, 16, -1)), perm=[0, 2, 1, 3])
    sides = n.node("Conv", n.node("Softmax", box, axis=1), n.constant(np.arange(16, dtype=np.float32).reshape(1, 16, 1, 1)))
    sides = n.node("Reshape", sides, n.integers(0, 4, -1))
    low, high = n.node("Split", sides, n.integers(2, 2), outputs=2, axis=1)
    anchors, strides = [], []
    for stride in (8, 16, 32):
        y, x = np.meshgrid(np.arange(size[0] // stride), np.arange(size[1] // stride), indexing="ij")
        anchors.append(np.stack([x.ravel(), y.ravel()]) + 0.5)
        strides.append(np.full(x.size, stride))
    anchors = n.constant(np.concatenate(anchors, 1).astype(np.float32)[None])
    low, high = n.node("Sub", anchors, low), n.node("Add", anchors, high)
    center = n.node("Mul", n.node("Add", low, high), n.scalar(0.5))
    boxes = n.node("Mul", n.node("Concat", center, n.node("Sub", high, low), axis=1),
                   n.constant(np.concatenate(strides).astype(np.float32)[None, None]))
    n.output(n.node("Concat", boxes, n.node("Sigmoid", scores), axis=1), "output", ["batch", 84, None])


def unet(n, size):
    """Ronneberger et al. 2015 with padded convolutions, 32 filters at the top."""

    def double(x, channels, filters):
        return n.relu(n.conv(n.relu(n.conv(x, channels, filters, 3)), filters, filters, 3))

    x, channels, kept = n.input("input", ["batch", 3, *size]), 3, []
    for filters in (32, 64, 128, 256):
        kept.append(double(x, channels, filters))
        x, channels = n.max_pool(kept[-1], 2, 2), filters
    x, channels = double(x, channels, 512), 512
    for filters in (256, 128, 64, 32):
        up = n.node("ConvTranspose", x, n.weight((channels, filters, 2, 2), channels), n.weight((filters,), 100),
                    kernel_shape=[2, 2], strides=[2, 2])
        x, channels = double(n.node("Concat", kept.pop(), up, axis=1), 2 * filters, filters), filters
    n.output(n.conv(x, channels, 1, gain=1), "mask", ["batch", 1, None, None])


def bert_base(n):
    """Devlin et al. 2018, without the pooler; attention over the tokens that the mask admits."""
    width, heads = 768, 12
    ids, mask = (n.input(name, ["batch", "tokens"], "int64") for name in ("input_ids", "attention_mask"))
    types = n.input("token_type_ids", ["batch", "tokens"], "int64")
    words = n.node("Gather", n.weight((30522, width), 1, 0.5), ids)
    kinds = n.node("Gather", n.weight((2, width), 1, 0.1), types)
    length = n.node("Slice", n.node("Shape", ids), n.integers(1), n.integers(2))
    positions = n.node("Slice", n.weight((1, 512, width), 1, 0.1), n.integers(0), length, n.integers(1))
    x = n.layer_norm(n.node("Add", n.node("Add", words, kinds), positions), width, 1e-12)
    hidden = n.node("Sub", n.scalar(1), n.node("Cast", n.node("Unsqueeze", mask, n.integers(1, 2)), to=1))
    bias = n.node("Mul", hidden, n.scalar(np.finfo(np.float32).min))
    for _ in range(12):
        x = n.layer_norm(n.node("Add", x, n.attention(x, width, heads, bias)), width, 1e-12)
        x = n.layer_norm(n.node("Add", x, n.mlp(x, width, 4 * width)), width, 1e-12)
    n.output(x, "last_hidden_state", ["batch", "tokens", width])


def deit_tiny(n, size):
    """Touvron et al. 2021: patches of 16 x 16, one class token."""
    width, patches = 192, size[0] // 16 * (size[1] // 16)
    image = n.input("input", ["batch", 3, *size])
    x = n.node("Reshape", n.conv(image, 3, width, 16, 16, 0, gain=1), n.integers(0, width, -1))
    x = n.node("Transpose", x, perm=[0, 2, 1])
    batch = n.node("Slice", n.node("Shape", image), n.integers(0), n.integers(1))
    token = n.node("Expand", n.weight((1, 1, width), 1), n.node("Concat", batch, n.integers(1, width), axis=0))
    x = n.node("Add", n.node("Concat", token, x, axis=1), n.weight((1, patches + 1, width), 1, 0.1))
    for _ in range(12):
        x = n.pre_norm_block(x, width, 3)
    x = n.node("Gather", n.layer_norm(x, width), n.constant(np.array(0, np.int64)), axis=1)
    n.output(n.gemm(x, width, 1000), "logits", ["batch", 1000])


def whisper_tiny_encoder(n):
    """Radford et al. 2022: 30 seconds of sound as 3,000 frames of 80 mel bands."""
    width = 384

    def conv(x, channels, stride):
        y = n.node("Conv", x, n.weight((width, channels, 3), 3 * channels), n.weight((width,), 100), kernel_shape=[3],
                   strides=[stride], pads=[1, 1])
        return n.gelu(y)

    x = conv(conv(n.input("mel", ["batch", 80, 3000]), 80, 1), width, 2)
    x = n.node("Add", n.node("Transpose", x, perm=[0, 2, 1]), n.weight((1500, width), 1, 0.1))
    for _ in range(4):
        x = n.pre_norm_block(x, width, 6)
    n.output(n.layer_norm(x, width), "last_hidden_state", ["batch", 1500, width])


def decoder_135m(n):
    """A Llama (Touvron et al. 2023) of the size of SmolLM-135M with a cache of keys and values.

    New tokens attend to `past` cached ones and to those before them; the present cache is an output.
    """
    layers, width, heads, shared, size, inner, words = 30, 576, 9, 3, 64, 1536, 49152
    ids = n.input("input_ids", ["batch", "tokens"], "int64")
    positions = n.input("position_ids", ["batch", "tokens"], "int64")

    def rms_norm(x):
        square = n.node("ReduceMean", n.node("Pow", x, n.scalar(2)), axes=[-1], keepdims=1)
        root = n.node("Sqrt", n.node("Add", square, n.scalar(1e-5)))
        return n.node("Mul", n.node("Div", x, root), n.constant(np.ones(width, np.float32)))

    angles = np.arange(2048)[:, None] / 10000 ** (np.arange(0, size, 2) / size)
    angles = np.concatenate([angles, angles], 1).astype(np.float32)
    cos, sin = (n.node("Unsqueeze", n.node("Gather", n.constant(table), positions), n.integers(1))
                for table in (np.cos(angles), np.sin(angles)))

    def rotate(x):
        low, high = n.node("Split", x, n.integers(size // 2, size // 2), outputs=2, axis=-1)
        turned = n.node("Concat", n.node("Neg", high), low, axis=-1)
        return n.node("Add", n.node("Mul", x, cos), n.node("Mul", turned, sin))

    def repeat(x):
        """Each of the shared heads once for every query head that uses it."""
        shape = n.node("Shape", x)
        batch, length = (n.node("Slice", shape, n.integers(i), n.integers(i + 1)) for i in (0, 2))
        wide = n.node("Concat", batch, n.integers(shared, heads // shared), length, n.integers(size), axis=0)
        return n.node("Reshape", n.node("Expand", n.node("Unsqueeze", x, n.integers(2)), wide),
                      n.node("Concat", batch, n.integers(heads), length, n.integers(size), axis=0))

    past = [[n.input(f"past.{layer}.{part}", ["batch", shared, "past", size]) for part in ("key", "value")]
            for layer in range(layers)]
    # Token t, at its position, sees the keys up to that position.
    total = n.node("Add", n.node("Gather", n.node("Shape", past[0][0]), n.constant(np.array(2, np.int64))),
                   n.node("Gather", n.node("Shape", ids), n.constant(np.array(1, np.int64))))
    zero, one = (n.constant(np.array(value, np.int64)) for value in (0, 1))
    later = n.node("Greater", n.node("Range", zero, total, one), n.node("Unsqueeze", positions, n.integers(1, 3)))
    mask = n.node("Where", later, n.scalar(np.finfo(np.float32).min), n.scalar(0))

    x, present = n.node("Gather", n.weight((words, width), 1, 0.5), ids), []
    for layer in range(layers):
        y = rms_norm(x)
        q = rotate(n.heads(n.linear(y, width, heads * size, False), heads, size))
        k = rotate(n.heads(n.linear(y, width, shared * size, False), shared, size))
        v = n.heads(n.linear(y, width, shared * size, False), shared, size)
        k, v = (n.node("Concat", before, new, axis=2) for before, new in zip(past[layer], (k, v)))
        present.append((k, v))
        scores = n.node("MatMul", q, n.node("Transpose", repeat(k), perm=[0, 1, 3, 2]))
        scores = n.node("Add", n.node("Mul", scores, n.scalar(size ** -0.5)), mask)
        mixed = n.node("MatMul", n.node("Softmax", scores, axis=-1), repeat(v))
        mixed = n.node("Reshape", n.node("Transpose", mixed, perm=[0, 2, 1, 3]), n.integers(0, 0, width))
        x = n.node("Add", x, n.linear(mixed, width, width, False, gain=0.5))
        y = rms_norm(x)
        gated = n.node("Mul", n.silu(n.linear(y, width, inner, False)), n.linear(y, width, inner, False))
        x = n.node("Add", x, n.linear(gated, inner, width, False, gain=0.5))
    n.output(n.linear(rms_norm(x), width, words, False), "logits", ["batch", "tokens", words])
    for layer, pair in enumerate(present):
        for part, value in zip(("key", "value"), pair):
            n.output(value, f"present.{layer}.{part}", ["batch", shared, "total", size])


def crnn(n):
    """Shi et al. 2015: convolutions down to a row of columns, two bidirectional LSTM layers over them, 37 classes."""
    x, channels = n.input("input", ["batch", 1, 32, "width"]), 1
    for filters, pool in ((64, (2, 2)), (128, (2, 2)), (256, None), (256, (2, 1)), (512, None), (512, (2, 1))):
        x, channels = n.relu(n.conv(x, channels, filters, 3)), filters
        if pool:
            x = n.node("MaxPool", x, kernel_shape=list(pool), strides=list(pool))
    x = n.node("Squeeze", n.relu(n.conv(x, 512, 512, 2, 1, 0)), n.integers(2))
    x, hidden = n.node("Transpose", x, perm=[2, 0, 1]), 256
    for inputs in (512, 256):
        y, _, _ = n.node("LSTM", x, n.weight((2, 4 * hidden, inputs), inputs), n.weight((2, 4 * hidden, hidden), hidden),
                         n.weight((2, 8 * hidden), 100), outputs=3, hidden_size=hidden, direction="bidirectional")
        y = n.node("Reshape", n.node("Transpose", y, perm=[0, 2, 1, 3]), n.integers(0, 0, 2 * hidden))
        x = n.linear(y, 2 * hidden, 256 if inputs == 512 else 37)
    n.output(x, "logits", ["steps", "batch", 37])


def gru_keywords(n):
    """Keyword spotting with two GRU layers over 98 frames of 40 features (Zhang et al. 2017), 12 classes."""
    x, hidden = n.node("Transpose", n.input("features", ["batch", 98, 40]), perm=[1, 0, 2]), 256
    for inputs in (40, hidden):
        y, last = n.node("GRU", x, n.weight((1, 3 * hidden, inputs), inputs), n.weight((1, 3 * hidden, hidden), hidden),
                         n.weight((1, 6 * hidden), 100), outputs=2, hidden_size=hidden, linear_before_reset=1)
        x = n.node("Squeeze", y, n.integers(1))
    n.output(n.gemm(n.node("Squeeze", last, n.integers(0)), hidden, 12), "logits", ["batch", 12])


@dataclass
class BenchModel:
    """One architecture: how to build it, and the inputs of its workloads."""
    build: Callable
    size: tuple = ()  # of a picture: height, width
    workloads: dict = None  # name of a workload: keyword arguments for `inputs`
    inputs: Callable = None  # keyword arguments → {name: array}


def pictures(size, channels=3, name="input"):
    return lambda random, batch: {name: random.standard_normal((batch, channels, *size)).astype(np.float32)}


def picture_model(build, size, name="input"):
    return BenchModel(build, size, {"1": {"batch": 1}, "8": {"batch": 8}}, pictures(size, name=name))


def bert_inputs(random, batch, tokens):
    shape = (batch, tokens)
    return {"input_ids": random.integers(0, 30522, shape), "attention_mask": np.ones(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64)}


def decoder_inputs(random, batch, tokens, past):
    inputs = {"input_ids": random.integers(0, 49152, (batch, tokens)),
              "position_ids": np.tile(np.arange(past, past + tokens), (batch, 1))}
    for layer in range(30):
        for part in ("key", "value"):
            inputs[f"past.{layer}.{part}"] = random.standard_normal((batch, 3, past, 64)).astype(np.float32)
    return inputs


MODELS = {
    "resnet50": picture_model(resnet50, (224, 224)),
    "mobilenetv2": picture_model(mobilenetv2, (224, 224)),
    "efficientnet-b0": picture_model(efficientnet_b0, (224, 224)),
    "shufflenetv2": picture_model(shufflenetv2, (224, 224)),
    "densenet121": picture_model(densenet121, (224, 224)),
    "squeezenet": picture_model(squeezenet, (224, 224)),
    "yolov8n": picture_model(yolov8n, (640, 640), "images"),
    "unet": picture_model(unet, (256, 256)),
    "bert-base": BenchModel(bert_base, (), {"1x32": {"batch": 1, "tokens": 32}, "1x128": {"batch": 1, "tokens": 128},
                                            "1x384": {"batch": 1, "tokens": 384}, "8x128": {"batch": 8, "tokens": 128}},
                            bert_inputs),
    "deit-tiny": picture_model(deit_tiny, (224, 224)),
    "whisper-tiny-encoder": BenchModel(whisper_tiny_encoder, (), {"1": {"batch": 1}, "8": {"batch": 8}},
                                       pictures((3000,), 80, "mel")),
    "decoder-135m": BenchModel(decoder_135m, (), {"1 after 128": {"batch": 1, "tokens": 1, "past": 128},
                                                  "prefill 64": {"batch": 1, "tokens": 64, "past": 0},
                                                  "8 after 128": {"batch": 8, "tokens": 1, "past": 128}}, decoder_inputs),
    "crnn": BenchModel(crnn, (), {"1x320": {"batch": 1, "width": 320}, "8x320": {"batch": 8, "width": 320}},
                       lambda random, batch, width: pictures((32, width), 1)(random, batch)),
    "gru-keywords": BenchModel(gru_keywords, (), {"1": {"batch": 1}, "8": {"batch": 8}},
                               lambda random, batch: {"features": random.standard_normal((batch, 98, 40)).astype(np.float32)}),
}


def inputs_of(name, workload):
    """The inputs of one call, the same each time."""
    model = MODELS[name]
    return model.inputs(np.random.default_rng(list(workload.encode())), **model.workloads[workload])


def write(name, path, dimensions=None):
    """The model as a file; `dimensions` fixes symbolic dimensions by name, for example {"batch": 1}."""
    network, model = Network(name), MODELS[name]
    model.build(network, model.size) if model.size else model.build(network)
    proto = network.model()
    for value in proto.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in (dimensions or {}):
                dim.dim_value = dimensions[dim.dim_param]
    if dimensions:  # what follows from the inputs' shapes is found again
        for value in proto.graph.output:
            for dim in value.type.tensor_type.shape.dim:
                if dim.dim_param:
                    dim.Clear()
    part = path.with_suffix(".part")
    part.write_bytes(proto.SerializeToString())
    part.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="models whose name contains this")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        if options.only in name:
            write(name, options.folder / f"{name}.onnx")
            print(options.folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
