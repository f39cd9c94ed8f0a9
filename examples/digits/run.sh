#!/usr/bin/env bash
# Compiles the digits network for this machine, checks the library against the original model, and runs it on a
# handwritten digit. Usage: run.sh [MLCOMPRESS [FOLDER]]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
mlcompress=${1:-build/bin/mlcompress}
out=${2:-build/try}

step() {
  printf '\n$'
  printf ' %s' "$@"
  printf '\n'
  "$@"
}
digits=examples/digits
step "$mlcompress" optimize $digits/digits.onnx --target host --data $digits/test.npz -o "$out"
step "$mlcompress" check $digits/digits.onnx "$out" --data $digits/test.npz --min-top1 1
step "$mlcompress" run "$out" --inputs $digits/one.npz --outputs "$out.npz"
step build/venv/bin/python $digits/show_digit.py $digits/one.npz "$out.npz"
