"""PP-OCR's direction classifier (MobileNetV3): is a line of text upside down?"""

import numpy as np

import real_inputs
from compiled_model import Experiment, real_models

models = real_models()
with Experiment("ppocr-cls") as e:
    model = models / "ppocr-cls.onnx"
    samples = real_inputs.directed_lines()[: 4 if e.quick else None]

    fp32, outputs = e.compare_fp32(model, samples)
    (name,) = outputs[0]
    decided = [int(y[name].argmax()) for y in outputs]
    e.at_least("fp32 agreement with the true direction", np.mean([d == i % 2 for i, d in enumerate(decided)]), 0.75)

    calibration = real_inputs.directed_lines(calibration=True)[: 8 if e.quick else None]
    int8, outputs = e.compile_int8(model, calibration, samples, emulated=samples[:1])
    e.at_least("int8 top-1 agreement with fp32", np.mean([int(y[name].argmax()) == d for y, d in zip(outputs, decided)]),
               0.75 if e.quick else 0.9)
    e.note("int8 library / fp32 library", int8.size / fp32.size)
