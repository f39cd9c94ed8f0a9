"""Writes ONNX models layer by layer, with weights from a seed."""

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DTYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class Network:
    """A graph under construction. Values are names; each method adds nodes and returns the name of its result.

    Weights are normal with a standard deviation of gain / sqrt(inputs of one output), so that activations keep their
    size through any depth; the seed is the model's name, so a model is the same file wherever it is written.
    """

    def __init__(self, name, opset=17):
        self.name, self.opset = name, opset
        self.nodes, self.inputs, self.outputs, self.initializers = [], [], [], []
        self.constants = {}
        self.random = np.random.default_rng(list(name.encode()))

    # Plain pieces of a graph.

    def input(self, name, shape, dtype="float32"):
        self.inputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))
        return name

    def output(self, value, name, shape, dtype="float32"):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))

    def node(self, op, *inputs, outputs=1, **attributes):
        label = f"{op}_{len(self.nodes)}"
        names = [f"{label}_{i}" for i in range(outputs)] if outputs > 1 else [label + "_output"]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=label, **attributes))
        return names if outputs > 1 else names[0]

    def constant(self, array):
        """An initializer; equal small ones are one."""
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= 16 else None
        if key in self.constants:
            return self.constants[key]
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        if key:
            self.constants[key] = name
        return name

    def integers(self, *values):
        return self.constant(np.array(values, np.int64))

    def scalar(self, value):
        return self.constant(np.array(value, np.float32))

    def weight(self, shape, fan_in, gain=1.0):
        return self.constant((self.random.standard_normal(shape) * gain / math.sqrt(fan_in)).astype(np.float32))

    # Layers.

    def conv(self, x, channels, filters, kernel=1, stride=1, pad=None, group=1, gain=math.sqrt(2)):
        """A 2-D convolution with bias, as exporters write one whose batch normalization was folded into it."""
        pad = kernel // 2 if pad is None else pad
        fan_in = channels // group * kernel * kernel
        return self.node("Conv", x, self.weight((filters, channels // group, kernel, kernel), fan_in, gain),
                         self.weight((filters,), 100), kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[pad] * 4, group=group)

    def relu(self, x):
        return self.node("Relu", x)

    def relu6(self, x):
        return self.node("Clip", x, self.scalar(0), self.scalar(6))

    def silu(self, x):
        return self.node("Mul", x, self.node("Sigmoid", x))

    def gelu(self, x):
        """By erf, in the five nodes that exporters write below opset 20."""
        erf = self.node("Erf", self.node("Div", x, self.scalar(math.sqrt(2))))
        return self.node("Mul", self.node("Mul", x, self.node("Add", erf, self.scalar(1))), self.scalar(0.5))

    def batch_norm(self, x, channels):
        scale, bias = 1 + 0.1 * self.random.standard_normal(channels), 0.1 * self.random.standard_normal(channels)
        return self.node("BatchNormalization", x, self.constant(scale.astype(np.float32)),
                         self.constant(bias.astype(np.float32)), self.constant(np.zeros(channels, np.float32)),
                         self.constant(np.ones(channels, np.float32)))

    def max_pool(self, x, kernel, stride, pad=0):
        return self.node("MaxPool", x, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def classifier(self, x, channels, classes=1000):
        """Global average pooling and one linear layer."""
        x = self.node("Flatten", self.node("GlobalAveragePool", x))
        self.output(self.gemm(x, channels, classes), "logits", ["batch", classes])

    def gemm(self, x, inputs, outputs):
        return self.node("Gemm", x, self.weight((outputs, inputs), inputs), self.weight((outputs,), 100), transB=1)

    def linear(self, x, inputs, outputs, bias=True, gain=1.0):
        """A product over the last dimension, of any rank."""
        y = self.node("MatMul", x, self.weight((inputs, outputs), inputs, gain))
        return self.node("Add", y, self.weight((outputs,), 100)) if bias else y

    def layer_norm(self, x, width, epsilon=1e-5):
        return self.node("LayerNormalization", x, self.constant(np.ones(width, np.float32)),
                         self.constant(np.zeros(width, np.float32)), axis=-1, epsilon=epsilon)

    def heads(self, x, heads, size, order=(0, 2, 1, 3)):
        """[batch, tokens, heads * size] as [batch, heads, tokens, size]."""
        return self.node("Transpose", self.node("Reshape", x, self.integers(0, 0, heads, size)), perm=list(order))

    def attention(self, x, width, heads, mask=None):
        """Self-attention of [batch, tokens, width]; `mask` is added to the scores."""
        size = width // heads
        q, k, v = (self.linear(x, width, width) for _ in range(3))
        q, v = self.heads(q, heads, size), self.heads(v, heads, size)
        k = self.heads(k, heads, size, (0, 2, 3, 1))
        scores = self.node("Mul", self.node("MatMul", q, k), self.scalar(1 / math.sqrt(size)))
        if mask:
            scores = self.node("Add", scores, mask)
        mixed = self.node("Transpose", self.node("MatMul", self.node("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        return self.linear(self.node("Reshape", mixed, self.integers(0, 0, width)), width, width, gain=0.5)

    def mlp(self, x, width, inner):
        return self.linear(self.gelu(self.linear(x, width, inner)), inner, width, gain=0.5)

    def pre_norm_block(self, x, width, heads):
        """A transformer block that normalizes what goes into its two branches (ViT, Whisper)."""
        x = self.node("Add", x, self.attention(self.layer_norm(x, width), width, heads))
        return self.node("Add", x, self.mlp(self.layer_norm(x, width), width, 4 * width))

    # The file.

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8,
                                 producer_name="mlcompress test/bench/models.py")

    def save(self, path):
        onnx.save(self.model(), str(path))
