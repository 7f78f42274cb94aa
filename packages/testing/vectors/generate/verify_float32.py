"""Replays the recurrent vectors in float32: `python verify_float32.py`.

Shows what rounding alone costs, so that a tolerance for float32 backends can be judged.
"""

import torch

from cells import run
from vectors import array, read


def replay(case):
    """The largest difference of the outputs and of the gradients, in units of 1 + |expected|."""
    groups = [case["inputs"], case["weights"]]
    leaves = {n: torch.tensor(array(v)).float().requires_grad_("ask" not in n) for g in groups for n, v in g.items()}
    outputs = run(case["op"], case["options"], leaves, {n: leaves[n] for n in case["weights"]})
    sum((outputs[n] * torch.tensor(array(w)).float()).sum() for n, w in case["lossWeights"].items()).backward()
    gradients = {n: leaves[n].grad for n in case["gradients"]}

    def gap(found, expected):
        expected = torch.tensor(array(expected))
        return float(((found.detach().double() - expected).abs() / (1 + expected.abs())).max())

    return (
        max(gap(outputs[n], value) for n, value in case["outputs"].items()),
        max(gap(gradients[n], value) for n, value in case["gradients"].items()),
    )


def main():
    for name in ["lstm", "gru", "simple-rnn"]:
        outputs, gradients = zip(*(replay(case) for case in read(f"pytorch/{name}.json")))
        print(f"{name:12} outputs within {max(outputs):.0e}, gradients within {max(gradients):.0e}")


if __name__ == "__main__":
    main()
