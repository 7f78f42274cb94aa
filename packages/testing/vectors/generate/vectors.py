"""The file format of the vectors: deterministic inputs in, compact JSON out.

Every generator builds a list of cases and calls `write`. With `--check` on the command line nothing is
written: the fresh numbers are compared with the committed file, which shows that another version of
PyTorch, Keras or numpy agrees with them.
"""

import json
import math
import sys
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent
DIGITS = 9
CHECK_TOLERANCE = 1e-8


def grid(key, shape, low=-12, high=12, step=1 / 16):
    """Deterministic multiples of `step`: exact in float32 and short in decimal.

    The legacy generator of numpy is frozen, so one key gives the same numbers with every version.
    """
    random = np.random.RandomState(zlib.crc32(key.encode()))
    return random.randint(low, high + 1, size=shape).astype(np.float64) * step


def loss_weight(key, shape):
    """The factors of one output in the loss of a case: multiples of 1/8 from -1 to 1."""
    return grid(key, shape, -8, 8, 1 / 8)


def keep_mask(key, shape, scale):
    """A dropout mask: `scale` where kept, about two elements of three, else 0."""
    return scale * (grid(key, shape, 0, 2, 1) > 0)


def number(value, digits=DIGITS):
    """A finite number rounded to `digits` significant digits; NaN and the infinities as strings."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e9 else rounded


def tensor(values, digits=DIGITS):
    """The `{shape, data}` of an array, row-major."""
    values = np.asarray(values, dtype=np.float64)
    return {"shape": list(values.shape), "data": [number(v, digits) for v in values.ravel()]}


def tensors(named, digits=DIGITS):
    """`tensor` for every entry of a dictionary; accepts torch tensors that require a gradient."""
    host = {name: value.detach().cpu().numpy() if hasattr(value, "detach") else value for name, value in named.items()}
    return {name: tensor(value, digits) for name, value in host.items()}


def write(path, source, script, cases, **header):
    """Writes one file, one case a line, or compares with it when `--check` was given."""
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: case names repeat")
    target = FOLDER / path
    if "--check" in sys.argv:
        committed = json.loads(target.read_text())["cases"]
        worst = difference(committed, json.loads(json.dumps(cases)), path)
        print(f"{path}: {len(cases)} cases agree, largest difference {worst:.1e}")
        return
    head = json.dumps({"source": source, "script": f"generate/{script}", **header})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    target.parent.mkdir(exist_ok=True)
    target.write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')
    print(f"{path}: {len(cases)} cases, {target.stat().st_size} bytes")


def difference(committed, fresh, where):
    """The largest difference of two JSON values, relative above 1; raises where it is not rounding."""
    if isinstance(committed, dict) and isinstance(fresh, dict) and committed.keys() == fresh.keys():
        return max((difference(committed[key], fresh[key], f"{where}/{key}") for key in committed), default=0.0)
    if isinstance(committed, list) and isinstance(fresh, list) and len(committed) == len(fresh):
        return max((difference(a, b, f"{where}/{i}") for i, (a, b) in enumerate(zip(committed, fresh))), default=0.0)
    if is_number(committed) and is_number(fresh):
        gap = abs(committed - fresh) / max(1.0, abs(committed))
        if gap <= CHECK_TOLERANCE:
            return gap
    elif committed == fresh:
        return 0.0
    raise ValueError(f"{where}: the file has {str(committed)[:80]}, this run gives {str(fresh)[:80]}")


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read(path):
    """The cases of a committed file."""
    return json.loads((FOLDER / path).read_text())["cases"]


def array(entry):
    """The numpy array of a `{shape, data}` entry."""
    return np.array([float(v) for v in entry["data"]], dtype=np.float64).reshape(entry["shape"])
