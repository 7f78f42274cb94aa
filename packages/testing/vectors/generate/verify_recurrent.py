"""Checks the recurrent vectors against plain numpy: `python verify_recurrent.py` (needs numpy only).

Every forward pass is recomputed by loops over samples, steps and gates that share no code with the
generators; every gradient is compared with a central difference of the loss along one fixed direction.
"""

import math

import numpy as np

from vectors import array, read

ACTIVATIONS = {
    "tanh": np.tanh,
    "relu": lambda v: np.maximum(v, 0),
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    "hardSigmoid": lambda v: np.clip(v / 6 + 0.5, 0, 1),
}
STEP = 1e-5


def cell(op, options, x, h, c, weights, dropped):
    """One step of one sample; `dropped` is the state that enters the recurrent product."""
    units = len(h)
    act = ACTIVATIONS[options.get("activation", "tanh")]
    gate = ACTIVATIONS[options.get("recurrentActivation", "sigmoid")]
    kernel, recurrent, bias = weights["kernel"], weights["recurrentKernel"], weights.get("bias")

    def part(index, state=dropped):
        columns = slice(index * units, (index + 1) * units)
        own = x @ kernel[:, columns]
        back = state @ recurrent[:, columns]
        if bias is None:
            return own, back
        if bias.ndim == 2:
            return own + bias[0, columns], back + bias[1, columns]
        return own + bias[columns], back

    if op == "simpleRnn":
        return act(sum(part(0))), c
    if op == "lstm":
        i, f, o = (gate(sum(part(index))) for index in (0, 1, 3))
        c = f * c + i * act(sum(part(2)))
        return o * act(c), c
    z, r = gate(sum(part(0))), gate(sum(part(1)))
    own, back = part(2) if options.get("resetAfter", True) else part(2, r * dropped)
    candidate = act(own + (r * back if options.get("resetAfter", True) else back))
    return z * h + (1 - z) * candidate, c


def walk(op, options, inputs, weights, reverse):
    """`y` at natural times and the final states, sample by sample."""
    x = inputs["x"]
    batch, time, _ = x.shape
    units = weights["recurrentKernel"].shape[0]
    y, finals = np.zeros([batch, time, units]), {"h": np.zeros([batch, units]), "c": np.zeros([batch, units])}
    for b in range(batch):
        h = inputs["h0"][b] if "h0" in inputs else np.zeros(units)
        c = inputs["c0"][b] if "c0" in inputs else np.zeros(units)
        last = np.zeros(units)
        for t in sorted(range(time), reverse=reverse):
            if "mask" in inputs and inputs["mask"][b, t] == 0:
                y[b, t] = 0 if options.get("zeroOutputForMask") else last
                continue
            own = x[b, t] * (inputs["dropoutMask"][b] if "dropoutMask" in inputs else 1)
            dropped = h * (inputs["recurrentDropoutMask"][b] if "recurrentDropoutMask" in inputs else 1)
            h, c = cell(op, options, own, h, c, weights, dropped)
            last = y[b, t] = h
        finals["h"][b], finals["c"][b] = h, c
    return {"y": y, **finals}


def op_outputs(case, tensors):
    weights = {n: tensors[n] for n in case["weights"]}
    return walk(case["op"], case["options"], tensors, weights, case["options"].get("reverse", False))


def layer_outputs(case, tensors):
    options, weights = case["options"], {n: tensors[n] for n in case["weights"]}
    back = options.get("goBackwards", False)
    found = walk(case["layer"], options, tensors, weights, back)
    if "xNext" in tensors:
        again = {"x": tensors["xNext"], "h0": found["h"], "c0": found["c"]}
        return {"y": found["h"], "yNext": walk(case["layer"], options, again, weights, back)["h"]}
    sequence = found["y"][:, ::-1] if back else found["y"]
    return {**found, "y": sequence if options.get("returnSequences") else sequence[:, -1]}


def strip(prefix, tensors):
    return {n[len(prefix) :]: value for n, value in tensors.items() if n.startswith(prefix)}


def bidirectional_outputs(case, tensors):
    options = case["options"]["layer"]
    sequences = options.get("returnSequences", False)
    common = {n: tensors[n] for n in ["x", "mask"] if n in tensors}
    found, outputs = [], {}
    for way in ["forward", "backward"]:
        own = strip(f"{way}.", tensors)
        walked = {**options, "zeroOutputForMask": sequences}
        result = walk(options["name"], walked, {**common, **own}, own, way == "backward")
        found.append(result["y"] if sequences else result["h"])
        outputs.update({f"{way}.h": result["h"], f"{way}.c": result["c"], f"{way}.y": found[-1]})
    modes = {"concat": lambda a, b: np.concatenate([a, b], -1), "sum": np.add, "mul": np.multiply}
    modes["ave"] = lambda a, b: (a + b) / 2
    if case["options"]["mergeMode"] is not None:
        outputs["y"] = modes[case["options"]["mergeMode"]](*found)
    return outputs


def stack_outputs(case, tensors):
    x = tensors["x"] if "x" in tensors else tensors["table"][tensors["tokens"].astype(int)]
    outputs = {}
    for level, layer in enumerate(case["options"]["layers"]):
        parts = []
        for way in layer["directions"]:
            own = {**strip(f"{level}.{way}.", tensors), "x": x}
            if "mask" in tensors:
                own["mask"] = tensors["mask"]
            result = walk(layer["cell"], layer, own, own, way == "reverse")
            parts.append(result["y"])
            outputs.update({f"{level}.{way}.{n}": result[n] for n in ["h", "c"]})
        x = np.concatenate(parts, -1)
    return {"y": x, **outputs}


def check(case, outputs_of):
    """Returns the largest error of the outputs and of the gradients, and the number of gradients."""
    tensors = {n: array(value) for group in ["inputs", "weights"] for n, value in case[group].items()}
    found = outputs_of(case, tensors)
    wrong = max(np.abs(found[n] - array(value)).max() for n, value in case["outputs"].items())
    random, slope_wrong = np.random.RandomState(1), 0.0

    def loss(moved):
        outputs = outputs_of(case, {**tensors, **moved})
        return sum((outputs[n] * array(weight)).sum() for n, weight in case["lossWeights"].items())

    for n, value in case.get("gradients", {}).items():
        direction = random.uniform(-1, 1, tensors[n].shape)
        ends = [loss({n: tensors[n] + sign * STEP * direction}) for sign in (1, -1)]
        expected = (array(value) * direction).sum()
        slope_wrong = max(slope_wrong, abs((ends[0] - ends[1]) / (2 * STEP) - expected) / max(1, abs(expected)))
    if "secondOrder" in case:
        check_second_order(case, tensors, loss)
    return wrong, slope_wrong, len(case.get("gradients", {}))


def check_second_order(case, tensors, loss):
    """Compares with the mixed second difference of the loss along `direction` and one direction per tensor."""
    step, along = 1e-3, array(case["secondOrder"]["direction"]["x"])
    for n, value in case["secondOrder"]["gradients"].items():
        other = np.random.RandomState(2).uniform(-1, 1, tensors[n].shape)
        total = 0.0
        for first in (1, -1):
            for second in (1, -1):
                moved = {"x": tensors["x"] + first * step * along}
                moved[n] = moved.get(n, tensors[n]) + second * step * other
                total += first * second * loss(moved)
        expected = (array(value) * other).sum()
        if abs(total / (4 * step * step) - expected) > 1e-4 * max(1, abs(expected)):
            raise SystemExit(f"second order of {n} in {case['name']} disagrees with numpy")


def main():
    files = {f"pytorch/{name}.json": op_outputs for name in ["lstm", "gru", "simple-rnn"]}
    files.update({f"keras/{name}.json": layer_outputs for name in ["lstm", "gru", "simple-rnn"]})
    files.update({"pytorch/recurrent-stack.json": stack_outputs, "keras/bidirectional.json": bidirectional_outputs})
    for path, outputs_of in files.items():
        cases = [case for case in read(path) if case["inputs"]]
        checked = [check(case, outputs_of) for case in cases]
        wrong, slope_wrong = max(c[0] for c in checked), max(c[1] for c in checked)
        gradients = sum(entry[2] for entry in checked)
        print(f"{path:28} {len(cases)} cases within {wrong:.0e}, {gradients} gradients within {slope_wrong:.0e}")
        if not (math.isfinite(wrong) and wrong < 1e-8 and slope_wrong < 1e-7):
            raise SystemExit(f"{path} disagrees with numpy")


if __name__ == "__main__":
    main()
