"""Random numbers of @lstm/core, computed again with numpy from their description: `random.json`.

Run: `python generate.py`. Nothing here is translated from the TypeScript: words are 64-bit products of numpy, the name is hashed
with Python's integers, and reflections are whole matrices. numpy.random.Philox is the 4x64 variant and no witness.
"""

import json
from pathlib import Path

import numpy as np

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1

# From the file kat_vectors of Random123: counter, key, words of philox4x32 with 10 rounds.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def philox(counter, key):
    """Philox4x32-10 of counters [n, 4]: words [n, 4]."""
    a, b, c, d = (np.asarray(counter, dtype=np.uint64).T[i] for i in range(4))
    k = [int(word) for word in key]
    for _ in range(10):
        left = np.uint64(0xD2511F53) * a
        right = np.uint64(0xCD9E8D57) * c
        a, b, c, d = (
            (right >> np.uint64(32)) ^ b ^ np.uint64(k[0]),
            right & np.uint64(MASK32),
            (left >> np.uint64(32)) ^ d ^ np.uint64(k[1]),
            left & np.uint64(MASK32),
        )
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return np.stack([a, b, c, d], axis=1)


def fmix64(x):
    x ^= x >> 33
    x = x * 0xFF51AFD7ED558CCD & MASK64
    x ^= x >> 33
    x = x * 0xC4CEB9FE1A85EC53 & MASK64
    return x ^ (x >> 33)


def philox_key(seed, name):
    state = fmix64(seed) ^ 0xCBF29CE484222325
    for byte in name.encode("utf-16-le"):
        state = (state ^ byte) * 0x100000001B3 & MASK64
    state = fmix64(state)
    return [state & MASK32, state >> 32]


def element_words(elements, key, attempt=0):
    """One word per element, and the block it stands in [n, 4]."""
    elements = np.asarray(elements, dtype=np.uint64)
    step = key.get("step", 0)
    rest = [np.full(elements.shape, value, dtype=np.uint64) for value in (attempt, step & MASK32, step >> 32)]
    blocks = philox(np.stack([elements // np.uint64(4), *rest], axis=1), philox_key(key["seed"], key["name"]))
    return blocks[np.arange(len(elements)), (elements % np.uint64(4)).astype(int)], blocks


def standard_normal(elements, key, attempt=0):
    elements = np.asarray(elements)
    _, blocks = element_words(elements, key, attempt)
    rows = np.arange(len(elements))
    pair = (elements % 4) // 2 * 2
    first = blocks[rows, pair].astype(np.float64)
    second = blocks[rows, pair + 1].astype(np.float64)
    radius = np.sqrt(-2 * np.log((first + 1) / 2.0**32))
    angle = 2 * np.pi * second / 2.0**32
    return radius * np.where(elements % 2 == 0, np.cos(angle), np.sin(angle))


def truncated_normal(elements, key):
    values = standard_normal(elements, key)
    attempt = 0
    while (np.abs(values) > 2).any():
        attempt += 1
        values = np.where(np.abs(values) > 2, standard_normal(elements, key, attempt), values)
    return values


def permutation(count, key):
    """The order, and how many words were redrawn."""
    words = element_words(np.arange(count), key)[0].tolist()
    order = list(range(count))
    redrawn = 0
    for i in range(count - 1, 0, -1):
        word = words[i]
        attempt = 0
        while word >= 2**32 // (i + 1) * (i + 1):
            attempt += 1
            redrawn += 1
            word = int(element_words([i], key, attempt)[0][0])
        j = word % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order, redrawn


def weighted_sum(order):
    """A number that depends on every place."""
    return sum(value * (i % 1009) for i, value in enumerate(order))


def orthogonal(rows, cols, key):
    """Explicit reflections: column k of the normal matrix below row k is mirrored onto axis k, R's diagonal made positive."""
    height, width = max(rows, cols), min(rows, cols)
    columns = standard_normal(np.arange(rows * cols), key).reshape(width, height)
    q = np.eye(height)
    signs = np.ones(width)
    for k in range(width):
        x = np.where(np.arange(height) < k, 0, columns[k])
        axis = np.eye(height)[k]
        v = x + np.copysign(np.linalg.norm(x), x[k]) * axis
        reflection = np.eye(height) - 2 * np.outer(v, v) / (v @ v)
        signs[k] = np.sign((reflection @ x)[k])
        q = q @ reflection
    q = q[:, :width] * signs
    assert np.allclose(q.T @ q, np.eye(width), atol=1e-14)
    return q.T if rows < cols else q


def main():
    for counter, key, words in KNOWN_ANSWERS:
        numbers = [[int(word, 16) for word in text.split()] for text in (counter, key, words)]
        assert philox([numbers[0]], numbers[1])[0].tolist() == numbers[2]

    plain = {"seed": 7, "name": "lstm/kernel"}
    late = {"seed": 2**53 - 1, "name": "größe 🌊", "step": 2**40 + 5}
    first, far = np.arange(20), np.arange(1_000_003, 1_000_010)
    order, redrawn = permutation(300_000, plain)
    assert redrawn > 0
    cases = {
        "keys": [{**k, "words": philox_key(k["seed"], k["name"])} for k in (plain, late, {"seed": 0, "name": ""})],
        "bits": [
            {"key": k, "offset": int(e[0]), "values": element_words(e, k)[0].tolist()}
            for k, e in ((plain, first), (late, far))
        ],
        "normal": [
            {"key": k, "offset": int(e[0]), "values": standard_normal(e, k).tolist()}
            for k, e in ((plain, first), (late, far))
        ],
        # 100 elements, of which some are redrawn
        "truncatedNormal": [{"key": late, "offset": 3, "values": truncated_normal(np.arange(3, 103), late).tolist()}],
        "permutation": [{"key": k, "values": permutation(n, k)[0]} for k, n in ((plain, 17), (late, 30))],
        "longPermutation": [{"key": plain, "count": len(order), "redrawn": redrawn, "sum": weighted_sum(order)}],
        "orthogonal": [
            {"key": plain, "rows": rows, "cols": cols, "values": orthogonal(rows, cols, plain).ravel().tolist()}
            for rows, cols in ((3, 3), (5, 2), (2, 7), (1, 4))
        ],
    }
    assert (np.abs(standard_normal(np.arange(3, 103), late)) > 2).any()
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in found) + "\n]" for name, found in cases.items()]
    path = Path(__file__).with_name("random.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
