"""`torch.nn.LSTM`, `GRU` and `RNN` driven by weights in the layout of `@lstm/core`, gradients mapped back.

PyTorch keeps `weight [gates * units, input]`, GRU gates as r, z, n and two biases; we keep
`kernel [input, gates * units]`, GRU gates as z, r, h, and one bias except for a GRU that resets after.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from cells import STATES

MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "simpleRnn": torch.nn.RNN}


def swap_gates(op, matrix):
    """Exchanges the first two of the three gates of a GRU along the first axis."""
    if op != "gru":
        return matrix
    first, second, candidate = matrix.chunk(3, dim=0)
    return torch.cat([second, first, candidate])


def load(op, module, suffix, weights):
    bias = weights["bias"]
    # A single bias is split unevenly over PyTorch's two, which only matter as their sum.
    input_bias, recurrent_bias = bias if op == "gru" else (0.25 * bias, 0.75 * bias)
    with torch.no_grad():
        getattr(module, f"weight_ih_{suffix}").copy_(swap_gates(op, weights["kernel"].T))
        getattr(module, f"weight_hh_{suffix}").copy_(swap_gates(op, weights["recurrentKernel"].T))
        getattr(module, f"bias_ih_{suffix}").copy_(swap_gates(op, input_bias))
        getattr(module, f"bias_hh_{suffix}").copy_(swap_gates(op, recurrent_bias))


def collect(op, module, suffix):
    """The gradients of one layer and direction, in our layout."""

    def gradient(name):
        return swap_gates(op, getattr(module, f"{name}_{suffix}").grad)

    input_bias = gradient("bias_ih")
    return {
        "kernel": gradient("weight_ih").T,
        "recurrentKernel": gradient("weight_hh").T,
        "bias": torch.stack([input_bias, gradient("bias_hh")]) if op == "gru" else input_bias,
    }


class ModuleRun:
    """One module with `layers[depth][direction]` weights; `outputs`, then `weight_gradients` after a backward."""

    def __init__(self, op, layers, activation="tanh"):
        kernel = layers[0][0]["kernel"]
        options = {"nonlinearity": activation} if op == "simpleRnn" else {}
        self.op, self.depth, self.directions = op, len(layers), len(layers[0])
        self.module = MODULES[op](
            kernel.shape[0],
            layers[0][0]["recurrentKernel"].shape[0],
            num_layers=self.depth,
            batch_first=True,
            bidirectional=self.directions == 2,
            **options,
        ).to(kernel.dtype)
        for level, direction, suffix in self.places():
            load(op, self.module, suffix, layers[level][direction])

    def places(self):
        for level in range(self.depth):
            for direction in range(self.directions):
                yield level, direction, f"l{level}" + ("_reverse" if direction else "")

    def outputs(self, x, states, lengths=None):
        """`y`, and the final states by name, each `[layers * directions, batch, units]`."""
        initial = tuple(states) if self.op == "lstm" else states[0]
        if lengths is None:
            y, final = self.module(x, initial)
        else:
            packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
            y, final = self.module(packed, initial)
            y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
        return y, dict(zip(STATES[self.op], final if self.op == "lstm" else [final]))

    def weight_gradients(self):
        return {
            (level, direction): collect(self.op, self.module, suffix) for level, direction, suffix in self.places()
        }
