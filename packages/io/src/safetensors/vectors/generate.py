"""Writes the golden files beside this script with struct and numpy only: no safetensors library has a hand in them.

Run: python generate.py (numpy 2; the files depend on nothing else)

- plain.safetensors: what encodeSafetensors must write byte for byte, in the layout of the format's own library (wider types first,
  then by name; header padded with spaces to a multiple of 8).
- foreign.safetensors: what other programs write and decodeSafetensors must read: another order, no padding, spaces in the header,
  escapes, F16, BF16 and I64. The values expected of it stand in foreign.json; float32 values of F16 come from numpy.
"""

import json
import struct
from pathlib import Path

import numpy as np

here = Path(__file__).parent
codes = {"float64": "F64", "float32": "F32", "int32": "I32", "float16": "F16", "int64": "I64", "uint16": "BF16"}


def file_of(header: bytes, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def entries_of(tensors: dict[str, np.ndarray]) -> dict[str, object]:
    entries: dict[str, object] = {}
    end = 0
    for name, array in tensors.items():
        begin, end = end, end + array.nbytes
        entries[name] = {"dtype": codes[str(array.dtype)], "shape": list(array.shape), "data_offsets": [begin, end]}
    return entries


def data_of(tensors: dict[str, np.ndarray]) -> bytes:
    return b"".join(array.astype(array.dtype.newbyteorder("<")).tobytes() for array in tensors.values())


plain = {
    "statistics/mean": np.array([0.1, -1e300, 5e-324], dtype=np.float64),
    "10": np.float32(2.5).reshape(()),
    "dense/bias": np.array([-0.0], dtype=np.float32),
    "dense/kernel": (np.arange(6, dtype=np.float32) / 7).reshape(2, 3),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "größe": np.array([[np.inf], [-np.inf]], dtype=np.float32),
    "tokens": np.array([-(2**31), 0, 2**31 - 1], dtype=np.int32),
}
header = {"__metadata__": {"epoch": "3", "note": 'a "quoted"\nline'}, **entries_of(plain)}
text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
(here / "plain.safetensors").write_bytes(file_of(text + b" " * (-len(text) % 8), data_of(plain)))

# Every kind of half: zeros, subnormals, normals, the largest, infinities, not a number.
halves = np.array([0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3555, 0xC248, 0x7BFF, 0x7C00, 0xFC00, 0x7E00], dtype=np.uint16)
brains = np.array([0x0000, 0x8000, 0x0001, 0x3F80, 0xC049, 0x7F80, 0x7FC0], dtype=np.uint16)
foreign = {
    "odd": np.array([7], dtype=np.int32),
    "half": halves.view(np.float16),
    "brain": brains,
    "long": np.array([[-(2**31), 2**31 - 1]], dtype=np.int64),
    "wide": np.array([np.pi], dtype=np.float64),
}
body = json.dumps(entries_of(foreign), indent=2).replace('"half"', '"h\\u0061lf"')
(here / "foreign.safetensors").write_bytes(file_of(body.encode(), data_of(foreign)))
expected = {
    "odd": foreign["odd"],
    "half": foreign["half"].astype(np.float32),
    "brain": (brains.astype(np.uint32) << 16).view(np.float32),
    "long": foreign["long"],
    "wide": foreign["wide"],
}
named = {
    name: {"shape": list(array.shape), "data": [str(value) if not np.isfinite(value) else value for value in array.ravel().tolist()]}
    for name, array in expected.items()
}
(here / "foreign.json").write_text(json.dumps(named, indent=1) + "\n")
