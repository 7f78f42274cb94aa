"""The recurrent cells composed from elementary PyTorch operations, in the layout of `@lstm/core`.

They cover what `torch.nn` cannot express (reset before, other activations, arbitrary masks, dropout masks);
where it can, `pytorch_recurrent.py` asserts that both give the same numbers.
"""

import torch

ACTIVATIONS = {
    "linear": lambda x: x,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "hardSigmoid": torch.nn.functional.hardsigmoid,
}
GATES = {"lstm": 4, "gru": 3, "simpleRnn": 1}
STATES = {"lstm": ["h", "c"], "gru": ["h"], "simpleRnn": ["h"]}


def lstm_step(x, h, states, weights, activation, gate, options):
    z = x @ weights["kernel"] + h @ weights["recurrentKernel"] + weights.get("bias", 0)
    i, f, candidate, o = z.chunk(4, dim=1)
    c = gate(f) * states[1] + gate(i) * activation(candidate)
    return [gate(o) * activation(c), c]


def gru_step(x, h, states, weights, activation, gate, options):
    units = h.shape[1]
    recurrent = weights["recurrentKernel"]
    bias = weights.get("bias", torch.zeros(2, 3 * units, dtype=x.dtype))
    input_bias, recurrent_bias = bias if options["resetAfter"] else (bias.reshape(-1, 3 * units)[0], 0)
    x_z, x_r, x_h = (x @ weights["kernel"] + input_bias).chunk(3, dim=1)
    h_z, h_r, h_h = (h @ recurrent + recurrent_bias).chunk(3, dim=1)
    z, r = gate(x_z + h_z), gate(x_r + h_r)
    reset = r * h_h if options["resetAfter"] else (r * h) @ recurrent[:, 2 * units :]
    return [z * states[0] + (1 - z) * activation(x_h + reset)]


def simple_rnn_step(x, h, states, weights, activation, gate, options):
    return [activation(x @ weights["kernel"] + h @ weights["recurrentKernel"] + weights.get("bias", 0))]


STEPS = {"lstm": lstm_step, "gru": gru_step, "simpleRnn": simple_rnn_step}


def run(op, options, inputs, weights):
    """The outputs `y [batch, time, units]` and final states `h`, `c` `[batch, units]` of a whole sequence.

    `reverse` walks time from the end and writes each output at its own time. A masked step keeps the states
    and repeats the previous output of the walk (zeros before the first valid step), or gives zeros.
    Dropout masks scale `x`, and `h` where it enters the recurrent product.
    """
    x, mask = inputs["x"], inputs.get("mask")
    batch, time, _ = x.shape
    if mask is not None:
        x = torch.where(mask.bool()[:, :, None], x, torch.zeros_like(x))
    zeros = torch.zeros(batch, weights["recurrentKernel"].shape[0], dtype=x.dtype)
    states = [inputs.get(f"{name}0", zeros) for name in STATES[op]]
    activation = ACTIVATIONS[options.get("activation", "tanh")]
    gate = ACTIVATIONS[options.get("recurrentActivation", "sigmoid")]
    previous, outputs = zeros, [None] * time
    for t in reversed(range(time)) if options.get("reverse") else range(time):
        step_input = x[:, t] * inputs.get("dropoutMask", 1)
        step_state = states[0] * inputs.get("recurrentDropoutMask", 1)
        new = STEPS[op](step_input, step_state, states, weights, activation, gate, options)
        output = new[0]
        if mask is not None:
            valid = mask[:, t, None].bool()
            output = torch.where(valid, output, zeros if options.get("zeroOutputForMask") else previous)
            new = [torch.where(valid, after, before) for after, before in zip(new, states)]
        states, previous, outputs[t] = new, output, output
    return {"y": torch.stack(outputs, dim=1), **dict(zip(STATES[op], states))}
