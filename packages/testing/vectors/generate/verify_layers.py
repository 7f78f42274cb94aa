"""Checks activations, layers and losses against plain Python: `python verify_layers.py`.

Formulas are written out again with `math` and numpy and share no code with the generators. Needs numpy only.
"""

import math

import numpy as np

from vectors import array, read

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
STEP = 1e-6


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)) if x > -700 else 0.0


def safe_exp(function, x):
    try:
        return function(x)
    except OverflowError:
        return math.inf


SCALARS = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "leakyRelu": lambda x: x if x > 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * math.expm1(x)),
    "gelu": lambda x: 0.5 * x * math.erfc(-x / math.sqrt(2)),
    "geluTanh": lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x * x))),
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "softsign": lambda x: x / (1 + abs(x)),
    "sigmoid": sigmoid,
    "hardSigmoid": lambda x: min(max(x + 3, 0.0), 6.0) / 6,
    "tanh": math.tanh,
    "erf": math.erf,
    "expm1": lambda x: safe_exp(math.expm1, x),
    "log1p": lambda x: -math.inf if x == -1 else math.log1p(x),
}


def close(found, expected, tolerance, where):
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True):
        raise SystemExit(f"{where}: plain Python gives {found.ravel()[:6]}, the file has {expected.ravel()[:6]}")


def softmax(x):
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def log_softmax(x):
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def activate(name, x):
    if name in ("softmax", "logSoftmax"):
        with np.errstate(divide="ignore", over="ignore"):
            return softmax(x) if name == "softmax" else log_softmax(x)
    return np.array([math.nan if math.isnan(v) else SCALARS[name](float(v)) for v in x.ravel()]).reshape(x.shape)


def layer_norm(tensors, options):
    x = tensors["x"]
    spread = np.sqrt(x.var(-1, keepdims=True) + options.get("epsilon", 1e-3))
    return (x - x.mean(-1, keepdims=True)) / spread * tensors["gamma"] + tensors.get("beta", 0)


def layer_output(case, tensors):
    """`y` of a case of `layers.json` from its tensors."""
    name, options = case.get("op") or case["layer"], case["options"]
    if name == "softmaxCrossEntropy":
        rows = log_softmax(tensors["logits"])
        return -rows[np.arange(len(rows)), tensors["labels"].astype(int)]
    if name == "embedding":
        return tensors.get("table", tensors.get("embeddings"))[tensors["tokens"].astype(int)]
    if name in ("layerNorm", "layerNormalization"):
        return layer_norm(tensors, options)
    if name == "masking":
        return tensors["x"] * (tensors["x"] != options["maskValue"]).any(-1, keepdims=True)
    if name == "repeatVector":
        return np.repeat(tensors["x"][:, None], options["n"], 1)
    affine = tensors["x"] @ tensors["kernel"] + tensors.get("bias", 0)
    return activate({**options, **options.get("layer", {})}.get("activation", "linear"), affine)


def check_gradients(case, tensors, outputs_of):
    """Every gradient against a central difference along one fixed direction, which leaves out points beside a kink."""
    weights = array(case["lossWeights"]["y"])
    for n, value in case["gradients"].items():
        direction = np.random.RandomState(3).uniform(-1, 1, tensors[n].shape)
        if "op" in case and not case.get("weights"):
            direction *= np.abs(tensors[n]) > 2 * STEP
        ends = [(outputs_of({**tensors, n: tensors[n] + sign * STEP * direction}) * weights).sum() for sign in (1, -1)]
        close((ends[0] - ends[1]) / (2 * STEP), (array(value) * direction).sum(), 1e-6, f"{case['name']}: {n}")


def check_activations():
    cases = read("pytorch/activations.json")
    for case in cases:
        name, x = case["op"] if not case["options"].get("approximate") else "geluTanh", array(case["inputs"]["x"])
        y = array(case["outputs"]["y"])
        tolerance = 1e-8 if "oftmax" in name else 1e-14
        close(activate(name, x), y, tolerance, case["name"])
        if "gradients" in case:
            check_gradients(case, {"x": x}, lambda tensors, name=name: activate(name, tensors["x"]))
    return len(cases)


def check_layers():
    cases = read("pytorch/layers.json") + read("keras/layers.json")
    for case in cases:
        tensors = {n: array(value) for group in ["inputs", "weights"] for n, value in case[group].items()}
        close(layer_output(case, tensors), array(case["outputs"]["y"]), 1e-8, case["name"])
        if case["name"] != "masking":
            check_gradients(case, tensors, lambda moved, case=case: layer_output(case, moved))
    return len(cases)


def loss_values(case, target, p):
    name, options = case["loss"], case["options"]
    keras_rules = "values" not in case["outputs"]
    if name in ("mse", "mae"):
        return (np.square if name == "mse" else np.abs)(p - target).mean(-1)
    if name == "huber":
        gap, delta = np.abs(p - target), options["delta"]
        return np.where(gap <= delta, gap * gap / 2, delta * (gap - delta / 2)).mean(-1)
    if name == "binaryCrossentropy":
        if options["fromLogits"]:
            return (np.maximum(p, 0) - p * target + np.log1p(np.exp(-np.abs(p)))).mean(-1)
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return -(target * np.log(p) + (1 - target) * np.log1p(-p)).mean(-1)
    if name == "sparseCategoricalCrossentropy":
        target = np.eye(3)[target.astype(int)]
    if options["fromLogits"]:
        return -(target * log_softmax(p)).sum(-1)
    if keras_rules:
        p = np.clip(p / p.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
    return -(target * np.log(p)).sum(-1)


def check_losses():
    cases = read("pytorch/losses.json") + read("keras/losses.json")
    for case in cases:
        tensors = {n: array(value) for n, value in case["inputs"].items()}

        def total(p, case=case, tensors=tensors):
            values = loss_values(case, tensors["yTrue"], p)
            mask = tensors.get("mask", np.ones_like(values))
            return (values * mask * tensors.get("sampleWeight", 1)).sum() / max(mask.sum(), 1)

        p = tensors["yPred"]
        close(total(p), array(case["outputs"]["loss"]), 1e-8, case["name"])
        # One-sided slopes at kinks (equal values of mae, clipped probabilities) are left out.
        smooth = np.abs(p - tensors["yTrue"]) > STEP if case["loss"] == "mae" else (p > 0) & (p < 1) | (p != p.round())
        slopes = array(case["gradients"]["yPred"])
        for index in np.argwhere(smooth):
            moved = np.zeros_like(p)
            moved[tuple(index)] = STEP
            slope = (total(p + moved) - total(p - moved)) / (2 * STEP)
            close(slope, slopes[tuple(index)], 1e-6, f"{case['name']} at {index}")
    return len(cases)


def check_masked_training_loss():
    """The first loss of the run whose mask must reach the loss, averaged over the valid steps."""
    case = next(entry for entry in read("keras/training.json") if entry["name"].startswith("mask reaches"))
    w, tokens = {n: array(v) for n, v in case["weights"].items()}, array(case["inputs"]["x"]).astype(int)
    labels, total, count = array(case["inputs"]["y"]).astype(int), 0.0, 0
    for sentence, targets in zip(tokens, labels):
        h = np.zeros(4)
        for token, target in zip(sentence, targets):
            if token != 0:
                h = np.tanh(w["0.embeddings"][token] @ w["1.kernel"] + h @ w["1.recurrentKernel"] + w["1.bias"])
                total -= log_softmax(h @ w["2.kernel"] + w["2.bias"])[target]
                count += 1
    close(total / count, case["outputs"]["loss"]["data"][0], 1e-8, case["name"])
    return 1


def main():
    for check in [check_activations, check_layers, check_losses, check_masked_training_loss]:
        print(f"{check.__name__[6:].replace('_', ' '):22} {check()} cases agree with plain Python")


if __name__ == "__main__":
    main()
