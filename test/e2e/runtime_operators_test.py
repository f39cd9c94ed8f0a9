"""Operators of com.microsoft and ai.onnx.ml, each in the forms that exporters and ONNX Runtime's optimizer write, one
small model a form, compared with ONNX Runtime."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from compiled_model import Experiment, relative_l2

MICROSOFT, ML = "com.microsoft", "ai.onnx.ml"
random = np.random.default_rng(11)


def f32(*shape):
    return random.standard_normal(shape).astype(np.float32)


def u8(*shape):
    return random.integers(0, 256, shape).astype(np.uint8)


def i8(*shape):
    return random.integers(-128, 128, shape).astype(np.int8)


def scalar(value, dtype=np.float32):
    return np.array(value, dtype)


class Form:
    """One node. `operands` are arrays, None where left out; those in `constants` (by place) are initializers.
    `expected` is what ONNX Runtime, which has no such operator for CPUs, should give."""

    def __init__(self, op, operands, outputs=1, constants=(), domain=MICROSOFT, bound=1e-5, dynamic=(),
                 expected=None, **attributes):
        self.expected = expected
        self.op, self.operands, self.outputs, self.constants = op, operands, outputs, constants
        self.domain, self.bound, self.dynamic, self.attributes = domain, bound, dynamic, attributes

    def model(self, types):
        """`types`: numpy's type of each output that is known, by name."""
        names = [f"x{i}" if x is not None else "" for i, x in enumerate(self.operands)]
        outputs = [f"y{i}" for i in range(self.outputs)] if isinstance(self.outputs, int) else self.outputs
        node = helper.make_node(self.op, names, outputs, domain=self.domain, **self.attributes)
        inputs, initializers = [], []
        for i, x in enumerate(self.operands):
            if x is None:
                continue
            if i in self.constants:
                initializers.append(numpy_helper.from_array(x, names[i]))
                continue
            shape = [f"d{i}_{axis}" if i in self.dynamic else size for axis, size in enumerate(x.shape)]
            inputs.append(helper.make_tensor_value_info(names[i], helper.np_dtype_to_tensor_dtype(x.dtype), shape))
        known = lambda y: helper.np_dtype_to_tensor_dtype(types[y]) if y in types else TensorProto.FLOAT
        values = [helper.make_tensor_value_info(y, known(y), None) for y in outputs if y]
        graph = helper.make_graph([node], "form", inputs, values, initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1), helper.make_opsetid(ML, 3)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def inputs(self):
        return {f"x{i}": x for i, x in enumerate(self.operands) if x is not None and i not in self.constants}


def fused():
    x, row = f32(2, 5, 16), f32(16)
    yield Form("Gelu", [x])
    yield Form("BiasGelu", [x, row])
    yield Form("FastGelu", [x, row])
    yield Form("QuickGelu", [x], alpha=1.5)
    yield Form("SkipLayerNormalization", [x, f32(2, 5, 16), row, f32(16), f32(16)], ["y", "", "", "sum"], epsilon=1e-5)
    yield Form("SkipLayerNormalization", [x, f32(2, 5, 16), row, f32(16)], dynamic=(0, 1))
    yield Form("SkipSimplifiedLayerNormalization", [x, f32(2, 5, 16), row], ["y", "", "", "sum"], epsilon=1e-6)
    yield Form("SimplifiedLayerNormalization", [x, row], domain="", epsilon=1e-6)
    ids, table = random.integers(0, 9, (2, 6)).astype(np.int32), lambda n: f32(n, 16)
    yield Form("EmbedLayerNormalization",
               [ids, random.integers(0, 2, (2, 6)).astype(np.int32), table(9), table(8), table(2), row, f32(16),
                np.array([[1] * 6, [1, 1, 1, 0, 0, 0]], np.int32)], 2, constants=(2, 3, 4), epsilon=1e-12)
    yield Form("FusedMatMul", [f32(2, 6, 4), f32(2, 5, 6)], transA=1, transB=1, alpha=0.5)
    yield Form("FusedMatMul", [f32(3, 2, 4), f32(2, 4, 5)], transBatchA=1)
    yield Form("FusedGemm", [f32(4, 6), f32(5, 6), f32(5)], transB=1, activation="LeakyRelu", activation_alpha=0.2)
    weights = f32(7, 3, 3, 3)
    yield Form("FusedConv", [f32(1, 3, 8, 8), weights, f32(7)], constants=(1, 2), activation="Relu", pads=[1, 1, 1, 1])
    yield Form("FusedConv", [f32(1, 3, 8, 8), weights, f32(7), f32(1, 7, 8, 8)], constants=(1, 2), activation="Clip",
               activation_params=[-0.5, 0.5], pads=[1, 1, 1, 1])


    image, scale, shift = f32(2, 3, 4, 8), f32(8), f32(8)
    grouped = image.astype(np.float64).reshape(2, 12, 2, 4)
    normal = (grouped - grouped.mean((1, 3), keepdims=True)) / np.sqrt(grouped.var((1, 3), keepdims=True) + 1e-5)
    normal = normal.reshape(image.shape) * scale + shift
    yield Form("GroupNorm", [image, scale, shift], groups=2, channels_last=1, activation=1, epsilon=1e-5,
               expected=(normal / (1 + np.exp(-normal))).astype(np.float32))
    weights = f32(5, 8, 1, 1)
    bias = f32(5)
    yield Form("NhwcConv", [image, weights, bias], constants=(1, 2), expected=image @ weights[:, :, 0, 0].T + bias)


def attention():
    heads, size, hidden = 4, 8, 32
    x = f32(2, 6, hidden)
    merged, bias = f32(hidden, 3 * hidden) / 6, f32(3 * hidden)
    mask = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]], np.int32)
    yield Form("Attention", [x, merged, bias], constants=(1, 2), num_heads=heads)
    yield Form("Attention", [x, merged, bias, mask], constants=(1, 2), num_heads=heads)
    yield Form("Attention", [x, merged, bias, np.array([6, 4], np.int32)], constants=(1, 2), num_heads=heads)
    yield Form("Attention", [x, merged, bias, None, f32(2, 2, heads, 3, size)], 2, constants=(1, 2), num_heads=heads,
               unidirectional=1)
    q, k, v = f32(2, 5, hidden), f32(2, 7, hidden), f32(2, 7, hidden)
    yield Form("MultiHeadAttention", [q, k, v], num_heads=heads)
    yield Form("MultiHeadAttention", [q, k, v, bias, np.array([[1] * 7, [1] * 4 + [0] * 3], np.int32)], num_heads=heads)
    yield Form("MultiHeadAttention", [q, k, v, None, None, f32(1, heads, 5, 7)], num_heads=heads, scale=0.2)
    yield Form("MultiHeadAttention", [f32(2, 1, hidden), f32(2, 1, hidden), f32(2, 1, hidden), None, None, None,
                                      f32(2, heads, 4, size), f32(2, heads, 4, size)], 3, num_heads=heads)
    # Two heads of keys serve four of queries; heads of 16, as ONNX Runtime wants them for rotation.
    groups, wide = 2, 16
    cosine, sine = f32(32, wide // 2), f32(32, wide // 2)
    shared = {"num_heads": heads, "kv_num_heads": groups}

    def now(batch, length):
        return [f32(batch, length, heads * wide), f32(batch, length, groups * wide), f32(batch, length, groups * wide)]

    def past(batch):
        return [f32(batch, groups, 6, wide), f32(batch, groups, 6, wide)]

    yield Form("GroupQueryAttention", now(1, 3) + past(1) + [np.array([8], np.int32), scalar(9, np.int32)], 3, **shared)
    yield Form("GroupQueryAttention", now(2, 1) + past(2) + [np.array([6, 6], np.int32), scalar(7, np.int32), cosine, sine],
               3, do_rotary=1, **shared)
    yield Form("GroupQueryAttention", [f32(1, 5, (heads + 2 * groups) * wide), None, None, None, None,
                                       np.array([4], np.int32), scalar(5, np.int32), cosine, sine], 3, do_rotary=1,
               rotary_interleaved=1, local_window_size=3, **shared)
    cosine, sine = f32(32, size // 2), f32(32, size // 2)
    yield Form("RotaryEmbedding", [f32(2, 3, hidden), random.integers(0, 32, (2, 3)), cosine, sine], num_heads=heads)
    yield Form("RotaryEmbedding", [f32(2, heads, 3, size), np.array([4]), cosine, sine], interleaved=1)


def quantized():
    a, b = u8(3, 8), u8(3, 8)
    s, z = scalar(0.05), scalar(120, np.uint8)
    for op in ("QLinearAdd", "QLinearMul"):
        yield Form(op, [a, s, z, b, scalar(0.02), scalar(100, np.uint8), scalar(0.1), z], constants=(1, 2, 4, 5, 6, 7),
                   bound=5e-3)
    yield Form("QLinearLeakyRelu", [a, s, z, scalar(0.04), scalar(90, np.uint8)], constants=(1, 2, 3, 4), alpha=0.3,
               bound=5e-3)
    yield Form("QLinearSigmoid", [a, s, z, scalar(1 / 256), scalar(0, np.uint8)], constants=(1, 2, 3, 4), bound=5e-3)
    yield Form("QLinearSoftmax", [a, s, z, scalar(1 / 256), scalar(0, np.uint8)], constants=(1, 2, 3, 4), axis=-1,
               opset=13, bound=2e-2)
    image = u8(1, 4, 6, 6)
    yield Form("QLinearAveragePool", [image, s, z, scalar(0.04), scalar(110, np.uint8)], constants=(1, 2, 3, 4),
               kernel_shape=[3, 3], strides=[2, 2], bound=5e-3)
    yield Form("QLinearGlobalAveragePool", [image, s, z, scalar(0.04), scalar(110, np.uint8)], constants=(1, 2, 3, 4),
               bound=5e-3)
    yield Form("QLinearConcat", [scalar(0.06), z, a, s, z, b, scalar(0.02), z], constants=(0, 1, 3, 4, 6, 7), axis=1,
               bound=5e-3)
    x, weights = f32(3, 16), i8(16, 5)
    yield Form("DynamicQuantizeMatMul", [x, weights, f32(5) ** 2 / 50, np.zeros(5, np.int8), f32(5)], constants=(1, 2, 3, 4),
               bound=1e-4)
    yield Form("MatMulIntegerToFloat", [u8(3, 16), weights, s, scalar(0.01), z, scalar(3, np.int8), f32(5)],
               constants=(1, 2, 3, 4, 5, 6), bound=1e-5)
    yield Form("QGemm", [u8(3, 16), s, z, i8(5, 16), scalar(0.01), scalar(0, np.int8),
                         random.integers(-999, 999, 5).astype(np.int32), scalar(0.2), scalar(128, np.uint8)],
               constants=tuple(range(1, 9)), transB=1, bound=5e-3)
    yield Form("QAttention", [u8(1, 4, 16), i8(16, 48), f32(48), scalar(0.02), scalar(0.01), None, scalar(128, np.uint8),
                              scalar(0, np.int8)], constants=tuple(range(1, 8)), num_heads=2, bound=1e-4)
    yield Form("QuantizeLinear", [f32(3, 4), s, scalar(300, np.uint16)])
    yield Form("DequantizeLinear", [random.integers(0, 60000, (3, 4)).astype(np.uint16), s, scalar(300, np.uint16)])
    for bits, zeros in ((4, None), (4, u8(6, 1)), (8, None)):
        operands = [f32(2, 3, 32), u8(6, 2, 16 * bits // 8), f32(12) / 20] + ([zeros] if zeros is not None else [])
        yield Form("MatMulNBits", operands, constants=(1, 2, 3), K=32, N=6, bits=bits, block_size=16, bound=1e-4)
    yield Form("GatherBlockQuantized", [u8(9, 16), np.array([[1, 8], [0, 3]]), f32(9, 2)], constants=(0, 2),
               gather_axis=0, quantize_axis=1, block_size=16, bits=4)


def learners():
    x = f32(6, 4)
    labels = {"classlabels_ints": [3, 5, 9]}

    def ml(op, operands, outputs=1, **more):
        return Form(op, operands, outputs, domain=ML, **more)

    yield ml("ArrayFeatureExtractor", [x, np.array([2, 0])])
    yield ml("Binarizer", [x], threshold=0.25)
    yield ml("FeatureVectorizer", [f32(3, 2), f32(3, 1)], inputdimensions=[2, 1])
    missing = x.copy()
    missing[1, 2] = missing[4, 0] = np.nan
    yield ml("Imputer", [missing], imputed_value_floats=[1.0, 2.0, 3.0, 4.0], replaced_value_float=float("nan"))
    yield ml("Imputer", [np.array([[1, -1], [-1, 5]])], imputed_value_int64s=[7, 8], replaced_value_int64=-1)
    yield ml("LabelEncoder", [np.array([4, 1, 7])], keys_int64s=[1, 4], values_floats=[0.5, 2.5], default_float=-9.0)
    yield ml("LabelEncoder", [np.array([0.5, np.nan, 3], np.float32)], keys_floats=[0.5, float("nan")],
             values_int64s=[10, 20], default_int64=-4)
    for norm in ("MAX", "L1", "L2"):
        yield ml("Normalizer", [x], norm=norm)
    yield ml("OneHotEncoder", [np.array([[2], [7], [5]])], cats_int64s=[5, 2], zeros=1)
    yield ml("Scaler", [x], offset=[0.1, 0.2, 0.3, 0.4], scale=[2.0, 3.0, 4.0, 5.0])
    yield ml("LinearRegressor", [x], coefficients=f32(8).tolist(), intercepts=[0.5, -1.0], targets=2)
    for transform in ("NONE", "SOFTMAX", "LOGISTIC"):
        yield ml("LinearClassifier", [x], 2, coefficients=f32(12).tolist(), intercepts=[0.5, -1.0, 0.1],
                 post_transform=transform, **labels)
        yield ml("LinearClassifier", [x], 2, coefficients=f32(4).tolist(), intercepts=[0.5],
                 classlabels_ints=[2, 8], post_transform=transform)
    vectors = f32(5, 4)
    for kind in ("LINEAR", "RBF", "POLY", "SIGMOID"):
        shared = {"kernel_type": kind, "kernel_params": [0.3, 0.2, 3.0], "support_vectors": vectors.ravel().tolist()}
        yield ml("SVMRegressor", [x], coefficients=f32(5).tolist(), rho=[0.3], n_supports=5, bound=1e-4, **shared)
        yield ml("SVMClassifier", [x], 2, coefficients=f32(10).tolist(), rho=[0.3, -0.2, 0.1],
                 vectors_per_class=[2, 1, 2], bound=1e-4, **shared, **labels)
        yield ml("SVMClassifier", [x], 2, coefficients=f32(10).tolist(), rho=[0.3, -0.2, 0.1], prob_a=[-1.1, -0.9, -1.3],
                 prob_b=[0.1, 0.0, -0.1], vectors_per_class=[2, 1, 2], bound=1e-4, **shared, **labels)
    yield ml("SVMClassifier", [x], 2, coefficients=f32(5).tolist(), rho=[0.3], vectors_per_class=[2, 3],
             classlabels_ints=[0, 1], kernel_type="RBF", kernel_params=[0.3, 0.0, 0.0],
             support_vectors=vectors.ravel().tolist(), prob_a=[-1.2], prob_b=[0.1], bound=1e-4)


def main():
    with Experiment("runtime_operators") as e:
        counts = {}
        for form in (*fused(), *attention(), *quantized(), *learners()):
            counts[form.op] = counts.get(form.op, 0) + 1
            name = f"{form.op}-{counts[form.op]}"
            path, x = e.work / f"{name}.onnx", form.inputs()
            onnx.save(form.model({}), path)
            results = e.optimize(path, "host").run(x)
            # ONNX Runtime wants to be told the types of outputs, and refuses wrong ones.
            onnx.save(form.model({y: value.dtype for y, value in results.items()}), path)
            if form.expected is not None:
                e.at_most(f"{name}: relative L2 to numpy", relative_l2(results, {"y0": form.expected}), form.bound)
                continue
            e.at_most(f"{name}: relative L2 to onnxruntime", relative_l2(results, e.onnxruntime(path, x)), form.bound)


if __name__ == "__main__":
    main()
