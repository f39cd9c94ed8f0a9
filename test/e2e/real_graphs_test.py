"""Graphs as users have them, with what is hard about each: Ifs on ranks, a growing cache, sizes that follow from data,
boxes that suppress each other, features of mixed kinds. silero-vad is the published model; the others have their
published or usual architecture and weights from a seed."""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from compiled_model import ROOT, Experiment, real_models, relative_l2

sys.path.insert(0, str(ROOT / "test/bench"))
import models
from network import Network

MICROSOFT, ML = "com.microsoft", "ai.onnx.ml"


def save(network, path, opsets=()):
    model = network.model()
    for domain, version in opsets:
        model.opset_import.append(helper.make_opsetid(domain, version))
    # Dimensions of results follow from the graph.
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    onnx.save(model, path)
    return path


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(e, name, path, calls, bound):
    """The worst error over several calls with different sizes."""
    compiled = e.optimize(path, "host")
    worst = max(relative_l2(compiled.run(x), e.onnxruntime(path, x)) for x in calls)
    e.at_most(f"{name}: relative L2 to onnxruntime", worst, bound)


# ---- silero-vad: Ifs that choose by sampling rate and by rank, an LSTM whose state goes round ------------------------

def silero(e):
    path = real_models() / "silero-vad.onnx"
    compiled, reference = e.optimize(path, "host"), session(path)
    random, worst = np.random.default_rng(3), 0.0
    for rate, samples, batch in ((16000, 576, 1), (8000, 288, 1), (16000, 576, 3)):
        ours = theirs = np.zeros((2, batch, 128), np.float32)
        for _ in range(4):
            chunk = (random.standard_normal((batch, samples)) * 0.2).astype(np.float32)
            rates = np.array(rate)
            got = compiled.run({"input": chunk, "state": ours, "sr": rates})
            want = dict(zip(("output", "stateN"), reference.run(None, {"input": chunk, "state": theirs, "sr": rates})))
            worst = max(worst, relative_l2(got, want))
            ours, theirs = got["stateN"], want["stateN"]
    e.at_most("silero-vad, 4 chunks: relative L2 to onnxruntime", worst, 1e-3)


# ---- a decoder as ONNX Runtime's exporters write it ------------------------------------------------------------------

def decoder(n):
    """Two layers of a Llama with grouped queries, weights of 4 bits and a cache that grows by what is new."""
    layers, width, heads, shared, size, inner, words = 2, 128, 8, 2, 16, 256, 500
    ids = n.input("input_ids", ["batch", "tokens"], "int64")
    mask = n.input("attention_mask", ["batch", "total"], "int64")
    # [batch] of keys less one, and their number.
    last = n.node("Cast", n.node("Sub", n.node("ReduceSum", mask, n.integers(1), keepdims=0), n.integers(1)), to=TensorProto.INT32)
    total = n.node("Cast", n.node("Gather", n.node("Shape", mask), n.constant(np.array(1, np.int64))), to=TensorProto.INT32)
    angles = np.arange(256)[:, None] / 10000 ** (np.arange(0, size, 2) / size)
    cos, sin = n.constant(np.cos(angles).astype(np.float32)), n.constant(np.sin(angles).astype(np.float32))

    def small(x, inputs, outputs):
        blocks = inputs // 32
        packed = n.random.integers(0, 256, (outputs, blocks, 16)).astype(np.uint8)
        scales = (n.random.random((outputs * blocks)) * 0.4 / np.sqrt(inputs) + 0.01).astype(np.float32)
        return n.node("MatMulNBits", x, n.constant(packed), n.constant(scales), domain=MICROSOFT, K=inputs, N=outputs,
                      bits=4, block_size=32)

    past = [[n.input(f"past.{i}.{part}", ["batch", shared, "past", size]) for part in ("key", "value")]
            for i in range(layers)]
    x, present = n.node("Gather", n.weight((words, width), 1, 0.5), ids), []
    ones = n.constant(np.ones(width, np.float32))
    y = n.node("SimplifiedLayerNormalization", x, ones, axis=-1, epsilon=1e-5)
    for i in range(layers):
        q, k, v = small(y, width, heads * size), small(y, width, shared * size), small(y, width, shared * size)
        y, *cache = n.node("GroupQueryAttention", q, k, v, *past[i], last, total, cos, sin, domain=MICROSOFT, outputs=3,
                           num_heads=heads, kv_num_heads=shared, do_rotary=1)
        present.append(cache)
        y, _, _, x = n.node("SkipSimplifiedLayerNormalization", x, small(y, heads * size, width), ones, domain=MICROSOFT,
                            outputs=4, epsilon=1e-5)
        gated = n.node("Mul", n.silu(small(y, width, inner)), small(y, width, inner))
        y, _, _, x = n.node("SkipSimplifiedLayerNormalization", x, small(gated, inner, width), ones, domain=MICROSOFT,
                            outputs=4, epsilon=1e-5)
    n.output(small(y, width, words), "logits", ["batch", "tokens", words])
    for i, pair in enumerate(present):
        for part, value in zip(("key", "value"), pair):
            n.output(value, f"present.{i}.{part}", ["batch", shared, "total", size])


def generation(e):
    n = Network("small decoder")
    decoder(n)
    path = save(n, e.work / "decoder.onnx", [(MICROSOFT, 1)])
    model = onnx.load(path)
    for node in model.graph.node: # statistics that nothing uses are left out
        if node.op_type == "SkipSimplifiedLayerNormalization":
            node.output[1] = node.output[2] = ""
    onnx.save(model, path)
    compiled, reference = e.optimize(path, "host"), session(path)
    random, worst = np.random.default_rng(5), 0.0
    caches = [{f"past.{i}.{part}": np.zeros((1, 2, 0, 16), np.float32) for i in range(2) for part in ("key", "value")}
              for _ in range(2)]
    length = 0
    for tokens in (7, 1, 1, 1, 1):
        length += tokens
        x = {"input_ids": random.integers(0, 500, (1, tokens)), "attention_mask": np.ones((1, length), np.int64)}
        got = compiled.run({**x, **caches[0]})
        want = dict(zip([o.name for o in reference.get_outputs()], reference.run(None, {**x, **caches[1]})))
        worst = max(worst, relative_l2(got, want))
        caches = [{name.replace("present", "past"): value for name, value in r.items() if name != "logits"}
                  for r in (got, want)]
    e.at_most("decoder, prompt of 7 and 4 tokens: relative L2 to onnxruntime", worst, 1e-4)


def large_decoder(e):
    path = e.work / "decoder-135m.onnx"
    models.write("decoder-135m", path)
    check(e, "decoder of 135 million weights", path,
          [models.inputs_of("decoder-135m", w) for w in ("prefill 64", "1 after 128")], 1e-4)


# ---- detectors -------------------------------------------------------------------------------------------------------

def yolo(e):
    n = Network("yolov8n")
    models.yolov8n(n, (320, 320))
    n.outputs.clear()
    boxes, scores = n.node("Split", "output", n.integers(4, 80), outputs=2, axis=1)
    boxes = n.node("Transpose", boxes, perm=[0, 2, 1])
    # Scores of a network without training are all about one half: they are spread.
    scores = n.node("Sigmoid", n.node("Mul", n.node("Sub", scores, n.scalar(0.5)), n.scalar(25)))
    chosen = n.node("NonMaxSuppression", boxes, scores, n.integers(20), n.constant(np.array([0.45], np.float32)),
                    n.constant(np.array([0.7], np.float32)), center_point_box=1)
    entry, kind, place = n.node("Split", chosen, n.integers(1, 1, 1), outputs=3, axis=1)
    n.output(chosen, "selected", ["found", 3], "int64")
    n.output(n.node("GatherND", boxes, n.node("Concat", entry, place, axis=1)), "boxes", ["found", 4])
    n.output(n.node("GatherND", scores, chosen), "scores", ["found"])
    path = save(n, e.work / "yolov8n-nms.onnx")
    random = np.random.default_rng(2)
    check(e, "YOLOv8n with NonMaxSuppression", path,
          [{"images": random.random((batch, 3, 320, 320)).astype(np.float32)} for batch in (1, 2)], 1e-4)


def mask_rcnn(e):
    """He et al. 2017 in small: proposals by score, suppression, features of regions, classes above a threshold."""
    n = Network("small mask r-cnn")
    x = n.relu(n.conv(n.input("image", [1, 3, "height", "width"]), 3, 16, 3, 2))
    features = n.relu(n.conv(n.relu(n.conv(x, 16, 32, 3, 2)), 32, 32, 3))
    shape = n.node("Shape", features)
    height, width = (n.node("Gather", shape, n.constant(np.array(i, np.int64))) for i in (2, 3))
    zero, one = (n.constant(np.array(i, np.int64)) for i in (0, 1))
    rows, columns = (n.node("Cast", n.node("Range", zero, size, one), to=TensorProto.FLOAT) for size in (height, width))
    # A square of 16 pixels around each place, moved by what the network says.
    score = n.node("Reshape", n.node("Sigmoid", n.conv(features, 32, 1, gain=3)), n.integers(-1))
    deltas = n.node("Reshape", n.node("Transpose", n.conv(features, 32, 4, gain=2), perm=[0, 2, 3, 1]), n.integers(-1, 4))
    grid = n.node("Expand", n.node("Unsqueeze", rows, n.integers(1)), n.node("Slice", shape, n.integers(2), n.integers(4)))
    across = n.node("Expand", columns, n.node("Slice", shape, n.integers(2), n.integers(4)))
    y, x = (n.node("Mul", n.node("Reshape", v, n.integers(-1, 1)), n.scalar(4)) for v in (grid, across))
    anchors = n.node("Concat", *(n.node("Add", v, n.scalar(d)) for v, d in ((x, -8), (y, -8), (x, 8), (y, 8))), axis=1)
    boxes = n.node("Add", anchors, n.node("Mul", deltas, n.scalar(4)))
    count = n.node("Min", n.integers(60), n.node("Shape", score))
    best, order = n.node("TopK", score, count, outputs=2, axis=0)
    boxes = n.node("Gather", boxes, order, axis=0)
    stays = n.node("NonMaxSuppression", n.node("Unsqueeze", boxes, n.integers(0)), n.node("Unsqueeze", best, n.integers(0, 1)),
                   n.integers(25), n.constant(np.array([0.4], np.float32)), n.constant(np.array([0.3], np.float32)))
    stays = n.node("Squeeze", n.node("Slice", stays, n.integers(2), n.integers(3), n.integers(1)), n.integers(1))
    boxes = n.node("Gather", boxes, stays, axis=0)
    entries = n.node("ConstantOfShape", n.node("Shape", stays), value=numpy_helper.from_array(np.array([0], np.int64)))
    regions = n.node("RoiAlign", features, boxes, entries, output_height=5, output_width=5, sampling_ratio=0,
                     spatial_scale=0.25)
    hidden = n.relu(n.gemm(n.node("Flatten", regions), 32 * 25, 64))
    classes = n.node("Softmax", n.node("Mul", n.gemm(hidden, 64, 5), n.scalar(4)), axis=-1)
    sure = n.node("Transpose", n.node("NonZero", n.node("Greater", classes, n.scalar(0.5))), perm=[1, 0])
    n.output(n.node("GatherND", classes, sure), "scores", ["found"])
    place, kind = n.node("Split", sure, n.integers(1, 1), outputs=2, axis=1)
    n.output(n.node("Squeeze", kind, n.integers(1)), "labels", ["found"], "int64")
    kept = n.node("Squeeze", place, n.integers(1))
    n.output(n.node("Gather", boxes, kept, axis=0), "boxes", ["found", 4])
    masks = n.node("RoiAlign", features, n.node("Gather", boxes, kept, axis=0), n.node("Gather", entries, kept),
                   output_height=7, output_width=7, sampling_ratio=2, spatial_scale=0.25)
    masks = n.relu(n.node("ConvTranspose", masks, n.weight((32, 16, 2, 2), 32), kernel_shape=[2, 2], strides=[2, 2]))
    n.output(n.node("Sigmoid", n.conv(masks, 16, 1)), "masks", ["found", 1, 14, 14])
    path = save(n, e.work / "mask-rcnn.onnx")
    random = np.random.default_rng(4)
    check(e, "Mask R-CNN in small", path,
          [{"image": random.standard_normal((1, 3, *size)).astype(np.float32)} for size in ((96, 128), (64, 64))], 1e-4)


# ---- Whisper ---------------------------------------------------------------------------------------------------------

def whisper_decoder(e):
    """Radford et al. 2022, two layers of the tiny size: attention to itself with a cache, then to the encoder's states."""
    n = Network("whisper decoder")
    width, heads, words = 384, 6, 300
    ids, place = n.input("input_ids", ["batch", "tokens"], "int64"), n.input("position_ids", ["batch", "tokens"], "int64")
    states = n.input("encoder_hidden_states", ["batch", "frames", width])
    past = [[n.input(f"past.{i}.{part}", ["batch", heads, "past", width // heads]) for part in ("key", "value")]
            for i in range(2)]
    x = n.node("Add", n.node("Gather", n.weight((words, width), 1, 0.5), ids),
               n.node("Gather", n.weight((448, width), 1, 0.1), place))
    for i in range(2):
        y = n.layer_norm(x, width)
        y, key, value = n.node("MultiHeadAttention", *(n.linear(y, width, width) for _ in range(3)), "", "", "", *past[i],
                               domain=MICROSOFT, outputs=3, num_heads=heads, unidirectional=1)
        n.output(key, f"present.{i}.key", None)
        n.output(value, f"present.{i}.value", None)
        x = n.node("Add", x, n.linear(y, width, width, gain=0.5))
        y = n.layer_norm(x, width)
        y = n.node("MultiHeadAttention", n.linear(y, width, width), n.linear(states, width, width),
                   n.linear(states, width, width), domain=MICROSOFT, num_heads=heads)
        x = n.node("Add", x, n.linear(y, width, width, gain=0.5))
        x = n.node("Add", x, n.mlp(n.layer_norm(x, width), width, 4 * width))
    n.output(n.linear(n.layer_norm(x, width), width, words, False), "logits", None)
    path = save(n, e.work / "whisper-decoder.onnx", [(MICROSOFT, 1)])
    random = np.random.default_rng(6)

    def call(tokens, before):
        x = {"input_ids": random.integers(0, words, (1, tokens)), "position_ids": np.arange(before, before + tokens)[None],
             "encoder_hidden_states": random.standard_normal((1, 50, width)).astype(np.float32)}
        for i in range(2):
            for part in ("key", "value"):
                x[f"past.{i}.{part}"] = random.standard_normal((1, heads, before, width // heads)).astype(np.float32)
        return x

    check(e, "Whisper's decoder", path, [call(4, 0), call(1, 9)], 1e-4)


def whisper_encoder(e):
    path = e.work / "whisper-encoder.onnx"
    models.write("whisper-tiny-encoder", path)
    check(e, "Whisper's encoder", path, [models.inputs_of("whisper-tiny-encoder", "1")], 1e-4)


# ---- a pipeline of scikit-learn, as skl2onnx writes it without ZipMap -----------------------------------------------

def pipeline(e):
    random = np.random.default_rng(8)
    floats = lambda *shape: random.standard_normal(shape).astype(np.float32)
    nodes = []

    def node(op, inputs, outputs, domain=ML, **attributes):
        nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))

    node("Imputer", ["numbers"], ["filled"], imputed_value_floats=floats(4).tolist(), replaced_value_float=float("nan"))
    node("Scaler", ["filled"], ["scaled"], offset=floats(4).tolist(), scale=(floats(4) ** 2 + 0.5).tolist())
    node("OneHotEncoder", ["category"], ["hot"], cats_int64s=[1, 3, 7], zeros=1)
    node("Reshape", ["hot", "rows"], ["flat"], domain="")
    node("Concat", ["scaled", "flat"], ["features"], domain="", axis=1)
    node("Normalizer", ["features"], ["unit"], norm="L2")
    node("LinearClassifier", ["unit"], ["word", "probabilities"], classlabels_strings=["cat", "dog", "owl"],
         coefficients=floats(21).tolist(), intercepts=floats(3).tolist(), post_transform="SOFTMAX")
    # Words exist inside only: the label is a number.
    node("LabelEncoder", ["word"], ["label"], keys_strings=["dog", "owl", "cat"], values_int64s=[20, 30, 10])
    node("ArrayFeatureExtractor", ["unit", "first"], ["picked"])
    vectors = floats(6, 2)
    node("SVMRegressor", ["picked"], ["estimate"], kernel_type="RBF", kernel_params=[0.7, 0.0, 3.0], n_supports=6,
         coefficients=floats(6).tolist(), rho=[0.2], support_vectors=vectors.ravel().tolist())
    graph = helper.make_graph(
        nodes, "pipeline",
        [helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["rows", 4]),
         helper.make_tensor_value_info("category", TensorProto.INT64, ["rows", 1])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, None),
         helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None),
         helper.make_tensor_value_info("estimate", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array([-1, 3]), "rows"), numpy_helper.from_array(np.array([0, 5]), "first")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(ML, 2)], ir_version=8)
    path = e.work / "pipeline.onnx"
    onnx.save(model, path)

    def call(rows):
        numbers = floats(rows, 4)
        numbers[random.random(numbers.shape) < 0.2] = np.nan
        return {"numbers": numbers, "category": random.choice([1, 3, 5, 7], (rows, 1))}

    check(e, "pipeline of scikit-learn", path, [call(1), call(50)], 1e-4)


def main():
    with Experiment("real_graphs") as e:
        silero(e)
        generation(e)
        yolo(e)
        mask_rcnn(e)
        whisper_decoder(e)
        pipeline(e)
        if not e.quick:
            whisper_encoder(e)
            large_decoder(e)


if __name__ == "__main__":
    main()
