"""magika: the type of a file from 2,048 of its bytes."""

import json

import numpy as np

import real_inputs
from compiled_model import Experiment, cosine, real_models

models = real_models()
with Experiment("magika") as e:
    model = models / "magika.onnx"
    labels = json.loads((models / "magika.config.json").read_text())["target_labels_space"]
    samples = real_inputs.file_bytes()[: 4 if e.quick else None]

    fp32, outputs = e.compare_fp32(model, samples)
    (name,) = outputs[0]
    decided = [int(y[name].argmax()) for y in outputs]
    e.note("types", " ".join(dict.fromkeys(labels[d] for d in decided)))
    e.at_least("fp32 different types found", len(set(decided)), 3)

    # The first sample again in a batch with others: rows do not depend on each other.
    batch = {"bytes": np.concatenate([x["bytes"] for x in samples[:3]])}
    e.at_most("fp32 batch of 3 against single rows",
              np.abs(fp32.run(batch)[name] - np.concatenate([y[name] for y in outputs[:3]])).max(), 1e-5)

    fp16 = e.optimize(model, "host", precision="fp16")
    e.at_least("fp16 cosine to fp32, worst file", min(cosine(y[name], fp16.run(x)[name]) for x, y in zip(samples, outputs)),
               0.9999)
    e.at_most("fp16 weights / fp32 weights",
              fp16.report["compile"]["weight_bytes"] / fp32.report["compile"]["weight_bytes"], 0.52)

    calibration = real_inputs.file_bytes(calibration=True)
    int8, outputs = e.compile_int8(model, calibration, samples, emulated=samples[:1])
    # onnxruntime's own static quantization reaches 0.69 on these 13 files.
    e.at_least("int8 top-1 agreement with fp32", np.mean([int(y[name].argmax()) == d for y, d in zip(outputs, decided)]),
               0.65)
    e.note("int8 library / fp32 library", int8.size / fp32.size)
