"""Vectors of runs of recurrent layers: `pytorch/recurrent-stack.json`.

Run: `python pytorch_stack.py`. All numbers come from `torch.nn` modules of several layers and directions, in
float64. Tensors are named as the inputs and outputs of `recurrentStack`: `<layer>.<direction>.<name>`.
"""

import torch

from cells import STATES
from modules import ModuleRun
from pytorch_recurrent import make_weights, prefix_mask
from vectors import grid, loss_weight, tensors, write

torch.set_num_threads(1)
DIRECTIONS = ["forward", "reverse"]


def stack_case(name, op, units, features, time, batch, depth, directions, lengths=None, vocabulary=None):
    names = DIRECTIONS[:directions]
    attributes = {"resetAfter": True} if op == "gru" else {}
    if lengths is not None:
        attributes["zeroOutputForMask"] = True
    places = [(level, direction) for level in range(depth) for direction in range(directions)]
    layers = [[None] * directions for _ in range(depth)]
    weights, initial = {}, {}
    for level, direction in places:
        place = f"{level}.{DIRECTIONS[direction]}"
        width = features if level == 0 else units * directions
        layers[level][direction] = make_weights(f"{name} {place}", op, units, width, attributes)
        weights.update({f"{place}.{n}": value for n, value in layers[level][direction].items()})
        for n in STATES[op]:
            initial[f"{place}.{n}0"] = torch.tensor(grid(f"{name} {place}.{n}0", [batch, units]))

    leaves = {n: value.clone().requires_grad_() for n, value in initial.items()}
    inputs = {}
    if vocabulary is None:
        inputs["x"] = torch.tensor(grid(f"{name} x", [batch, time, features], -24, 24))
        x = leaves["x"] = inputs["x"].clone().requires_grad_()
    else:
        inputs["tokens"] = torch.tensor(grid(f"{name} tokens", [batch, time], 0, vocabulary - 1, 1))
        inputs["table"] = torch.tensor(grid(f"{name} table", [vocabulary, features]))
        leaves["table"] = inputs["table"].clone().requires_grad_()
        x = torch.nn.functional.embedding(inputs["tokens"].long(), leaves["table"])
    if lengths is not None:
        inputs["mask"] = prefix_mask(lengths, time)

    module = ModuleRun(op, layers)
    states = [torch.stack([leaves[f"{lv}.{DIRECTIONS[d]}.{n}0"] for lv, d in places]) for n in STATES[op]]
    y, final = module.outputs(x, states, lengths)
    outputs = {"y": y}
    for index, (level, direction) in enumerate(places):
        outputs.update({f"{level}.{DIRECTIONS[direction]}.{n}": final[n][index] for n in STATES[op]})
    loss_weights = {n: torch.tensor(loss_weight(f"{name} loss {n}", value.shape)) for n, value in outputs.items()}
    sum((outputs[n] * weight).sum() for n, weight in loss_weights.items()).backward()
    gradients = {n: leaf.grad for n, leaf in leaves.items()}
    for (level, direction), found in module.weight_gradients().items():
        gradients.update({f"{level}.{DIRECTIONS[direction]}.{n}": value for n, value in found.items()})
    return {
        "name": name,
        "op": "recurrentStack",
        "options": {"layers": [{"cell": op, "directions": names, **attributes}] * depth},
        **({"lengths": lengths} if lengths is not None else {}),
        "inputs": tensors({**inputs, **initial}),
        "weights": tensors(weights),
        "outputs": tensors(outputs),
        "lossWeights": tensors(loss_weights),
        "gradients": tensors(gradients),
    }


def main():
    cases = [
        stack_case("lstm, 2 layers", "lstm", 3, 2, 5, 2, 2, 1),
        stack_case("lstm, 2 layers, tokens", "lstm", 3, 2, 5, 2, 2, 1, vocabulary=5),
        stack_case("lstm, bidirectional", "lstm", 3, 2, 5, 3, 1, 2),
        stack_case("lstm, 2 bidirectional layers, lengths", "lstm", 2, 3, 5, 3, 2, 2, lengths=[5, 1, 3]),
        stack_case("gru, 2 bidirectional layers, lengths", "gru", 2, 3, 5, 3, 2, 2, lengths=[2, 5, 1]),
        stack_case("simpleRnn, 2 layers", "simpleRnn", 3, 2, 5, 2, 2, 1),
    ]
    write("pytorch/recurrent-stack.json", f"PyTorch {torch.__version__}", "pytorch_stack.py", cases)


if __name__ == "__main__":
    main()
