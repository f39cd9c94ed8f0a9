"""PP-OCR's text recogniser: convolutions and attention, 6,625 classes a step, dynamic width; decoded by CTC."""

import onnx

import real_inputs
from compiled_model import Experiment, real_models

models = real_models()


def alphabet(model):
    """The character of each class: 0 is CTC's blank, the last one the space."""
    (listed,) = [entry.value for entry in onnx.load(model).metadata_props if entry.key == "character"]
    return [""] + listed.splitlines() + [" "]


def decode(scores, characters):
    """Greedy CTC: the best class of each step, repetitions merged, blanks dropped."""
    best = scores[0].argmax(-1)
    return "".join(characters[c] for i, c in enumerate(best) if c != 0 and (i == 0 or c != best[i - 1]))


def distance(a, b):
    """Levenshtein distance of two strings."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]


def character_error_rate(texts, references):
    return sum(map(distance, texts, references)) / sum(map(len, references))


with Experiment("ppocr-rec") as e:
    model = models / "ppocr-rec.onnx"
    count = 4 if e.quick else None
    samples, truth = real_inputs.text_lines()[:count], real_inputs.texts()[:count]
    characters = alphabet(model)

    fp32, outputs = e.compare_fp32(model, samples)
    (name,) = outputs[0]
    assert outputs[0][name].shape[-1] == len(characters), (outputs[0][name].shape, len(characters))
    read = [decode(y[name], characters) for y in outputs]
    e.note("lines", len(samples))
    e.note("widths", len({x["x"].shape[-1] for x in samples}))
    e.at_most("fp32 character error rate against the truth", character_error_rate(read, truth), 0.1)

    calibration = real_inputs.text_lines(calibration=True)[: 8 if e.quick else None]
    narrow = {"x": samples[0]["x"][..., :64]}
    def texts(outputs):
        return [decode(y[name], characters) for y in outputs]

    def same_text(mine, theirs):
        return "character error rate", character_error_rate(texts(mine), texts(theirs)), 0.02

    int8, outputs = e.compile_int8(model, calibration, samples, emulated=[narrow], answers=same_text)
    quantized = texts(outputs)
    for want, got in zip(read, quantized):
        if want != got:
            print(f"  fp32 {want!r}\n  int8 {got!r}")
    e.at_most("int8 character error rate against fp32", character_error_rate(quantized, read), 0.1 if e.quick else 0.02)
    e.note("int8 library / fp32 library", int8.size / fp32.size)
