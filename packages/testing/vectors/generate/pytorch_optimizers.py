"""Trajectories of PyTorch's optimizers from given gradients: `pytorch/optimizers.json`.

Run: `python pytorch_optimizers.py`. Float64; option names and defaults are ours (epsilon 1e-7). The field
`formula` says what is computed; compare with `keras/optimizers.json`, where Keras differs.
"""

import torch

from optimizer_inputs import HEADER, INITIAL, case, trajectory
from vectors import write

torch.set_num_threads(1)

L2 = "weight decay is added to the gradient: g + weightDecay * p"
SGD = "v = momentum * v + g; p -= learningRate * v"
NESTEROV = "v = momentum * v + g; p -= learningRate * (g + momentum * v)"
ADAM = "p -= learningRate * mHat / (sqrt(vHat) + epsilon), both bias-corrected first"
RMSPROP = "v = rho * v + (1 - rho) * g^2; p -= learningRate * g / (sqrt(v) + epsilon)"
CENTERED = "mean = rho * mean + (1 - rho) * g; u = g / (sqrt(v - mean^2) + epsilon)"
NORM = "gradients times min(1, clipNorm / (norm + 1e-6)), norm over all parameters"


def make(optimizer, options, parameters):
    rate, decay = options["learningRate"], options.get("weightDecay", 0)
    momentum, epsilon = options.get("momentum", 0), options.get("epsilon", 1e-7)
    if optimizer == "sgd":
        nesterov = options.get("nesterov", False)
        return torch.optim.SGD(parameters, lr=rate, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    if optimizer == "rmsprop":
        rho, centered = options.get("rho", 0.9), options.get("centered", False)
        return torch.optim.RMSprop(parameters, rate, rho, epsilon, decay, momentum, centered)
    kind = torch.optim.AdamW if optimizer == "adamw" else torch.optim.Adam
    betas = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    return kind(parameters, lr=rate, betas=betas, eps=epsilon, weight_decay=decay)


def optimizer_case(name, optimizer, options, formula):
    kernel, bias = (torch.nn.Parameter(torch.tensor(part)) for part in [INITIAL[:4], INITIAL[4:]])
    stepper = make(optimizer, options, [kernel, bias])

    def step(count, gradient):
        kernel.grad, bias.grad = torch.tensor(gradient[:4]), torch.tensor(gradient[4:])
        if "clipValue" in options:
            torch.nn.utils.clip_grad_value_([kernel, bias], options["clipValue"])
        if "clipNorm" in options:
            torch.nn.utils.clip_grad_norm_([kernel, bias], options["clipNorm"])
        if "decayRate" in options:
            for group in stepper.param_groups:
                group["lr"] = options["learningRate"] * options["decayRate"] ** (count - 1)
        stepper.step()
        return torch.cat([kernel, bias]).detach().numpy()

    return case(name, optimizer, options, formula, trajectory(step))


def main():
    sgd, adam = {"learningRate": 0.0625}, {"learningRate": 0.01}
    fall, clip = {"decayRate": 0.97}, {"clipNorm": 1.5}
    falling = "; learningRate * decayRate^(t - 1)"
    table = [
        ("sgd", "sgd", sgd, "p -= learningRate * g"),
        ("sgd, momentum", "sgd", {**sgd, "momentum": 0.9}, SGD),
        ("sgd, nesterov", "sgd", {**sgd, "momentum": 0.9, "nesterov": True}, NESTEROV),
        ("sgd, momentum, weight decay", "sgd", {**sgd, "momentum": 0.9, "weightDecay": 0.01}, f"{SGD}; {L2}"),
        ("sgd, momentum, falling rate", "sgd", {**sgd, "momentum": 0.9, **fall}, SGD + falling),
        ("sgd, clipNorm", "sgd", {**sgd, **clip}, NORM),
        ("sgd, clipValue", "sgd", {**sgd, "clipValue": 0.5}, "every element of g between -clipValue and clipValue"),
        ("sgd, clipValue and clipNorm", "sgd", {**sgd, **clip, "clipValue": 0.5}, f"clipValue first, then {NORM}"),
        ("adam", "adam", adam, ADAM),
        ("adam, large epsilon", "adam", {**adam, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.01}, ADAM),
        ("adam, weight decay", "adam", {**adam, "weightDecay": 0.01}, f"{ADAM}; {L2}"),
        ("adam, falling rate", "adam", {**adam, **fall}, ADAM + falling),
        ("adam, clipNorm", "adam", {**adam, **clip}, f"{ADAM}; {NORM}"),
        ("adamw", "adamw", {**adam, "weightDecay": 0.25}, f"p *= 1 - learningRate * weightDecay, then {ADAM}"),
        ("rmsprop", "rmsprop", adam, RMSPROP),
        ("rmsprop, centered", "rmsprop", {**adam, "centered": True}, f"{CENTERED}; p -= learningRate * u"),
        (
            "rmsprop, centered, momentum",
            "rmsprop",
            {**adam, "rho": 0.95, "centered": True, "momentum": 0.9},
            f"{CENTERED}; b = momentum * b + u; p -= learningRate * b",
        ),
        ("rmsprop, weight decay", "rmsprop", {**adam, "weightDecay": 0.01}, f"{RMSPROP}; {L2}"),
    ]
    cases = [optimizer_case(*entry) for entry in table]
    write("pytorch/optimizers.json", f"PyTorch {torch.__version__}", "pytorch_optimizers.py", cases, **HEADER)


if __name__ == "__main__":
    main()
