"""Targets and predictions of the loss vectors, the same for PyTorch and Keras."""

import numpy as np

from vectors import grid

SHAPES = {"rows": [4, 3], "sequence": [2, 4, 3]}
MASK = np.array([[1.0, 1, 0, 0], [1, 1, 1, 0]])
SAMPLE_WEIGHT = np.array([0.5, 2, 0, 1])
TEMPORAL_WEIGHT = np.array([[0.5, 2, 1, 1], [0, 1, 3, 1]])


def probabilities(key, shape, per_class):
    """Multiples of 1/32; over classes they sum to 1."""
    if not per_class:
        return grid(key, shape, 1, 31, 1 / 32)
    first, second = (grid(f"{key} {part}", [*shape[:-1], 1], 2, 12, 1 / 32) for part in ["first", "second"])
    return np.concatenate([first, second, 1 - first - second], axis=-1)


def loss_inputs(loss, from_logits, layout):
    """`(yTrue, yPred)` of a loss; classes are the last axis of size 3."""
    shape, key = SHAPES[layout], f"{loss} {from_logits} {layout}"
    classes = grid(f"{key} classes", shape[:-1], 0, 2, 1).astype(int)
    targets = {
        "binaryCrossentropy": grid(f"{key} labels", shape, 0, 1, 1),
        "categoricalCrossentropy": np.eye(3)[classes],
        "sparseCategoricalCrossentropy": classes,
    }
    if loss not in targets:
        return grid(f"{key} true", shape, -32, 32), grid(f"{key} predicted", shape, -32, 32)
    if from_logits:
        return targets[loss], grid(f"{key} logits", shape, -48, 48)
    return targets[loss], probabilities(f"{key} probabilities", shape, loss != "binaryCrossentropy")


LOSSES = [
    ("mse", {}),
    ("mae", {}),
    ("huber", {"delta": 1}),
    ("huber", {"delta": 0.5}),
    ("binaryCrossentropy", {"fromLogits": False}),
    ("binaryCrossentropy", {"fromLogits": True}),
    ("categoricalCrossentropy", {"fromLogits": False}),
    ("categoricalCrossentropy", {"fromLogits": True}),
    ("sparseCategoricalCrossentropy", {"fromLogits": False}),
    ("sparseCategoricalCrossentropy", {"fromLogits": True}),
]

# Layout and weighting of every case.
WEIGHTINGS = {
    "plain": ("rows", None, None),
    "sample weights": ("rows", None, SAMPLE_WEIGHT),
    "mask": ("sequence", MASK, None),
    "mask and sample weights": ("sequence", MASK, TEMPORAL_WEIGHT),
}


def case_name(loss, options, weighting):
    return f"{loss} {' '.join(f'{k} {str(v).lower()}' for k, v in options.items())}: {weighting}".replace(" :", ":")
