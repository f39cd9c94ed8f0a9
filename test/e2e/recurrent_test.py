"""LSTM, GRU and RNN in every form that ONNX Runtime runs: directions, lengths of sequences, initial states, clipping,
peepholes, other activations, one step, several sizes."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from compiled_model import Experiment, relative_l2

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
INPUTS, HIDDEN = 5, 19

FORMS = [
    {},
    {"direction": "reverse"},
    {"direction": "bidirectional", "state": True},
    {"lengths": True},
    {"direction": "bidirectional", "lengths": True, "state": True, "bias": False},
    {"clip": 0.3},
]
MORE = {
    "LSTM": [{"peephole": True, "state": True}, {"input_forget": 1}, {"direction": "bidirectional", "peephole": True},
             {"activations": ["HardSigmoid", "Relu", "Affine"], "activation_alpha": [0.25, 0.9], "activation_beta": [0.4, 0.1]}],
    "GRU": [{"linear_before_reset": 1, "state": True}, {"linear_before_reset": 1, "direction": "bidirectional", "bias": False},
            {"linear_before_reset": 1, "lengths": True}, {"activations": ["Softsign", "LeakyRelu"], "activation_alpha": [0.2]}],
    "RNN": [{"activations": ["ScaledTanh"], "activation_alpha": [1.1], "activation_beta": [0.7]}, {"activations": ["Elu"]}],
}


def model_of(kind, random):
    """All forms of one operator side by side; `steps` and `batch` are dynamic."""
    nodes, initializers, outputs = [], [], []

    def weights(name, *shape):
        initializers.append(numpy_helper.from_array((random.standard_normal(shape) * 0.4).astype(np.float32), name))
        return name

    for i, form in enumerate(FORMS + MORE[kind]):
        form = dict(form)
        directions = 2 if form.get("direction") == "bidirectional" else 1
        rows = GATES[kind] * HIDDEN
        states = [f"h{directions}"] + ([f"c{directions}"] if kind == "LSTM" else [])
        operands = ["x", weights(f"w{i}", directions, rows, INPUTS), weights(f"r{i}", directions, rows, HIDDEN),
                    weights(f"b{i}", directions, 2 * rows) if form.pop("bias", True) else "",
                    "lengths" if form.pop("lengths", False) else ""]
        operands += states if form.pop("state", False) else [""] * len(states)
        if form.pop("peephole", False):
            operands.append(weights(f"p{i}", directions, 3 * HIDDEN))
        results = [f"y{i}", f"h_last{i}"] + ([f"c_last{i}"] if kind == "LSTM" else [])
        nodes.append(helper.make_node(kind, operands, results, hidden_size=HIDDEN, **form))
        outputs += [helper.make_tensor_value_info(r, TensorProto.FLOAT, None) for r in results]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["steps", "batch", INPUTS]),
              helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"])]
    for state in ("h", "c") if kind == "LSTM" else ("h",):
        inputs += [helper.make_tensor_value_info(f"{state}{d}", TensorProto.FLOAT, [d, "batch", HIDDEN]) for d in (1, 2)]
    graph = helper.make_graph(nodes, kind.lower(), inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def inputs_of(model, random, steps, batch):
    made = {}
    for value in model.graph.input:
        shape = [{"steps": steps, "batch": batch}.get(d.dim_param, d.dim_value) for d in value.type.tensor_type.shape.dim]
        made[value.name] = (random.integers(1, steps + 1, shape).astype(np.int32) if value.name == "lengths"
                            else random.standard_normal(shape).astype(np.float32))
    return made


def main():
    random = np.random.default_rng(7)
    with Experiment("recurrent") as e:
        for kind in GATES:
            model = model_of(kind, random)
            path = e.work / f"{kind.lower()}.onnx"
            onnx.save(model, path)
            compiled, int8 = e.optimize(path, "host"), e.optimize(path, "host", precision="int8")
            e.holds(f"{kind}: a layer has int8 weights",
                    kind == "RNN" or any(row["precision"] == "int8 weights" for row in int8.report["layers"]))
            for steps, batch in ((1, 1), (6, 3)):
                x = inputs_of(model, random, steps, batch)
                e.at_most(f"{kind} {steps} steps, batch {batch}: relative L2 to onnxruntime",
                          relative_l2(compiled.run(x), e.onnxruntime(path, x)), 1e-5)
                e.at_most(f"{kind} {steps} steps, batch {batch}: relative L2 of int8",
                          relative_l2(int8.run(x), e.onnxruntime(path, x)), 0.05)


if __name__ == "__main__":
    main()
