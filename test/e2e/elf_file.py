"""What a shared library asks of and offers to the dynamic linker, as readelf tells it."""

import re
import subprocess


def _readelf(option, path):
    return subprocess.run(["readelf", "--wide", option, path], check=True, capture_output=True, text=True).stdout


def needed(path):
    """Names of the libraries that it needs."""
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", _readelf("--dynamic", path)))


def exported(path):
    """Names of the symbols that it defines for others."""
    symbols = set()
    for line in _readelf("--dyn-syms", path).splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[6] not in ("UND", "Ndx"):
            if fields[4] in ("GLOBAL", "WEAK", "UNIQUE"):
                symbols.add(fields[7].split("@")[0])
    return symbols
