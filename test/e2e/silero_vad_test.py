"""silero-vad: whether a frame of 32 ms is speech, from layers in the branches of an If by sampling rate and an LSTM whose
state goes from frame to frame."""

import shutil

import numpy as np

import real_inputs
from compiled_model import Experiment, real_models

# Frames of synthesised speech are decided; many of the vowels that stand in for it are near the threshold.
AGREEMENT = 0.99 if shutil.which("espeak-ng") else 0.95
CARRIED = {"state": "stateN"}


def is_speech(outputs):
    return np.array([y["output"].item() > 0.5 for y in outputs])


models = real_models()
with Experiment("silero_vad") as e:
    model = models / "silero-vad.onnx"
    samples = real_inputs.speech_frames()[: 400 if e.quick else None]
    exact, _ = real_inputs.in_sequence(lambda x: e.onnxruntime(model, x), samples, CARRIED)
    _, calibration = real_inputs.in_sequence(lambda x: e.onnxruntime(model, x),
                                             real_inputs.speech_frames(calibration=True), CARRIED)
    share = float(is_speech(exact).mean())
    e.note("frames", len(samples))
    e.holds("speech and pauses among the frames", 0.05 < share < 0.95)

    fp32 = e.optimize(model, "host")
    outputs, _ = real_inputs.in_sequence(fp32.run, samples, CARRIED)
    worst = max(abs(y["output"].item() - z["output"].item()) for y, z in zip(outputs, exact))
    e.at_most("fp32 probabilities to onnxruntime, largest difference", worst, 1e-4)

    # Samples have 16,000 a second: the other branch has int8 weights too, and is named.
    static = e.optimize(model, "host", calibration, precision="int8")
    dynamic = e.optimize(model, "host", precision="int8")
    for form, compiled in (("int8", static), ("dynamic int8", dynamic)):
        outputs, _ = real_inputs.in_sequence(compiled.run, samples, CARRIED)
        e.at_least(f"{form} frames that agree", np.mean(is_speech(outputs) == is_speech(exact)), AGREEMENT)
        tensors = compiled.report["compile"]["weight_bytes"] / fp32.report["compile"]["weight_bytes"]
        e.at_most(f"{form} stored tensors / fp32", tensors, 0.3)
        e.note(f"{form} library / fp32 library", compiled.size / fp32.size)
    e.holds("the branch without samples is named", any("else branch of node 'If_0'" in w for w in static.report["warnings"]))
    precisions = {row["node"]: row["precision"] for row in static.report["layers"]}
    e.holds("the LSTM of either branch has int8 weights", list(precisions.values()).count("int8 weights") == 2)
    e.holds("no layer stays f32", "fp32" not in precisions.values())

    # The branch that no sample took: 8,000 samples a second.
    slow = [x | {"input": x["input"][:, ::2].copy(), "sr": np.array(8000, np.int64)} for x in samples]
    exact, _ = real_inputs.in_sequence(lambda x: e.onnxruntime(model, x), slow, CARRIED)
    outputs, _ = real_inputs.in_sequence(static.run, slow, CARRIED)
    e.at_least("int8 frames that agree, 8,000 samples a second", np.mean(is_speech(outputs) == is_speech(exact)), AGREEMENT)
