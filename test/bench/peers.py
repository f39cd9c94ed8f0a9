"""The frameworks that libraries are timed beside, each at its own best setting for one workload."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime

try:
    import openvino
except ImportError:
    openvino = None

# Names of implementations: "onnxruntime", "openvino".
PEERS = ["onnxruntime"] + (["openvino"] if openvino else [])


def onnxruntime_call(path, precision, threads, inputs):
    """What runs the model once on `inputs`. All dimensions are fixed, which lets the optimizer know them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    for name, size in dimensions(path, inputs).items():
        options.add_free_dimension_override_by_name(name, size)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)


def openvino_call(path, precision, threads, inputs):
    """The same; shapes are fixed and inputs lie where the request reads them."""
    core = openvino.Core()
    model = core.read_model(str(path))
    model.reshape({name: list(array.shape) for name, array in inputs.items()})
    hint = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}[precision]
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": hint})
    request = compiled.create_infer_request()
    arrays = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
    for name, array in arrays.items():
        request.set_tensor(name, openvino.Tensor(array, shared_memory=True))

    def run():
        request.infer()

    run.keep = arrays, compiled  # the request does not own what it reads
    return run


def call(peer, path, precision, threads, inputs):
    """What runs the model file once with the peer, or None where the peer has no such precision."""
    if precision == "bf16" and peer == "onnxruntime":
        return None  # its CPU kernels have none
    return {"onnxruntime": onnxruntime_call, "openvino": openvino_call}[peer](path, precision, threads, inputs)


def dimensions(path, inputs):
    """{symbolic dimension: size} of a model for these inputs; not those whose name stands for several sizes."""
    model = onnx.load(str(path), load_external_data=False)
    sizes = {}
    for value in model.graph.input:
        if value.name in inputs:
            for dim, size in zip(value.type.tensor_type.shape.dim, inputs[value.name].shape):
                if dim.dim_param:
                    sizes.setdefault(dim.dim_param, set()).add(size)
    return {name: size.pop() for name, size in sizes.items() if len(size) == 1}


def quantize(model, calibration, path):
    """ONNX Runtime's static quantization, weights per channel, as a QDQ model at `path`; made once."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Samples(CalibrationDataReader):
        def __init__(self):
            self.samples = iter(calibration)

        def get_next(self):
            return next(self.samples, None)

    path, newest = Path(path), Path(model).stat().st_mtime
    if path.exists() and path.stat().st_mtime >= newest:
        return path
    prepared, part = path.with_suffix(".prepared"), path.with_suffix(".part")
    original = onnx.load(str(model))
    if original.opset_import[0].version < 13:  # below, DequantizeLinear knows no channels
        model = path.with_suffix(".upgraded")
        onnx.save(onnx.version_converter.convert_version(original, 13), str(model))
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    for options in ({}, {"QDQDisableWeightAdjustForInt32Bias": True}):  # it fails on some biases without the second
        try:
            quantize_static(str(prepared), str(part), Samples(), quant_format=QuantFormat.QDQ, per_channel=True,
                            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, extra_options=options)
            break
        except ValueError:
            if options:
                raise
    prepared.unlink()
    os.replace(part, path)
    return path


def survives(peer, path, precision, threads, inputs, folder):
    """None, or how a process of its own ends that calls the peer once: a crash there is a dash in the table here."""
    data = Path(folder) / "probe.npz"
    np.savez(data, **inputs)
    process = subprocess.run([sys.executable, __file__, peer, str(path), precision, str(threads), str(data)],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if process.returncode == 0:
        return None
    lines = [line for line in process.stderr.strip().splitlines() if line.strip()]
    return lines[-1] if lines and process.returncode > 0 else f"ends by signal {-process.returncode}"


def versions():
    found = {"onnxruntime": onnxruntime.__version__}
    if openvino:
        found["openvino"] = openvino.__version__.split("-")[0]
    return found


if __name__ == "__main__":
    with np.load(sys.argv[5]) as file:
        run = call(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), dict(file))
    if run:
        run()
    os._exit(0)
