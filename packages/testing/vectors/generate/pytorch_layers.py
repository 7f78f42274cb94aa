"""Vectors of activations, elementwise functions and fused layers: `pytorch/activations.json`, `pytorch/layers.json`.

Run: `python pytorch_layers.py`. Float64.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from vectors import grid, loss_weight, tensor, tensors, write

torch.set_num_threads(1)

ELEMENTWISE = {
    "relu": ({}, torch.relu),
    "leakyRelu": ({"negativeSlope": 0.2}, lambda x: F.leaky_relu(x, 0.2)),
    "elu": ({"alpha": 1}, F.elu),
    "selu": ({}, F.selu),
    "gelu": ({"approximate": False}, F.gelu),
    "geluTanh": ({"approximate": True}, lambda x: F.gelu(x, approximate="tanh")),
    "silu": ({}, F.silu),
    # F.softplus turns linear above 20, which costs the last digits; this is the exact function.
    "softplus": ({}, lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    "softsign": ({}, F.softsign),
    "sigmoid": ({}, torch.sigmoid),
    "hardSigmoid": ({}, F.hardsigmoid),
    "tanh": ({}, torch.tanh),
    "erf": ({}, torch.erf),
    "expm1": ({}, torch.expm1),
    "log1p": ({}, torch.log1p),
}

# No point lies on a kink (0, and -3 and 3 of hardSigmoid); the seven small ones show cancellation.
POINTS = [k / 2 + 1 / 32 for k in range(-16, 16)] + [-20.25, -12.5, 12.5, 20.25]
SMALL = [-1e-4, -1e-8, -1e-12, 1e-16, 1e-12, 1e-8, 1e-4]
EXTREMES = [-math.inf, -1e300, -800.0, -100.0, -1e-310, -5e-324, 0.0]
EXTREMES += [5e-324, 1e-310, 100.0, 800.0, 1e300, math.inf, math.nan]
DIGITS = 16


def sample(name):
    """The points where the function has a value and a slope, and enough of them for its shape."""
    points = np.array(POINTS + SMALL)
    return points[points > -0.95] if name == "log1p" else points


def elementwise_case(name, options, function):
    x = torch.tensor(sample(name), dtype=torch.float64).requires_grad_()
    y = function(x)
    y.sum().backward()
    return {
        "name": name,
        "op": "gelu" if name == "geluTanh" else name,
        "options": options,
        "inputs": {"x": tensor(x.detach(), DIGITS)},
        "outputs": {"y": tensor(y.detach(), DIGITS)},
        "lossWeights": {"y": {"shape": list(y.shape), "data": [1] * y.numel()}},
        "gradients": {"x": tensor(x.grad, DIGITS)},
    }


def extreme_case(name, options, function):
    """Values where a careless formula overflows. Left out: points where PyTorch gives NaN for a number."""
    points = np.array(EXTREMES)
    values = function(torch.tensor(points, dtype=torch.float64)).numpy()
    if name == "log1p":
        # PyTorch's vector code loses the denormals, numpy keeps them.
        points = np.array([-1.0, *points[~(points <= -1)]])
        with np.errstate(divide="ignore"):
            values = np.log1p(points)
    keep = ~np.isnan(values) | np.isnan(points)
    return {
        "name": f"{name}, extreme values",
        "op": "gelu" if name == "geluTanh" else name,
        "options": options,
        "inputs": {"x": tensor(points[keep], DIGITS)},
        "outputs": {"y": tensor(values[keep], DIGITS)},
    }


def softmax_case(op, function, name, rows, differentiate=True):
    x = torch.tensor(rows, dtype=torch.float64).requires_grad_()
    y = function(x, dim=-1)
    result = {"name": name, "op": op, "options": {"axis": -1}}
    result.update(inputs=tensors({"x": x}), outputs=tensors({"y": y}))
    if differentiate:
        loss_weights = {"y": torch.tensor(loss_weight(f"{name} loss", list(y.shape)))}
        (y * loss_weights["y"]).sum().backward()
        result.update(lossWeights=tensors(loss_weights), gradients=tensors({"x": x.grad}))
    return result


def differentiable_case(name, op, options, inputs, weights, function, fixed=()):
    """Any function of tensors with one output `y`."""
    both = {**inputs, **weights}
    leaves = {n: torch.tensor(v, dtype=torch.float64).requires_grad_(n not in fixed) for n, v in both.items()}
    y = function(**leaves)
    loss_weights = {"y": torch.tensor(loss_weight(f"{name} loss", list(y.shape)))}
    (y * loss_weights["y"]).sum().backward()
    return {
        "name": name,
        "op": op,
        "options": options,
        "inputs": tensors(inputs),
        "weights": tensors(weights),
        "outputs": tensors({"y": y}),
        "lossWeights": tensors(loss_weights),
        "gradients": tensors({n: leaf.grad for n, leaf in leaves.items() if leaf.requires_grad}),
    }


def linear_cases():
    x, kernel, bias = grid("linear x", [3, 5], -24, 24), grid("linear kernel", [5, 4]), grid("linear bias", [4])
    activations = {"linear": lambda y: y, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    activations["hardSigmoid"] = F.hardsigmoid
    return [
        differentiable_case(
            f"linear, activation {name}",
            "linear",
            {"activation": name},
            {"x": x},
            {"kernel": kernel, "bias": bias},
            lambda x, kernel, bias, apply=apply: apply(F.linear(x, kernel.T, bias)),
        )
        for name, apply in activations.items()
    ]


def layer_norm_cases():
    x, gamma, beta = grid("norm x", [3, 5], -24, 24), grid("norm gamma", [5]), grid("norm beta", [5])
    constant = np.array([[2.0, 2, 2, 2, 2], [1000, 1001, 1002, 1003, 1004]])
    names = {"layerNorm": x, "layerNorm, a constant row and a large mean": constant}
    return [
        differentiable_case(
            name,
            "layerNorm",
            {"epsilon": 1e-3},
            {"x": rows},
            {"gamma": gamma, "beta": beta},
            lambda x, gamma, beta: F.layer_norm(x, [5], gamma, beta, 1e-3),
        )
        for name, rows in names.items()
    ]


def lookup_cases():
    tokens, table = np.array([[0, 3, 3], [1, 0, 3]]), grid("embedding table", [4, 3])
    logits, labels = grid("cross-entropy logits", [5, 4], -48, 48), np.array([0, 3, 1, 3, 2])
    extreme = np.array([[1000.0, 0, -1000, 0], [-1000, -1000, -1000, -999], [0, 0, 0, 0]])
    embedding = differentiable_case(
        "embedding, repeated tokens",
        "embedding",
        {},
        {"tokens": tokens},
        {"table": table},
        lambda tokens, table: F.embedding(tokens.long(), table),
        fixed=["tokens"],
    )
    cross_entropies = [
        differentiable_case(
            name,
            "softmaxCrossEntropy",
            {},
            {"logits": rows, "labels": classes},
            {},
            lambda logits, labels: F.cross_entropy(logits, labels.long(), reduction="none"),
            fixed=["labels"],
        )
        for name, rows, classes in [
            ("softmaxCrossEntropy", logits, labels),
            ("softmaxCrossEntropy, extreme logits", extreme, np.array([1, 3, 2])),
        ]
    ]
    return [embedding, *cross_entropies]


def main():
    rows, huge = grid("softmax x", [3, 5], -48, 48), [[1000.0, 0, -1000], [-1000, -1000, -1001], [0, 0, 0]]
    masked = [[0, -math.inf, 1.0]]
    activations = [elementwise_case(name, *entry) for name, entry in ELEMENTWISE.items()]
    activations += [extreme_case(name, *entry) for name, entry in ELEMENTWISE.items()]
    for op, function in [("softmax", F.softmax), ("logSoftmax", F.log_softmax)]:
        activations.append(softmax_case(op, function, op, rows))
        activations.append(softmax_case(op, function, f"{op}, large logits", huge))
        activations.append(softmax_case(op, function, f"{op}, minus infinity", masked, differentiate=False))
    source = f"PyTorch {torch.__version__}"
    write("pytorch/activations.json", source, "pytorch_layers.py", activations)
    layers = linear_cases() + layer_norm_cases() + lookup_cases()
    write("pytorch/layers.json", source, "pytorch_layers.py", layers)


if __name__ == "__main__":
    main()
