"""Trains the example's network and writes it with its samples beside this script.

A convolutional network on scikit-learn's handwritten digits (8 x 8 pixels, 1,797 images by 43 writers):
twice convolution, relu, max-pooling, then one dense layer; trained with Adam in plain numpy, seeded.

Needs scikit-learn and onnx:  pip install numpy onnx scikit-learn && python train_digits.py

digits.onnx       input image: float32 [batch, 1, 8, 8], 0 (paper) to 1 (ink); output scores: float32 [batch, 10]
calibration.npz   200 training images
test.npz          120 images the network has not seen; test_labels.npy: their digits
one.npz           the first of them
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

HERE = Path(__file__).parent


def patches(x):
    """The 3 x 3 neighbourhoods of x [n, c, h, w], zero-padded: [n, h, w, c * 9]."""
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)


def scatter(gradient, shape):
    """The adjoint of `patches`: sums a gradient [n, h, w, c * 9] back into an image of `shape`."""
    n, c, h, w = shape
    padded = np.zeros((n, c, h + 2, w + 2), np.float32)
    gradient = gradient.reshape(n, h, w, c, 3, 3)
    for i in range(3):
        for j in range(3):
            padded[:, :, i : i + h, j : j + w] += gradient[..., i, j].transpose(0, 3, 1, 2)
    return padded[:, :, 1:-1, 1:-1]


def block(x, weight, bias):
    """Convolution, relu and 2 x 2 max-pooling; also returns what the gradient needs."""
    columns = patches(x)
    y = columns @ weight.reshape(weight.shape[0], -1).T + bias
    n, h, w, c = y.shape
    cells = np.maximum(y, 0).reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4).reshape(
        n, h // 2, w // 2, c, 4)
    winner = cells.argmax(-1)
    pooled = cells.max(-1)
    return pooled.transpose(0, 3, 1, 2), (x.shape, columns, winner, pooled > 0)


def block_gradient(gradient, weight, saved):
    """Gradients with respect to the block's input, weight and bias."""
    shape, columns, winner, alive = saved
    gradient = gradient.transpose(0, 2, 3, 1) * alive
    n, h, w, c = gradient.shape
    cells = (np.arange(4) == winner[..., None]) * gradient[..., None]
    full = cells.reshape(n, h, w, c, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(-1, c).astype(np.float32)
    flat = columns.reshape(len(full), -1)
    d_weight = (full.T @ flat).reshape(weight.shape)
    d_input = scatter((full @ weight.reshape(c, -1)).reshape(columns.shape), shape)
    return d_input, d_weight, full.sum(0)


def forward(p, x):
    a, saved1 = block(x, p["conv1.weight"], p["conv1.bias"])
    b, saved2 = block(a, p["conv2.weight"], p["conv2.bias"])
    flat = b.reshape(len(b), -1)
    logits = flat @ p["dense.weight"].T + p["dense.bias"]
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True), (saved1, saved2, flat, b.shape)


def gradients(p, x, labels):
    scores, (saved1, saved2, flat, shape) = forward(p, x)
    d = (scores - np.eye(10, dtype=np.float32)[labels]) / len(x)
    g = {"dense.weight": d.T @ flat, "dense.bias": d.sum(0)}
    d = (d @ p["dense.weight"]).reshape(shape)
    d, g["conv2.weight"], g["conv2.bias"] = block_gradient(d, p["conv2.weight"], saved2)
    _, g["conv1.weight"], g["conv1.bias"] = block_gradient(d, p["conv1.weight"], saved1)
    return g


def train(images, labels, random, epochs=40, batch=32):
    def init(*shape):
        return (random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)

    p = {"conv1.weight": init(16, 1, 3, 3), "conv1.bias": np.zeros(16, np.float32),
         "conv2.weight": init(32, 16, 3, 3), "conv2.bias": np.zeros(32, np.float32),
         "dense.weight": init(10, 128), "dense.bias": np.zeros(10, np.float32)}
    mean = {k: np.zeros_like(v) for k, v in p.items()}
    square = {k: np.zeros_like(v) for k, v in p.items()}
    step, steps = 0, epochs * (len(images) // batch)
    for _ in range(epochs):
        order = random.permutation(len(images))
        for start in range(0, len(images) - batch + 1, batch):
            chosen = order[start : start + batch]
            # Shift each batch by up to one pixel, so that the network does not depend on centring.
            x = np.roll(images[chosen], tuple(random.integers(-1, 2, 2)), axis=(2, 3))
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
            for k, g in gradients(p, x, labels[chosen]).items():
                mean[k] = 0.9 * mean[k] + 0.1 * g
                square[k] = 0.999 * square[k] + 0.001 * g * g
                update = (mean[k] / (1 - 0.9**step)) / (np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8)
                p[k] = (p[k] - rate * update).astype(np.float32)
    return p


def export(p):
    nodes = []
    x = "image"
    for i in (1, 2):
        nodes += [
            helper.make_node("Conv", [x, f"conv{i}.weight", f"conv{i}.bias"], [f"conv{i}"], name=f"conv{i}",
                             kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [f"conv{i}"], [f"relu{i}"], name=f"relu{i}"),
            helper.make_node("MaxPool", [f"relu{i}"], [f"pool{i}"], name=f"pool{i}", kernel_shape=[2, 2],
                             strides=[2, 2])]
        x = f"pool{i}"
    nodes += [helper.make_node("Flatten", [x], ["flat"], name="flatten", axis=1),
              helper.make_node("Gemm", ["flat", "dense.weight", "dense.bias"], ["logits"], name="dense", transB=1),
              helper.make_node("Softmax", ["logits"], ["scores"], name="softmax", axis=1)]
    graph = helper.make_graph(
        nodes, "digits", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(v, k) for k, v in p.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="train_digits.py")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    random = np.random.default_rng(20)
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    order = random.permutation(len(images))
    images, labels = images[order], digits.target[order].astype(np.int64)
    held_out = 360
    p = train(images[held_out:], labels[held_out:], random)
    scores, _ = forward(p, images[:held_out])
    accuracy = (scores.argmax(1) == labels[:held_out]).mean()
    print(f"accuracy on {held_out} images not trained on: {accuracy:.4f}")
    if accuracy < 0.97:
        raise SystemExit("below 0.97: not written")
    onnx.save(export(p), HERE / "digits.onnx")
    np.savez(HERE / "calibration.npz", image=images[-200:])
    np.savez(HERE / "test.npz", image=images[:120])
    np.save(HERE / "test_labels.npy", labels[:120])
    np.savez(HERE / "one.npz", image=images[:1])


if __name__ == "__main__":
    main()
