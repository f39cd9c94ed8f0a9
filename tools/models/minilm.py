"""The ONNX graph of all-MiniLM-L6-v2, built from its config.json and safetensors.

The wheel ships weights and no graph. The graph built here is what PyTorch's exporter writes for this
model at opset 17: LayerNorm and Gelu decomposed, shapes computed from `Shape` nodes, batch and sequence
dynamic; then mean pooling over the attention mask and L2 normalisation, as the model card prescribes.
`evaluate` computes the same formulas with numpy, for checking the graph.

Inputs  input_ids, attention_mask, token_type_ids: int64 [batch, sequence], sequence <= 512
Output  sentence_embedding: float32 [batch, 384], rows of length 1
"""

import json
import math
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def read_safetensors(path):
    """{name: array} of a safetensors file: 8 bytes of header length, a JSON header, raw little-endian data."""
    dtypes = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32}
    data = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = np.frombuffer(data[8 + length + begin : 8 + length + end], dtypes[entry["dtype"]])
        tensors[name] = raw.reshape(entry["shape"])
    return tensors


class _Graph:
    """Nodes and initialisers under construction; node names follow the exporter's `/scope/Op` form."""

    def __init__(self):
        self.nodes = []
        self.initializers = {}
        self.names = {}

    def node(self, op, inputs, scope, **attributes):
        base = f"{scope}/{op}"
        count = self.names.get(base, 0)
        self.names[base] = count + 1
        name = base if count == 0 else f"{base}_{count}"
        output = name + "_output_0"
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output

    def weight(self, name, array):
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def constant(self, value, dtype):
        """A `Constant` node, as exporters write scalars and axes."""
        array = np.asarray(value, dtype)
        name = f"/Constant_{len(self.nodes)}"
        output = name + "_output_0"
        self.nodes.append(helper.make_node("Constant", [], [output], name=name,
                                           value=numpy_helper.from_array(array)))
        return output


def _linear(g, x, weights, name, scope):
    w = g.weight(name + ".weight_transposed", weights[name + ".weight"].T)
    b = g.weight(name + ".bias", weights[name + ".bias"])
    return g.node("Add", [b, g.node("MatMul", [x, w], scope)], scope)


def _layer_norm(g, x, weights, name, epsilon, scope):
    centred = g.node("Sub", [x, g.node("ReduceMean", [x], scope, axes=[-1])], scope)
    squared = g.node("Pow", [centred, g.constant(2.0, np.float32)], scope)
    variance = g.node("ReduceMean", [squared], scope, axes=[-1])
    deviation = g.node("Sqrt", [g.node("Add", [variance, g.constant(epsilon, np.float32)], scope)], scope)
    scaled = g.node("Mul", [g.node("Div", [centred, deviation], scope),
                            g.weight(name + ".weight", weights[name + ".weight"])], scope)
    return g.node("Add", [scaled, g.weight(name + ".bias", weights[name + ".bias"])], scope)


def _gelu(g, x, scope):
    erf = g.node("Erf", [g.node("Div", [x, g.constant(math.sqrt(2.0), np.float32)], scope)], scope)
    product = g.node("Mul", [x, g.node("Add", [erf, g.constant(1.0, np.float32)], scope)], scope)
    return g.node("Mul", [product, g.constant(0.5, np.float32)], scope)


def _dimension(g, x, axis, scope):
    shape = g.node("Shape", [x], scope)
    size = g.node("Gather", [shape, g.constant(axis, np.int64)], scope, axis=0)
    return g.node("Unsqueeze", [size, g.constant([0], np.int64)], scope)


def build(config, weights):
    """The ModelProto. `config` is the parsed config.json, `weights` the result of read_safetensors."""
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    head_size, epsilon = hidden // heads, config["layer_norm_eps"]
    g = _Graph()

    # Additive mask: 0 where a token counts, the lowest float where it is padding.
    scope = ""
    mask = g.node("Unsqueeze", ["attention_mask", g.constant([1], np.int64)], scope)
    mask = g.node("Unsqueeze", [mask, g.constant([2], np.int64)], scope)
    mask = g.node("Cast", [mask], scope, to=TensorProto.FLOAT)
    mask = g.node("Sub", [g.constant(1.0, np.float32), mask], scope)
    mask = g.node("Mul", [mask, g.constant(np.finfo(np.float32).min, np.float32)], scope)

    scope = "/embeddings"
    table = {kind: g.weight(f"embeddings.{kind}_embeddings.weight", weights[f"embeddings.{kind}_embeddings.weight"])
             for kind in ("word", "token_type", "position")}
    x = g.node("Add", [g.node("Gather", [table["word"], "input_ids"], scope),
                       g.node("Gather", [table["token_type"], "token_type_ids"], scope)], scope)
    positions = g.node("Slice", [g.weight("embeddings.position_ids", weights["embeddings.position_ids"]),
                                 g.constant([0], np.int64), _dimension(g, "input_ids", 1, scope),
                                 g.constant([1], np.int64), g.constant([1], np.int64)], scope)
    x = g.node("Add", [x, g.node("Gather", [table["position"], positions], scope)], scope)
    x = _layer_norm(g, x, weights, "embeddings.LayerNorm", epsilon, scope + "/LayerNorm")

    for layer in range(config["num_hidden_layers"]):
        name, scope = f"encoder.layer.{layer}", f"/encoder/layer.{layer}"
        attention = scope + "/attention/self"

        def split(role, permutation):
            y = _linear(g, x, weights, f"{name}.attention.self.{role}", f"{attention}/{role}")
            shape = g.node("Concat", [_dimension(g, y, 0, attention), _dimension(g, y, 1, attention),
                                      g.constant([heads], np.int64), g.constant([head_size], np.int64)],
                           attention, axis=0)
            return g.node("Transpose", [g.node("Reshape", [y, shape], attention)], attention, perm=permutation)

        query, key = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1])
        value = split("value", [0, 2, 1, 3])
        scores = g.node("MatMul", [query, key], attention)
        scores = g.node("Div", [scores, g.constant(math.sqrt(head_size), np.float32)], attention)
        scores = g.node("Softmax", [g.node("Add", [scores, mask], attention)], attention, axis=-1)
        context = g.node("Transpose", [g.node("MatMul", [scores, value], attention)], attention, perm=[0, 2, 1, 3])
        shape = g.node("Concat", [_dimension(g, context, 0, attention), _dimension(g, context, 1, attention),
                                  g.constant([hidden], np.int64)], attention, axis=0)
        context = g.node("Reshape", [context, shape], attention)

        output = scope + "/attention/output"
        y = _linear(g, context, weights, f"{name}.attention.output.dense", output + "/dense")
        x = _layer_norm(g, g.node("Add", [y, x], output), weights, f"{name}.attention.output.LayerNorm", epsilon,
                        output + "/LayerNorm")
        y = _linear(g, x, weights, f"{name}.intermediate.dense", scope + "/intermediate/dense")
        y = _gelu(g, y, scope + "/intermediate/act")
        y = _linear(g, y, weights, f"{name}.output.dense", scope + "/output/dense")
        x = _layer_norm(g, g.node("Add", [y, x], scope + "/output"), weights, f"{name}.output.LayerNorm", epsilon,
                        scope + "/output/LayerNorm")

    scope = "/pooling"
    weight = g.node("Unsqueeze", ["attention_mask", g.constant([-1], np.int64)], scope)
    weight = g.node("Expand", [weight, g.node("Shape", [x], scope)], scope)
    weight = g.node("Cast", [weight], scope, to=TensorProto.FLOAT)
    total = g.node("ReduceSum", [g.node("Mul", [x, weight], scope), g.constant([1], np.int64)], scope, keepdims=0)
    count = g.node("ReduceSum", [weight, g.constant([1], np.int64)], scope, keepdims=0)
    mean = g.node("Div", [total, g.node("Clip", [count, g.constant(1e-9, np.float32)], scope)], scope)

    scope = "/normalize"
    norm = g.node("ReduceL2", [mean], scope, axes=[1], keepdims=1)
    norm = g.node("Clip", [norm, g.constant(1e-12, np.float32)], scope)
    norm = g.node("Expand", [norm, g.node("Shape", [mean], scope)], scope)
    g.nodes.append(helper.make_node("Div", [mean, norm], ["sentence_embedding"], name="/normalize/Div"))

    tokens = ["batch", "sequence"]
    graph = helper.make_graph(
        g.nodes, "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(n, TensorProto.INT64, tokens)
         for n in ("input_ids", "attention_mask", "token_type_ids")],
        [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", hidden])],
        list(g.initializers.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="mlcompress tools/models/minilm.py")
    onnx.checker.check_model(model, full_check=True)
    return model


def evaluate(config, weights, input_ids, attention_mask, token_type_ids):
    """The sentence embeddings [batch, hidden] by the same formulas in float64 numpy."""
    w = {name: array.astype(np.float64) for name, array in weights.items() if array.dtype == np.float32}
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    erf = np.vectorize(math.erf, otypes=[np.float64])

    def linear(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    def layer_norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        return scaled * w[name + ".weight"] + w[name + ".bias"]

    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    mask = attention_mask.astype(np.float64)
    x = w["embeddings.word_embeddings.weight"][input_ids] + w["embeddings.token_type_embeddings.weight"][token_type_ids]
    x = layer_norm(x + w["embeddings.position_embeddings.weight"][: input_ids.shape[1]], "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        q, k, v = (split(linear(x, f"{name}.attention.self.{role}")) for role in ("query", "key", "value"))
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        scores = np.where(mask[:, None, None, :] > 0, scores, -np.inf)
        context = (softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = layer_norm(linear(context, f"{name}.attention.output.dense") + x, f"{name}.attention.output.LayerNorm")
        y = linear(x, f"{name}.intermediate.dense")
        y = 0.5 * y * (1 + erf(y / math.sqrt(2)))
        x = layer_norm(linear(y, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
    mean = (x * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1e-9)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def write(source, target):
    """Builds the graph from `config.json` and `model.safetensors` in folder `source` and writes it to `target`."""
    config = json.loads((Path(source) / "config.json").read_text())
    weights = read_safetensors(Path(source) / "model.safetensors")
    onnx.save(build(config, weights), target)
