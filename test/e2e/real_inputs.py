"""Real inputs for the real models: handwritten digits, rendered text, bytes of files, sentences.

Everything is made from what the repository and its Debian packages hold, the same each time. Each function
returns a list of {input name: array}; `calibration=True` gives inputs that share no text, image or file with
the others.
"""

import math
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import wave
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FONTS = Path("/usr/share/fonts/truetype/dejavu")
FACES = ["DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif-Bold.ttf"]


def digits(calibration=False):
    images = np.load(ROOT / "examples/digits" / ("calibration.npz" if calibration else "test.npz"))["image"]
    size = 40
    return [{"image": images[i : i + size]} for i in range(0, len(images), size)]


def digit_labels():
    return np.load(ROOT / "examples/digits/test_labels.npy")


def texts(calibration=False):
    """Lines of text of 6 to 50 characters: everyday sentences, or for calibration the licence's wording."""
    if not calibration:
        return (HERE / "sentences.txt").read_text().splitlines()
    words, lines = (ROOT / "LICENSE").read_text().split(), []
    while len(lines) < 32:
        line = ""
        while len(line) < 8 + 7 * (len(lines) % 6):
            line += words.pop(0) + " "
        lines.append(line.strip())
    return lines


def font(index, size):
    path = FONTS / FACES[index % len(FACES)]
    if not path.is_file():
        print(f"{path} is missing: install fonts-dejavu-core, or run tools/setup")
        sys.exit(77)
    return ImageFont.truetype(str(path), size)


def render_line(text, index):
    """An RGB image of one line: face, size, ink and paper vary with `index`."""
    face = font(index, (16, 20, 24, 32, 40, 52)[index % 6])
    left, top, right, bottom = face.getbbox(text)
    margin = 3 + index % 5
    paper, ink = [((255, 255, 255), (0, 0, 0)), ((236, 230, 215), (40, 30, 90)), ((20, 30, 40), (240, 240, 230)),
                  ((200, 215, 200), (90, 10, 10))][index % 4]
    image = Image.new("RGB", (right - left + 2 * margin, bottom - top + 2 * margin), paper)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=ink, font=face)
    return image


def normalised(image):
    """[1, 3, h, w] of an image, channels in BGR order, from -1 to 1, as the PP-OCR models were trained."""
    pixels = np.asarray(image, np.float32)[:, :, ::-1].transpose(2, 0, 1)[None]
    return np.ascontiguousarray(pixels / 127.5 - 1)


def to_height_48(image, limit=None):
    width = max(8, math.ceil(48 * image.width / image.height))
    return image.resize((width if limit is None else min(width, limit), 48), Image.Resampling.BILINEAR)


def text_lines(calibration=False):
    """Inputs of the recognition model: one line each, height 48, as wide as the text is."""
    return [{"x": normalised(to_height_48(render_line(text, i)))} for i, text in enumerate(texts(calibration))]


def directed_lines(calibration=False):
    """Inputs of the direction classifier: 48 x 192 pixels, padded with 0 at the right; every other one upside down.
    The direction (0 or 1) of line i is i % 2."""
    inputs = []
    for i, text in enumerate(texts(calibration)):
        image = render_line(text[:14], i)
        pixels = normalised(to_height_48(image.rotate(180) if i % 2 else image, 192))
        padded = np.zeros((1, 3, 48, 192), np.float32)
        padded[..., : pixels.shape[-1]] = pixels
        inputs.append({"x": padded})
    return inputs


def pages(calibration=False, small=False):
    """Inputs of the detection model: pages of several lines; height and width are different multiples of 32."""
    sizes = [(64, 96)] if small else [(640, 480), (320, 736), (736, 736), (224, 352)]
    lines, inputs = texts(calibration), []
    for page, (height, width) in enumerate(sizes):
        image = Image.new("RGB", (width, height), (250 - 20 * page, 245, 240))
        y, i = 10, page * 7
        while y < height - 24:
            size = (14, 18, 24, 30)[i % 4]
            ImageDraw.Draw(image).text((12 + 9 * (i % 5), y), lines[i % len(lines)], fill=(20, 20, 60 + 20 * page),
                                       font=font(i, size))
            y, i = y + int(size * 2.1), i + 1
        inputs.append({"x": normalised(image)})
    return inputs


def file_bytes(calibration=False):
    """Inputs of magika: the first and last 1,024 bytes of real files, whitespace around them stripped, padded
    with 256 (as its own package prepares them)."""
    files = [ROOT / "LICENSE", ROOT / "CMakeLists.txt", ROOT / "CMakePresets.json", ROOT / "examples/digits/digits.onnx",
             ROOT / "examples/digits/test.npz", HERE / "real_inputs.py", FONTS / FACES[0], ROOT / "docs/architecture.md",
             ROOT / "include/mlcompress/Tensor.h", ROOT / "tools/setup", Path("/bin/ls"),
             Path("/usr/include/stdio.h"), Path("/usr/share/common-licenses/GPL-3")]
    if calibration:
        files = [ROOT / "README.md", ROOT / "tools/models/minilm.py", ROOT / "tools/models/models.json",
                 FONTS / FACES[1], ROOT / "examples/digits/calibration.npz", ROOT / "examples/digits/test_labels.npy",
                 ROOT / "include/mlcompress/Result.h", ROOT / "tools/test", Path("/bin/bash"), Path("/usr/include/math.h"),
                 ROOT / "cmake/MlcTargets.cmake", ROOT / "lib/Graph/GraphBase.td"]
    inputs = []
    for path in files:
        if not path.is_file():
            continue
        data, space = path.read_bytes(), b" \t\n\r\v\f"
        begin, end = data[:4096].lstrip(space)[:1024], data[-4096:].rstrip(space)[-1024:]
        features = np.full((1, 2048), 256, np.int32)
        features[0, : len(begin)] = list(begin)
        features[0, 2048 - len(end) :] = list(end)
        inputs.append({"bytes": features})
    return inputs


class WordPiece:
    """The uncased BERT tokeniser: lower case, accents stripped, greedy longest match in the vocabulary."""

    def __init__(self, vocabulary):
        self.ids = {token: i for i, token in enumerate(Path(vocabulary).read_text().splitlines())}

    def words(self, text):
        text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        spaced = "".join(f" {c} " if not c.isalnum() and not c.isspace() else c for c in text)
        return spaced.split()

    def encode(self, text):
        tokens = [self.ids["[CLS]"]]
        for word in self.words(text):
            pieces, start = [], 0
            while start < len(word):
                for end in range(len(word), start, -1):
                    piece = ("##" if start else "") + word[start:end]
                    if piece in self.ids:
                        break
                else:
                    pieces = [self.ids["[UNK]"]]
                    break
                pieces.append(self.ids[piece])
                start = end
            tokens += pieces
        return tokens + [self.ids["[SEP]"]]


def sentences(models, calibration=False, batches=(1, 4, 8, 3)):
    """Inputs of MiniLM: batches of sentences of different sizes, each padded to its longest."""
    tokeniser, lines, inputs = WordPiece(models / "minilm/vocab.txt"), texts(calibration), []
    while lines:
        size = batches[len(inputs) % len(batches)]
        tokens = [tokeniser.encode(line) for line in lines[:size]]
        lines = lines[size:]
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, sequence in enumerate(tokens):
            ids[row, : len(sequence)], mask[row, : len(sequence)] = sequence, 1
        inputs.append({"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
    return inputs


# ---- speech ----------------------------------------------------------------------------------------------------------

RATE, CHUNK, CONTEXT = 16000, 512, 64  # of silero-vad: samples a second, of a frame, and before it


def spoken(text, voice, speed):
    """Synthesised speech, mono, 16,000 a second, from -1 to 1; None where espeak-ng is not installed."""
    if not shutil.which("espeak-ng"):
        return None
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", file.name, text], check=True)
        with wave.open(file.name) as recording:
            rate = recording.getframerate()
            samples = np.frombuffer(recording.readframes(recording.getnframes()), np.int16) / 32768
    spectrum = np.fft.rfft(samples)
    count = len(samples) * RATE // rate
    return np.fft.irfft(spectrum[: count // 2 + 1], count) * count / len(samples)


def vowels(count, seed):
    """What stands in for speech: syllables of pulses at a speaker's pitch through two resonances."""
    random, parts = np.random.default_rng(seed), []
    for _ in range(count):
        length = int(RATE * random.uniform(0.12, 0.3))
        pitch = 130 * np.cumprod(1 + random.normal(0, 2e-4, length))
        pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0)
        for centre, width in ((random.uniform(300, 800), 90), (random.uniform(900, 2300), 120)):
            pole = np.exp((-np.pi * width + 2j * np.pi * centre) / RATE)
            response = (pole ** np.arange(2000)).real * (1 - abs(pole))
            pulses = np.convolve(pulses, response)[:length]
        parts += [pulses / np.abs(pulses).max() * np.hanning(length), np.zeros(int(RATE * random.uniform(0.02, 0.06)))]
    return np.concatenate(parts)


def speech(calibration=False):
    """Recordings of several voices, with pauses between sentences and noise of different loudness."""
    lines = texts(calibration)[: 10 if calibration else 20]
    voices = [("en-gb", 150), ("en-us+f3", 165), ("en-us+m3", 140), ("en-gb+f2", 180), ("en-us+m7", 155)]
    recordings = []
    for first in range(0, len(lines), 5):
        random, parts = np.random.default_rng(1000 + first + 500 * calibration), []
        for i, line in enumerate(lines[first : first + 5]):
            said = spoken(line, *voices[(first // 5 + i) % len(voices)])
            said = vowels(12, first + i + 100 * calibration) if said is None else said
            parts += [np.zeros(int(RATE * random.uniform(0.3, 1.2))), said * random.uniform(0.3, 1.0)]
        clean = np.concatenate([*parts, np.zeros(RATE)])
        noise = np.convolve(random.normal(0, 1, len(clean)), [1, 0.7, 0.4], "same")
        recordings.append((clean + noise * 10 ** random.uniform(-4, -1.7)).astype(np.float32))
    return recordings


def speech_frames(calibration=False):
    """Inputs of silero-vad, one frame after the other. Where "state" is missing, it is what the frame before gave."""
    samples = []
    for recording in speech(calibration):
        padded = np.concatenate([np.zeros(CONTEXT, np.float32), recording])
        for at in range(0, len(recording) - CHUNK + 1, CHUNK):
            frame = {"input": padded[None, at : at + CONTEXT + CHUNK], "sr": np.array(RATE, np.int64)}
            samples.append(frame | ({"state": np.zeros((2, 1, 128), np.float32)} if at == 0 else {}))
    return samples


def in_sequence(run, samples, carried):
    """Outputs of `run` (inputs → outputs, by name) on each sample, and the samples with what was `carried` (input name →
    output name) from one to the next."""
    outputs, filled = [], []
    for sample in samples:
        for name, source in carried.items():
            if name not in sample:
                sample = sample | {name: outputs[-1][source]}
        filled.append(sample)
        outputs.append(run(sample))
    return outputs, filled
