"""Accuracy of int8, beside the int8 of others: real models, real input, the same calibration data.

    build/venv/bin/python test/bench/accuracy.py                      all models, after tools/setup --bench
    build/venv/bin/python test/bench/accuracy.py --only minilm,magika
    build/venv/bin/python test/bench/accuracy.py --flags="--equalize" --markdown table.md

Each row is a metric of the task on samples that no calibration saw: of onnxruntime at f32, of this tool's int8, of
onnxruntime's static quantization (QDQ, per channel, min-max) and of NNCF's, which OpenVINO runs. Text and files come from what
Debian installs and from Python's own manual, so the figures of `magika` depend a little on the machine. Speech is synthesised by
espeak-ng. `--int4` adds weights of 4 bits (with 8 where they would cost more than 0.5 % of the cosine) to models that are embeddings.
"""

import argparse
import pydoc_data.topics
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image, ImageFilter

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "test/e2e"))
sys.path.insert(0, str(ROOT / "tools/models"))
import fetch
import real_inputs
from loaded_library import LoadedLibrary

LICENCES = Path("/usr/share/common-licenses")


def sentences_of(*files, shortest, longest):
    """Sentences of text files with a length in characters between the two, each once, in the files' order."""
    found = {}
    for file in files:
        text = re.sub(r"\s+", " ", (LICENCES / file).read_text(errors="replace"))
        for sentence in re.split(r"(?<=[.;:?!]) ", text):
            sentence = re.sub(r"[^ -~]", "", sentence).strip(" *=-_#")
            if shortest <= len(sentence) <= longest:
                found[sentence] = None
    return list(found)


def manual(shortest, longest):
    """Sentences of prose of the manual that comes with Python."""
    found = {}
    for topic in pydoc_data.topics.topics.values():
        for paragraph in topic.split("\n\n"):
            for sentence in re.split(r"(?<=[.;:?!]) ", re.sub(r"\s+", " ", paragraph)):
                sentence = re.sub(r"[^ -~]", "", sentence).strip(" *=-_#")
                if shortest <= len(sentence) <= longest and re.match("[A-Z][a-z]+ [a-z]", sentence):
                    found[sentence] = None
    return list(found)


# ---- tasks: (model, calibration samples, test samples, {metric: function of the outputs}) ----------------------------


def argmax_rows(outputs):
    return np.concatenate([y.argmax(-1).reshape(-1) for y in outputs])


def digits(models):
    labels = real_inputs.digit_labels()
    return (ROOT / "examples/digits/digits.onnx", real_inputs.digits(True), real_inputs.digits(),
            {"top-1 against labels": lambda outputs, _: float((argmax_rows(outputs) == labels).mean())})


def magika(models):
    files = []
    for folder in ("/usr/bin", "/usr/lib/python3", "/usr/lib/python3.11", "/usr/share/doc", "/usr/share/perl", "/usr/include",
                   "/usr/share/fonts", "/usr/share/common-licenses", "/etc", "/usr/share/mime", "/usr/share/zoneinfo"):
        here = sorted(path for path in Path(folder).rglob("*") if path.is_file() and 64 < path.stat().st_size < 4e6)
        files += here[:: max(1, len(here) // 60)][:60]
    def prepared(paths):
        space, samples = b" \t\n\r\v\f", []
        for path in paths:
            data = path.read_bytes()
            begin, end = data[:4096].lstrip(space)[:1024], data[-4096:].rstrip(space)[-1024:]
            features = np.full((1, 2048), 256, np.int32)
            features[0, : len(begin)] = list(begin)
            features[0, 2048 - len(end):] = list(end)
            samples.append({"bytes": features})
        return samples
    return (models / "magika.onnx", prepared(files[3::8]), prepared([f for i, f in enumerate(files) if i % 8 != 3]),
            {"top-1 against f32": lambda outputs, exact: float((argmax_rows(outputs) == argmax_rows(exact)).mean())})


def minilm(models):
    tokeniser = real_inputs.WordPiece(models / "minilm/vocab.txt")
    def batches(lines, size=8):
        samples = []
        for i in range(0, len(lines), size):
            tokens = [tokeniser.encode(line)[:128] for line in lines[i : i + size]]
            ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
            mask = np.zeros_like(ids)
            for row, sequence in enumerate(tokens):
                ids[row, : len(sequence)], mask[row, : len(sequence)] = sequence, 1
            samples.append({"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
        return samples
    def unit(outputs):
        rows = np.concatenate(outputs).astype(np.float64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)
    def cosine(outputs, exact):
        return float((unit(outputs) * unit(exact)).sum(1).mean())
    def recall(outputs, exact, k=10):
        def nearest(rows):
            similarity = rows @ rows.T
            np.fill_diagonal(similarity, -2)
            return np.argsort(-similarity, axis=1)[:, :k]
        pairs = zip(nearest(unit(outputs)), nearest(unit(exact)))
        return float(np.mean([len(set(a) & set(b)) / k for a, b in pairs]))
    calibration = sentences_of("GFDL-1.3", "MPL-1.1", shortest=20, longest=300)[:128]
    test = sentences_of("GPL-1", "GPL-2", "GPL-3", "LGPL-2", "LGPL-2.1", "LGPL-3", "MPL-2.0", "Artistic", "Apache-2.0", "GFDL-1.2",
                        shortest=20, longest=300)
    test += [line for line in manual(20, 300) if line not in set(test)]
    test = [line for line in test if line not in set(calibration)][:1000]
    assert len(test) == 1000
    return (models / "minilm.onnx", batches(calibration), batches(test), {"mean cosine": cosine, "neighbour recall@10": recall})


def noisy(image, index):
    """As a camera would have it: a little turned, blurred, with noise."""
    random = np.random.default_rng(index)
    paper = image.getpixel((0, 0))
    image = image.rotate(float(random.uniform(-1.5, 1.5)), Image.Resampling.BILINEAR, fillcolor=paper)
    image = image.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 1.0))))
    pixels = np.asarray(image, np.float32) + random.normal(0, random.uniform(2, 18), (image.height, image.width, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def rendered(lines, first=0):
    return [{"x": real_inputs.normalised(real_inputs.to_height_48(noisy(real_inputs.render_line(line, first + i), first + i)))}
            for i, line in enumerate(lines)]


def ppocr_rec(models):
    model = models / "ppocr-rec.onnx"
    (listed,) = [entry.value for entry in onnx.load(model).metadata_props if entry.key == "character"]
    characters = [""] + listed.splitlines() + [" "]
    def decode(scores):
        best = scores[0].argmax(-1)
        return "".join(characters[c] for i, c in enumerate(best) if c != 0 and (i == 0 or c != best[i - 1]))
    def distance(a, b):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            above, row[0] = row[0], i
            for j, y in enumerate(b, 1):
                above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
        return row[-1]
    def lines_of(*files):
        lines = []
        for sentence in sentences_of(*files, shortest=12, longest=400):
            words, line = sentence.split(), ""
            for word in words:
                if len(line) + len(word) > 8 + 5 * (len(lines) % 6):
                    lines.append(line.strip())
                    line = ""
                line += word + " "
        return [line for line in lines if 5 <= len(line) <= 45]
    calibration, truth = lines_of("GFDL-1.3")[:64], lines_of("GPL-2", "MPL-2.0", "Artistic")[:500]
    def right(outputs, _):
        texts = [decode(y) for y in outputs]
        return 1 - sum(map(distance, texts, truth)) / sum(map(len, truth))
    return model, rendered(calibration), rendered(truth, 1000), {"1 - character error rate": right}


def ppocr_det(models):
    def pages(lines, count, seed):
        random, samples, at = np.random.default_rng(seed), [], 0
        from PIL import ImageDraw
        for page in range(count):
            height, width = 32 * int(random.integers(8, 20)), 32 * int(random.integers(10, 24))
            paper, ink = (int(random.integers(215, 256)),) * 3, (int(random.integers(0, 90)),) * 3
            image = Image.new("RGB", (width, height), paper)
            y = 12
            while y < height - 40:
                size = int(random.integers(13, 30))
                ImageDraw.Draw(image).text((int(random.integers(8, 60)), y), lines[at % len(lines)][: int(width / size * 1.2)],
                                           fill=ink, font=real_inputs.font(at, size))
                y, at = y + int(size * random.uniform(1.8, 2.6)), at + 1
            samples.append({"x": real_inputs.normalised(noisy(image, seed + page))})
        return samples
    def boxes(scores):
        """Bounding boxes of connected pixels above the detector's threshold."""
        mask = scores.reshape(scores.shape[-2:]) > 0.3
        seen, found = np.zeros_like(mask), []
        for start in zip(*np.nonzero(mask)):
            if seen[start]:
                continue
            seen[start], open_, pixels = True, [start], []
            while open_:
                y, x = open_.pop()
                pixels.append((y, x))
                for b, a in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                    if 0 <= b < mask.shape[0] and 0 <= a < mask.shape[1] and mask[b, a] and not seen[b, a]:
                        seen[b, a] = True
                        open_.append((b, a))
            if len(pixels) >= 16:
                ys, xs = zip(*pixels)
                found.append((min(xs), min(ys), max(xs) + 1, max(ys) + 1))
        return found
    def overlap(a, b):
        w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        both = max(w, 0) * max(h, 0)
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
    def f1(outputs, exact):
        hits = total = 0
        for y, z in zip(outputs, exact):
            mine, theirs = boxes(y), boxes(z)
            total += len(mine) + len(theirs)
            for box in mine:
                best = max(theirs, key=lambda other: overlap(box, other), default=None)
                if best is not None and overlap(box, best) >= 0.5:
                    hits += 1
                    theirs.remove(best)
        return 2 * hits / max(total, 1)
    return (models / "ppocr-det.onnx", pages(sentences_of("GFDL-1.3", shortest=12, longest=90), 16, 5),
            pages(sentences_of("GPL-2", "MPL-2.0", shortest=12, longest=90), 40, 500), {"matched-box F1 against f32": f1})


# Of samples that lack it, an input is the output of the sample before: {input: output}.
CARRIED = {name: {"state": "stateN"} for name in ("silero-vad", "silero-vad-16k")}


def silero_vad(models, name="silero-vad"):
    """Frames in sequence: the state goes from one to the next, in each engine its own."""
    model = models / f"{name}.onnx"
    if not shutil.which("espeak-ng"):
        sys.exit("silero-vad: espeak-ng is not installed; tools/setup --bench installs it")
    session = session_of(model)
    _, calibration = real_inputs.in_sequence(lambda x: named(session, x), real_inputs.speech_frames(True), CARRIED[name])
    def is_speech(outputs):
        return np.array([y.item() > 0.5 for y in outputs])
    return (model, calibration, real_inputs.speech_frames(),
            {"frames that agree with f32": lambda outputs, exact: float((is_speech(outputs) == is_speech(exact)).mean())})


TASKS = {"digits": digits, "magika": magika, "minilm": minilm, "ppocr-det": ppocr_det, "ppocr-rec": ppocr_rec,
         "silero-vad": silero_vad,
         "silero-vad-16k": lambda models: silero_vad(models, "silero-vad-16k")}


# ---- engines: a function that runs samples ---------------------------------------------------------------------------


def session_of(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def named(session, sample):
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, sample)))


def first_outputs(run, samples, carried):
    """The first output of each sample of a function from inputs to outputs by name."""
    return [next(iter(y.values())) for y in real_inputs.in_sequence(run, samples, carried)[0]]


def exact(model, samples, carried):
    session = session_of(model)
    return first_outputs(lambda x: named(session, x), samples, carried), model.stat().st_size


def ours(options, model, calibration, samples, carried, work, precision=("--int8",)):
    (work / "calib").mkdir()
    for i, x in enumerate(calibration):
        np.savez(work / f"calib/{i:04d}.npz", **x)
    command = [options.mlcompress, "optimize", model, *precision, "--calib", work / "calib", "-o", work / "out", "-q",
               *options.flags.split()]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    (path,) = (work / "out").glob("*.so")
    library = LoadedLibrary(path)
    return first_outputs(library.run, samples, carried), path.stat().st_size


def onnxruntime_int8(model, calibration, samples, carried, work):
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter(calibration)

        def get_next(self):
            return next(self.left, None)

    prepared, made = work / "prepared.onnx", work / "ort.onnx"
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    quantize_static(str(prepared), str(made), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)
    return exact(made, samples, carried)


def nncf_int8(name, model, calibration, samples, carried, work):
    import nncf
    import openvino

    core = openvino.Core()
    read = core.read_model(model)
    extra = {"model_type": nncf.ModelType.TRANSFORMER} if name == "minilm" else {}
    made = nncf.quantize(read, nncf.Dataset(calibration), subset_size=len(calibration), **extra)
    openvino.save_model(made, work / "nncf.xml", compress_to_fp16=False)
    compiled = core.compile_model(made, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    names = [output.any_name for output in compiled.outputs]
    run = lambda x: dict(zip(names, (np.array(y) for y in compiled(x).values())))
    return first_outputs(run, samples, carried), (work / "nncf.bin").stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--mlcompress", default=ROOT / "build/bin/mlcompress", type=Path)
    parser.add_argument("--flags", default="", help="more options of mlcompress optimize --int8")
    parser.add_argument("--engines", default="mlcompress,onnxruntime,nncf")
    parser.add_argument("--int4", action="store_const", dest="engines", const="mlcompress,mlcompress-int4,onnxruntime,nncf",
                        help="with weights of 4 bits, too")
    parser.add_argument("--markdown", type=Path, help="append the table to this file")
    options = parser.parse_args()
    rows = []
    for name in options.only.split(","):
        model, calibration, samples, metrics = TASKS[name](fetch.default_cache())
        carried = CARRIED.get(name, {})
        reference, size = exact(model, samples, carried)
        results = {"f32": (reference, size)}
        with tempfile.TemporaryDirectory() as folder:
            for engine in options.engines.split(","):
                work = Path(folder) / engine
                work.mkdir()
                start = time.time()
                try:
                    if engine == "mlcompress":
                        results[engine] = ours(options, model, calibration, samples, carried, work)
                    elif engine == "mlcompress-int4":
                        # What the search may look at is what calibration saw: the table's samples stay unseen.
                        results[engine] = ours(options, model, calibration, samples, carried, work,
                                               ("--int4", "--max-drop", "0.5%", "--metric", "cosine", "--val", work / "calib"))
                    elif engine == "onnxruntime":
                        results[engine] = onnxruntime_int8(model, calibration, samples, carried, work)
                    else:
                        results[engine] = nncf_int8(name, model, calibration, samples, carried, work)
                except Exception as error:  # a peer that cannot do a model is part of the table
                    print(f"{name}, {engine}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
                print(f"  {name}, {engine}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
        for metric, measure in metrics.items():
            cells = [f"{measure(outputs, reference):.4f}" if results.get(engine) else "failed"
                     for engine in ("f32", *options.engines.split(",")) for outputs in [results.get(engine, (None,))[0]]]
            rows.append([name, metric, str(len(samples)), *cells])
            print("  ".join(rows[-1]), flush=True)
        rows.append([name, "bytes over f32's", "", *(f"{results[engine][1] / size:.3f}" if engine in results else ""
                                                     for engine in ("f32", *options.engines.split(",")))])
        print("  ".join(rows[-1]), flush=True)
    head = ["model", "metric", "samples", "f32", *options.engines.split(",")]
    table = "".join("| " + " | ".join(row) + " |\n" for row in [head, ["---"] * len(head), *rows])
    if options.markdown:
        with options.markdown.open("a") as file:
            file.write(table)


main()
