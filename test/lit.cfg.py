# The lit tests: .mlir files with RUN lines over mlc-opt and FileCheck. Read through the build's lit.site.cfg.py.
import os

import lit.formats

config.name = "mlcompress"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.mlc_binary_dir, "test")

for tool, path in {
    "mlc-opt": os.path.join(config.mlc_binary_dir, "bin", "mlc-opt"),
    "FileCheck": os.path.join(config.llvm_tools_dir, "FileCheck"),
    "split-file": os.path.join(config.llvm_tools_dir, "split-file"),
}.items():
    config.substitutions.append((r"\b(?<![/-])%s\b(?!-)" % tool, path))
config.substitutions.append((r"(?<![\w/-])not (?=\S)", os.path.join(config.llvm_tools_dir, "not") + " "))
