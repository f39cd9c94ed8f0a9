"""Prints an image of the digits example beside the scores that a compiled library gave for it.

Usage: show_digit.py IMAGES.npz OUTPUTS.npz
"""

import sys

import numpy as np

images, outputs = np.load(sys.argv[1])["image"], np.load(sys.argv[2])
scores = outputs["scores"]
for image, row in zip(images[:, 0], scores):
    lines = ["".join(2 * " .:-=+*#%@"[min(9, int(pixel * 10))] for pixel in line) for line in image]
    best = row.argsort()[::-1][:3]
    notes = [f"This is a {best[0]}."] + [f"  {digit}: {row[digit]:7.2%}" for digit in best]
    for line, note in zip(lines, notes + [""] * len(lines)):
        print(f"  {line}   {note}".rstrip())
