"""The digits example: trained in this repository, small enough for every form to be tried on it."""

import numpy as np

import real_inputs
from compiled_model import QEMU, ROOT, Experiment, relative_l2, same_bytes

with Experiment("digits") as e:
    model = ROOT / "examples/digits/digits.onnx"
    samples = real_inputs.digits()
    labels = real_inputs.digit_labels()

    def accuracy(outputs):
        return float((np.concatenate([y["scores"] for y in outputs]).argmax(1) == labels).mean())

    fp32, outputs = e.compare_fp32(model, samples)
    reference = accuracy([e.onnxruntime(model, x) for x in samples])
    e.at_least("fp32 accuracy", accuracy(outputs), reference)
    e.mlcompress("check", model, fp32.folder, "--data", e.write_samples("check", samples[:1]), "--min-cosine", "0.99999")

    # Another batch size is another shape, not another library.
    one = {"image": samples[0]["image"][:1]}
    e.at_most("fp32 relative L2 at batch 1", relative_l2(fp32.run(one), e.onnxruntime(model, one)), 1e-4)

    cross = e.optimize(model, "graviton3")
    e.holds("fp32 same bytes on host and emulated aarch64", same_bytes(fp32.run(one), cross.run_command(one, runner=QEMU)))

    calibration = real_inputs.digits(calibration=True)
    int8, outputs = e.compile_int8(model, calibration, samples, emulated=samples[:1])
    e.at_least("int8 accuracy", accuracy(outputs), reference - 0.01)
    e.note("int8 library / fp32 library", int8.size / fp32.size)
    e.holds("int8 differs from fp32", not same_bytes(int8.run(one), fp32.run(one)))
