"""PP-OCR's text detector: batch, height and width are dynamic; one output value a pixel."""

import real_inputs
from compiled_model import Experiment, real_models

models = real_models()


def overlap(a, b):
    """Intersection over union of what both maps call text, at the detector's own threshold."""
    a, b = a > 0.3, b > 0.3
    return (a & b).sum() / max((a | b).sum(), 1)


with Experiment("ppocr-det") as e:
    model = models / "ppocr-det.onnx"
    small = real_inputs.pages(small=True)
    samples = small if e.quick else real_inputs.pages() + small

    fp32, outputs = e.compare_fp32(model, samples)
    (name,) = outputs[0]
    e.at_least("fp32 pixels called text", min((y[name] > 0.3).mean() for y in outputs), 0.01)

    calibration = real_inputs.pages(calibration=True, small=e.quick)
    int8, quantized = e.compile_int8(model, calibration, samples, emulated=small)
    e.at_least("int8 overlap with fp32, worst page", min(overlap(y[name], z[name]) for y, z in zip(outputs, quantized)),
               0.5 if e.quick else 0.7)
    e.note("int8 library / fp32 library", int8.size / fp32.size)
