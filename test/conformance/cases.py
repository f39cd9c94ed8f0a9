"""The ONNX project's own test cases, made by the installed onnx package, and their variants.

Variants of a case
  static     as it is: all dimensions of inputs known, all inputs given at run time
  constant   integer inputs of rank 0 and 1 (axes, shapes, pads, …) are initialisers, as in real models;
             only where the case has such inputs
  symbolic   `constant`, with every dimension of the remaining inputs and of the outputs unknown
"""

import contextlib
import os
import warnings

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

with contextlib.redirect_stdout(open(os.devnull, "w")):
    from onnx.backend.test.runner import Runner

VARIANTS = ("static", "constant", "symbolic")


class Case:
    """One model with its data sets [(inputs, expected outputs)] of numpy arrays, and its tolerances."""

    def __init__(self, name, model, data_sets, rtol, atol):
        self.name, self.model, self.data_sets, self.rtol, self.atol = name, model, data_sets, rtol, atol

    def operator(self):
        """The operator that the case is about: that of its only node, or the kind of case."""
        nodes = self.model.graph.node
        if len(nodes) != 1:
            return self.name.removeprefix("test_").split("_")[0] + " (graph)"
        return nodes[0].op_type if not nodes[0].domain else f"{nodes[0].domain}.{nodes[0].op_type}"


def _read_data_sets(folder, model):
    sets = []
    for entry in sorted(os.listdir(folder)):
        if not entry.startswith("test_data_set"):
            continue

        def read(kind, values):
            arrays = []
            for i in range(len(values)):
                path = os.path.join(folder, entry, f"{kind}_{i}.pb")
                if not os.path.exists(path):
                    break
                arrays.append(numpy_helper.to_array(onnx.load_tensor(path)))
            return arrays

        sets.append((read("input", model.graph.input), read("output", model.graph.output)))
    return sets


def _light_models():
    """Networks whose weights are made by ConstantOfShape, on the input that onnx's own runner makes up for them."""
    package = os.path.dirname(onnx.__file__)
    for c in load_model_tests(kind="real"):
        path = os.path.join(os.path.dirname(package), c.url or "")
        if "/light/" not in path or not os.path.exists(path):
            continue
        model = onnx.load(path)
        given = {tensor.name for tensor in model.graph.initializer}
        inputs = [Runner.generate_dummy_data(v, seed=0, name=c.name, random=False) for v in model.graph.input
                  if v.name not in given]
        outputs = []
        for i in range(len(model.graph.output)):
            with open(f"{os.path.splitext(path)[0]}_output_{i}.pb", "rb") as file:
                outputs.append(numpy_helper.to_array(TensorProto.FromString(file.read())))
        yield Case(c.name, model, [(inputs, outputs)], c.rtol, c.atol)


def load():
    """All cases in the order of their names."""
    with warnings.catch_warnings(), open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        warnings.simplefilter("ignore")
        cases = [Case(c.name, c.model, c.data_sets, c.rtol, c.atol) for c in load_model_tests(kind="node")]
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        for c in load_model_tests(kind=kind):
            model = onnx.load(os.path.join(c.model_dir, "model.onnx"))
            if all(value.type.HasField("tensor_type") for value in (*model.graph.input, *model.graph.output)):
                cases.append(Case(c.name, model, _read_data_sets(c.model_dir, model), c.rtol, c.atol))
    return sorted(cases + list(_light_models()), key=lambda c: c.name)


def as_array(value):
    """A data set entry as numpy array; sequences and such stay as they are."""
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else value


def constant(case):
    """The case with its rank 0 and 1 integer inputs as initialisers, or None if that changes nothing."""
    if len(case.data_sets) != 1 or len(case.data_sets[0][0]) != len(case.model.graph.input):
        return None
    inputs, outputs = case.data_sets[0]
    frozen = []
    for i, (value, data) in enumerate(zip(case.model.graph.input, inputs)):
        data = as_array(data)
        if isinstance(data, np.ndarray) and data.ndim <= 1 and data.dtype in (np.int64, np.int32, np.bool_):
            if value.type.HasField("tensor_type"):
                frozen.append(i)
    if not frozen or len(frozen) == len(inputs):
        return None
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    del model.graph.input[:]
    for i, value in enumerate(case.model.graph.input):
        if i in frozen:
            model.graph.initializer.append(numpy_helper.from_array(as_array(inputs[i]), value.name))
        else:
            model.graph.input.append(value)
    kept = [data for i, data in enumerate(inputs) if i not in frozen]
    return Case(case.name, model, [(kept, outputs)], case.rtol, case.atol)


def symbolic(case):
    """The case with all dimensions of inputs and outputs symbolic, or None if there is nothing to change."""
    case = constant(case) or case
    initialised = {tensor.name for tensor in case.model.graph.initializer}
    if case.model.functions:
        return None
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    del model.graph.value_info[:]
    changed = False
    for kind, values in (("i", model.graph.input), ("o", model.graph.output)):
        for i, value in enumerate(values):
            if value.name in initialised or not value.type.HasField("tensor_type"):
                continue
            for axis, dim in enumerate(value.type.tensor_type.shape.dim):
                dim.dim_param = f"{kind}{i}_{axis}"
                changed = changed or kind == "i"
    return Case(case.name, model, case.data_sets, case.rtol, case.atol) if changed else None


def variant(case, kind):
    return {"static": lambda c: c, "constant": constant, "symbolic": symbolic}[kind](case)


def _to_proto(data, value):
    if isinstance(data, onnx.TensorProto):
        return data
    if value.type.HasField("sequence_type"):
        return numpy_helper.from_list(data, value.name)
    if value.type.HasField("optional_type"):
        return numpy_helper.from_optional(data, value.name)
    if value.type.HasField("map_type"):
        return numpy_helper.from_dict(data, value.name)
    return numpy_helper.from_array(np.asarray(data), value.name)


def write(case, folder):
    """model.onnx and test_data_set_N/input_K.pb under `folder` (made here); the list [model, data folder, …]."""
    os.makedirs(folder)
    paths = [os.path.join(folder, "model.onnx")]
    with open(paths[0], "wb") as file:
        file.write(case.model.SerializeToString())
    for i, (inputs, _) in enumerate(case.data_sets):
        data = os.path.join(folder, f"test_data_set_{i}")
        os.makedirs(data)
        paths.append(data)
        for j, (array, value) in enumerate(zip(inputs, case.model.graph.input)):
            with open(os.path.join(data, f"input_{j}.pb"), "wb") as file:
                file.write(_to_proto(array, value).SerializeToString())
    return paths


def read_outputs(case, data):
    """The arrays of output_K.pb in folder `data`; lists for sequences; None for an absent one."""
    outputs = []
    for j, value in enumerate(case.model.graph.output):
        path = os.path.join(data, f"output_{j}.pb")
        if not os.path.exists(path):
            outputs.append(None)
            continue
        with open(path, "rb") as file:
            raw = file.read()
        if value.type.HasField("sequence_type"):
            outputs.append(numpy_helper.to_list(onnx.SequenceProto.FromString(raw)))
        elif value.type.HasField("optional_type"):
            outputs.append(numpy_helper.to_optional(onnx.OptionalProto.FromString(raw)))
        else:
            outputs.append(numpy_helper.to_array(onnx.TensorProto.FromString(raw)))
    return outputs
