"""What Keras's `pad_sequences` returns: `pad-sequences.json`.

Run: `KERAS_BACKEND=torch python keras_pad_sequences.py` with Keras 3.15.1 and numpy; `--check` compares with the committed file.
Sequences are short binary fractions. Option names are ours; the file is row-major.
"""

import itertools
import json
import sys
from pathlib import Path

import keras
import numpy as np

FILE = Path(__file__).with_name("pad-sequences.json")
KERAS_NAMES = {"maxLength": "maxlen"}
TOKENS = [[5, 6, 7, 8], [9], [], [-3, 4]]
ROWS = [[[0.5, -1.25], [2, 3]], [], [[4, 0.125], [5, 6], [7, 8.75]]]


def case(name, sequences, options):
    keywords = {KERAS_NAMES.get(key, key): value for key, value in options.items()}
    padded = keras.utils.pad_sequences([np.array(sequence) for sequence in sequences], **keywords)
    return {
        "name": name,
        "sequences": sequences,
        "options": options,
        "shape": list(padded.shape),
        "data": padded.ravel().tolist(),
    }


def main():
    cases = [case("defaults", TOKENS, {}), case("rows, defaults", ROWS, {"dtype": "float32"})]
    for length, padding, truncating in itertools.product([2, 6], ["pre", "post"], ["pre", "post"]):
        options = {"maxLength": length, "padding": padding, "truncating": truncating}
        name = f"{padding} padding, {truncating} truncating to {length}"
        cases.append(case(name, TOKENS, {**options, "value": -1}))
        cases.append(case(f"rows, {name}", ROWS, {**options, "value": 0.5, "dtype": "float64"}))
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases)
    source = json.dumps({"source": f"Keras {keras.__version__}", "script": Path(__file__).name})
    text = f'{source[:-1]}, "cases": [\n{lines}\n]}}\n'
    if "--check" in sys.argv:
        if json.loads(FILE.read_text())["cases"] != json.loads(text)["cases"]:
            sys.exit("pad-sequences.json differs")
        print(f"{len(cases)} cases agree")
        return
    FILE.write_text(text)
    print(f"{len(cases)} cases, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
