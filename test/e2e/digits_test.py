"""The digits example: trained in this repository, small enough for every form to be tried on it."""

import shutil

import numpy as np

import elf_file
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

    dynamic = e.optimize(model, "host", precision="int8")
    e.at_least("dynamic int8 accuracy", accuracy([dynamic.run(x) for x in samples]), reference - 0.01)

    # What may leave this machine: nothing but the documented symbols, nothing of the machine.
    for compiled in (fp32, cross, int8):
        what = compiled.folder.name
        needed = elf_file.needed(compiled.library)
        e.holds(f"{what} needs only libc, libm and pthread: {' '.join(sorted(needed))}",
                needed <= {"libc.so.6", "libm.so.6", "libpthread.so.0"})
        e.holds(f"{what} exports two symbols", elf_file.exported(compiled.library) == {"mlc_get_api", "mlc_digits_get_api"})
        data = compiled.library.read_bytes()
        e.holds(f"{what} holds no path of this machine", str(ROOT).encode() not in data and str(e.work).encode() not in data)

    first = fp32.library.read_bytes()
    shutil.rmtree(fp32.folder)
    e.holds("compiled again: the same bytes", e.optimize(model, "host").library.read_bytes() == first)
