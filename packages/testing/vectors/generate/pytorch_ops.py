"""Vectors of elementwise ops, comparisons and reductions with first and second derivatives: `pytorch/ops.json`.

Run: `python pytorch_ops.py`. Float64.
"""

import math

import torch
import torch.nn.functional as F

from vectors import grid, loss_weight, tensors, write

torch.set_num_threads(1)

DIGITS = 15
INF, NAN = math.inf, math.nan


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def case(name, op, function, options=None, order=2, **inputs):
    """One op with the derivatives of a weighted sum of its output, up to `order`; 0 where it has none."""
    leaves = {n: double(values).requires_grad_(order > 0) for n, values in inputs.items()}
    y = function(*leaves.values())
    result = {"name": name, "op": op, "options": options or {}}
    result.update(inputs=tensors(leaves, DIGITS), outputs=tensors({"y": y}, DIGITS))
    if order == 0:
        return result
    factors = {"y": double(loss_weight(f"{name} loss", list(y.shape)))}
    loss = (y * factors["y"]).sum()
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values()), create_graph=order > 1)))
    result.update(lossWeights=tensors(factors), gradients=tensors(gradients, DIGITS))
    if order == 1:
        return result
    direction = {n: double(loss_weight(f"{name} {n} direction", list(leaf.shape))) for n, leaf in leaves.items()}
    slope = sum((gradients[n] * direction[n]).sum() for n in leaves)
    second = torch.autograd.grad(slope, list(leaves.values()))
    result["secondOrder"] = {
        "direction": tensors(direction),
        "gradients": tensors(dict(zip(leaves, second)), DIGITS),
    }
    return result


def positive(key, shape):
    return grid(key, shape, 4, 40)


def unary_cases():
    x, above = grid("unary x", [3, 5], -40, 40, 1 / 16) + 1 / 32, positive("unary positive", [3, 5])
    smooth = {
        "exp": torch.exp,
        "expm1": torch.expm1,
        "square": torch.square,
        "erf": torch.erf,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "silu": F.silu,
        "gelu": F.gelu,
        "softplus": F.softplus,
        "softsign": F.softsign,
        "elu": F.elu,
        "selu": F.selu,
    }
    rising = {"log": torch.log, "log1p": torch.log1p, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal}
    kinks = [-3.0, -1, -0.5, 0, 0.5, 1, 3, INF, -INF]
    flat = {
        "neg": torch.neg,
        "abs": torch.abs,
        "relu": torch.relu,
        "hardSigmoid": F.hardsigmoid,
    }
    infinite = {"floor": torch.floor, "exp": torch.exp, **{op: rising[op] for op in ["log", "sqrt", "reciprocal"]}}
    return [
        *[case(op, op, function, x=x) for op, function in smooth.items()],
        *[case(op, op, function, x=above) for op, function in rising.items()],
        *[case(f"{op} at its kinks", op, function, order=1, x=kinks) for op, function in flat.items()],
        *[case(f"{op} of all kinds", op, function, order=0, x=[*kinks, NAN]) for op, function in infinite.items()],
        # PyTorch's sign of NaN is 0, ours NaN.
        case("sign of all kinds", "sign", torch.sign, order=0, x=kinks),
        case("sigmoid at 0", "sigmoid", torch.sigmoid, x=[0.0]),
        case("softplus at 0", "softplus", F.softplus, x=[0.0]),
        case(
            "clip at its bounds",
            "clip",
            lambda x: torch.clamp(x, -1, 0.5),
            {"min": -1, "max": 0.5},
            order=1,
            x=kinks,
        ),
    ]


def binary_cases():
    a, b = grid("binary a", [2, 3], -24, 24), grid("binary b", [3], -24, 24) + 1 / 32
    above = positive("binary positive", [2, 3])
    ties = {"a": [1.0, 2, 3, 0, -INF, INF], "b": [1.0, 3, 2, 0, -INF, 0]}
    all_kinds = {"a": [*ties["a"], NAN, 1, NAN], "b": [*ties["b"], 1, NAN, NAN]}
    extremes = {"maximum": torch.maximum, "minimum": torch.minimum}
    comparisons = {
        "less": torch.lt,
        "lessEqual": torch.le,
        "greater": torch.gt,
        "greaterEqual": torch.ge,
        "equal": torch.eq,
        "notEqual": torch.ne,
    }
    # A torch.where of a fixed condition; the third value would be NaN in a product.
    condition = torch.tensor([True, False, False])
    bases, exponents = [0.0, 0, 0, 2, 2, 2, -2, -2], [1.0, 2, 3, 0, 1, -1, 2, 3]
    return [
        case("sub, a row repeats", "sub", torch.sub, order=1, a=a, b=b),
        case("div, a row repeats", "div", torch.div, a=a, b=b),
        case("div by zero", "div", torch.div, order=0, a=[1.0, -1, 0, INF], b=[0.0, 0, 0, INF]),
        case("pow, a row repeats", "pow", torch.pow, a=above, b=b),
        # The exponent is fixed: PyTorch's slope of a power of a negative base by the exponent is NaN.
        case("pow, zero and negative bases", "pow", lambda a: a ** double(exponents), {"b": exponents}, a=bases),
        case("pow, zero to the power of zero", "pow", torch.pow, order=1, a=[0.0], b=[0.0]),
        *[
            case(f"{op}, a row repeats", op, function, order=1, a=a, b=b)
            for op, function in extremes.items()
        ],
        *[
            case(f"{op} of equal and of infinite values", op, function, order=1, **ties)
            for op, function in extremes.items()
        ],
        *[case(op, op, function, order=0, **all_kinds) for op, function in comparisons.items()],
        *[
            case(f"{op} with NaN", op, function, order=0, **all_kinds)
            for op, function in extremes.items()
        ],
        case(
            "where",
            "where",
            lambda a, b: torch.where(condition, a, b),
            {"condition": [1, 0, 0]},
            order=1,
            a=[[1.0, 2, NAN], [3, INF, 4]],
            b=[[NAN, 5.0, 6]],
        ),
    ]


def reduction_cases():
    x = grid("reduction x", [3, 4, 2], -40, 40)
    ties = [[3.0, 1, 3, 3], [-INF, -INF, -INF, -INF], [INF, 2, 1, INF], [5, 5, 4, 5]]
    masked, nothing = [[0.0, -INF, 1], [700, 710, 800], [-800, -900, -1000]], [[-INF, -INF], [INF, 0]]
    axes = {"all axes": [0, 1, 2], "the middle axis": [1], "first and last": [0, -1]}
    ops = {
        "sum": torch.sum,
        "mean": torch.mean,
        "variance": lambda x, dim: torch.var(x, dim=dim, unbiased=False),
        "logSumExp": torch.logsumexp,
        "max": torch.amax,
        "min": torch.amin,
    }
    linear = {"sum", "mean", "max", "min"}
    softmaxes = {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}
    return [
        *[
            case(
                f"{op} over {name}",
                op,
                lambda x, function=function, dim=dim: function(x, dim=dim),
                {"axes": dim},
                order=1 if op in linear else 2,
                x=x,
            )
            for op, function in ops.items()
            for name, dim in axes.items()
        ],
        *[
            case(f"{op} of equal values", op, lambda x, f=ops[op]: f(x, dim=[1]), {"axes": [1]}, order=1, x=ties)
            for op in ["max", "min"]
        ],
        case(
            "logSumExp with minus infinity",
            "logSumExp",
            lambda x: torch.logsumexp(x, dim=[1]),
            {"axes": [1]},
            x=masked,
        ),
        # PyTorch's slope of a row of minus infinity is NaN, ours 0.
        case(
            "logSumExp of infinities",
            "logSumExp",
            lambda x: torch.logsumexp(x, dim=[1]),
            {"axes": [1]},
            order=0,
            x=nothing,
        ),
        *[
            case(f"{op}, the first axis", op, lambda x, f=function: f(x, dim=0), {"axis": 0}, x=x)
            for op, function in softmaxes.items()
        ],
        case(
            "softmax with minus infinity",
            "softmax",
            lambda x: torch.softmax(x, dim=-1),
            {"axis": -1},
            x=masked,
        ),
        *[
            case(f"cumulativeSum, axis {k}", "cumulativeSum", lambda x, k=k: x.cumsum(k), {"axis": k}, order=1, x=x)
            for k in range(3)
        ],
        *[
            case(f"argmax, axis {k}", "argmax", lambda x, k=k: x.argmax(k).double(), {"axis": k}, order=0, x=x)
            for k in range(3)
        ],
    ]


if __name__ == "__main__":
    cases = unary_cases() + binary_cases() + reduction_cases()
    write("pytorch/ops.json", f"PyTorch {torch.__version__}", "pytorch_ops.py", cases)
