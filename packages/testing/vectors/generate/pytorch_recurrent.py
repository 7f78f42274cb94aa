"""Vectors of the recurrent ops: `pytorch/lstm.json`, `gru.json`, `simple-rnn.json`.

Run: `python pytorch_recurrent.py`. A case is `torch.nn` where `torch.nn` can express it, else the cell of
`cells.py`; the field `computedBy` says which. In float64; the loss is the sum of outputs times `lossWeights`.
"""

import torch

from cells import GATES, STATES, run
from modules import ModuleRun
from vectors import grid, keep_mask, loss_weight, tensors, write

torch.set_num_threads(1)
FILES = {"lstm": "lstm", "gru": "gru", "simpleRnn": "simple-rnn"}
NOT_DIFFERENTIABLE = {"mask", "dropoutMask", "recurrentDropoutMask"}


def make_weights(key, op, units, features, options, use_bias=True):
    shapes = {"kernel": [features, GATES[op] * units], "recurrentKernel": [units, GATES[op] * units]}
    if use_bias:
        shapes["bias"] = [2, 3 * units] if options.get("resetAfter") else [GATES[op] * units]
    return {name: torch.tensor(grid(f"{key} {name}", shape)) for name, shape in shapes.items()}


def make_inputs(key, op, batch, time, features, units, states):
    inputs = {"x": torch.tensor(grid(f"{key} x", [batch, time, features], -24, 24))}
    for name in STATES[op] if states else []:
        inputs[f"{name}0"] = torch.tensor(grid(f"{key} {name}0", [batch, units]))
    return inputs


def prefix_mask(lengths, time):
    return (torch.arange(time)[None, :] < torch.tensor(lengths)[:, None]).double()


def module_outputs(op, options, inputs, weights, lengths):
    """`torch.nn` on one direction; the reverse direction is the second half of a bidirectional module."""
    reverse = options.get("reverse", False)
    x = inputs["x"]
    batch, units = x.shape[0], weights["recurrentKernel"].shape[0]
    zeros = torch.zeros(batch, units, dtype=x.dtype)
    directions = [weights, weights] if reverse else [weights]
    run_of_module = ModuleRun(op, [directions], options.get("activation", "tanh"))
    states = [torch.stack([zeros] * reverse + [inputs.get(f"{name}0", zeros)]) for name in STATES[op]]
    y, final = run_of_module.outputs(x, states, lengths)
    outputs = {"y": y[:, :, -units:], **{name: state[-1] for name, state in final.items()}}
    return outputs, lambda: run_of_module.weight_gradients()[(0, int(reverse))]


def second_order(op, options, inputs, weights, loss_weights, key):
    """Gradients of the sum over x of (d loss / d x) times `direction`: twice through the recurrence."""
    leaves = {name: value.clone().requires_grad_() for name, value in {**inputs, **weights}.items()}
    outputs = run(op, options, {name: leaves[name] for name in inputs}, {name: leaves[name] for name in weights})
    loss = sum((outputs[name] * weight).sum() for name, weight in loss_weights.items())
    (slope,) = torch.autograd.grad(loss, leaves["x"], create_graph=True)
    direction = torch.tensor(grid(f"{key} direction", slope.shape))
    gradients = torch.autograd.grad((slope * direction).sum(), list(leaves.values()))
    return {"direction": tensors({"x": direction}), "gradients": tensors(dict(zip(leaves, gradients)))}


def expressible(op, options, inputs, weights, lengths):
    """Whether `torch.nn` can compute the case: its packed sequences know lengths from 1 and zero outputs only."""
    if "dropoutMask" in inputs or "bias" not in weights or not options.get("resetAfter", True):
        return False
    if "activation" in options and op != "simpleRnn":
        return False
    return "mask" not in inputs or (lengths is not None and min(lengths) > 0 and options.get("zeroOutputForMask"))


def differentiate(values, loss_weights, leaves):
    sum((values[name] * weight).sum() for name, weight in loss_weights.items()).backward()
    return {name: leaf.grad for name, leaf in leaves.items() if leaf.requires_grad}


def case(op, name, size, loss, options, lengths=None, mask=None, dropout=False, states=True, bias=True, twice=False):
    """One case. `size` is (units, features, time, batch); `loss` says which outputs enter the loss."""
    units, features, time, batch = size
    key = f"{op} {name}"
    weights = make_weights(key, op, units, features, options, bias)
    inputs = make_inputs(key, op, batch, time, features, units, states)
    if dropout:
        inputs["dropoutMask"] = torch.tensor(keep_mask(f"{key} dropout", [batch, features], 1.25))
        inputs["recurrentDropoutMask"] = torch.tensor(keep_mask(f"{key} recurrentDropout", [batch, units], 1.5))
    if mask is not None:
        inputs["mask"] = torch.tensor(mask, dtype=torch.float64)
    elif lengths is not None:
        inputs["mask"] = prefix_mask(lengths, time)

    leaves = {n: v.clone().requires_grad_(n not in NOT_DIFFERENTIABLE) for n, v in {**inputs, **weights}.items()}
    outputs = run(op, options, {n: leaves[n] for n in inputs}, {n: leaves[n] for n in weights})
    loss_names = ["y"] * (loss != "states") + STATES[op] * (loss != "outputs")
    loss_weights = {n: torch.tensor(loss_weight(f"{key} loss {n}", outputs[n].shape)) for n in loss_names}
    gradients = differentiate(outputs, loss_weights, leaves)

    by_module = expressible(op, options, inputs, weights, lengths)
    if by_module:
        fresh = {n: v.clone().requires_grad_() for n, v in inputs.items() if n != "mask"}
        values, weight_gradients = module_outputs(op, options, fresh, weights, lengths)
        slopes = {**differentiate(values, loss_weights, fresh), **weight_gradients()}
        for n, value in {**values, **slopes}.items():
            torch.testing.assert_close(value, {**outputs, **gradients}[n], rtol=1e-11, atol=1e-12)
        outputs, gradients = values, slopes

    result = {"name": name, "op": op, "computedBy": "torch.nn" if by_module else "composed", "options": options}
    if lengths is not None:
        result["lengths"] = lengths
    result["inputs"], result["weights"] = tensors(inputs), tensors(weights)
    result["outputs"], result["lossWeights"] = tensors(outputs), tensors(loss_weights)
    result["gradients"] = tensors(gradients)
    if twice:
        result["secondOrder"] = second_order(op, options, inputs, weights, loss_weights, key)
    return result


def with_nan_padding(entry):
    """The same case with NaN in every masked input: nothing else may change."""
    mask, x = entry["inputs"]["mask"], entry["inputs"]["x"]
    features = x["shape"][2]
    data = [value if mask["data"][i // features] else "NaN" for i, value in enumerate(x["data"])]
    return {**entry, "inputs": {**entry["inputs"], "x": {**x, "data": data}}}


HOLES = [[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]]


def shared_cases(op, base):
    """What every recurrent op must do; `base` holds the options that the op always needs."""
    reverse, zero = {**base, "reverse": True}, {**base, "zeroOutputForMask": True}
    relu = {**base, "activation": "relu"}
    if op != "simpleRnn":
        relu["recurrentActivation"] = "hardSigmoid"
    return [
        case(op, "one step, one feature, batch 1", (3, 1, 1, 1), "both", base),
        case(op, "loss on outputs only", (3, 5, 4, 3), "outputs", base),
        case(op, "loss on final states only", (3, 1, 7, 3), "states", base),
        case(op, "loss on both, no initial states", (3, 2, 4, 2), "both", base, states=False),
        case(op, "units 13", (13, 1, 2, 3), "both", base),
        case(op, "reverse", (5, 2, 4, 2), "both", reverse),
        case(op, "lengths, zero outputs", (3, 2, 7, 3), "both", zero, lengths=[7, 1, 4]),
        case(op, "lengths, zero outputs, reverse", (3, 2, 5, 3), "both", {**reverse, **zero}, lengths=[3, 5, 1]),
        case(op, "lengths with 0, repeated outputs", (3, 2, 5, 3), "both", base, lengths=[5, 0, 2]),
        case(op, "mask with holes, repeated outputs", (3, 2, 5, 3), "both", base, mask=HOLES),
        case(op, "mask with holes, repeated outputs, reverse", (3, 2, 5, 3), "both", reverse, mask=HOLES),
        case(op, "mask with holes, zero outputs", (3, 2, 5, 3), "both", zero, mask=HOLES),
        with_nan_padding(case(op, "NaN in the padding", (3, 2, 5, 3), "both", base, mask=HOLES)),
        case(op, "no bias", (3, 2, 4, 2), "both", base, bias=False),
        case(op, "dropout masks", (3, 3, 4, 2), "both", base, dropout=True),
        case(op, "activation relu", (3, 2, 4, 2), "both", relu),
        case(op, "second order", (3, 2, 3, 2), "both", base, twice=True),
    ]


def gru_cases():
    """Both reset modes; reset before leaves out what only repeats the walk over time."""
    after = shared_cases("gru", {"resetAfter": True})
    before = shared_cases("gru", {"resetAfter": False})
    repeated = {
        "loss on outputs only",
        "units 13",
        "lengths, zero outputs",
        "lengths, zero outputs, reverse",
        "lengths with 0, repeated outputs",
        "mask with holes, zero outputs",
        "mask with holes, repeated outputs, reverse",
    }
    chosen = [("after", entry) for entry in after]
    chosen += [("before", entry) for entry in before if entry["name"] not in repeated]
    return [{**entry, "name": f"reset {mode}: {entry['name']}"} for mode, entry in chosen]


def main():
    groups = {"lstm": shared_cases("lstm", {}), "gru": gru_cases(), "simpleRnn": shared_cases("simpleRnn", {})}
    for op, cases in groups.items():
        write(f"pytorch/{FILES[op]}.json", f"PyTorch {torch.__version__}", "pytorch_recurrent.py", cases)


if __name__ == "__main__":
    main()
