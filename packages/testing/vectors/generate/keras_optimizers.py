"""Trajectories of Keras's optimizers from given gradients: `keras/optimizers.json`.

Run: `python keras_optimizers.py`. Prints how far each case ends from PyTorch's case of the same name.
"""

from keras_bridge import SOURCE, keras, snake, torch  # isort: skip

import numpy as np

from optimizer_inputs import HEADER, INITIAL, case, trajectory
from vectors import array, read, write

DECAY = "p -= learningRate * weightDecay * p before the update"
SGD = "v = momentum * v - learningRate * g; p += v"
NESTEROV = "v = momentum * v - learningRate * g; p += momentum * v - learningRate * g"
ADAM = "p -= learningRate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon): epsilon is not corrected"
RMSPROP = "v = rho * v + (1 - rho) * g^2; p -= learningRate * g / sqrt(v + epsilon): epsilon inside the root"
CENTERED = "mean = rho * mean + (1 - rho) * g; u = learningRate * g / sqrt(v - mean^2 + epsilon)"
NORM = "gradients times clipNorm * min(1 / norm, 1 / clipNorm), norm over all parameters"
CLASSES = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
}
NAMES = {"beta1": "beta_1", "beta2": "beta_2", "clipNorm": "global_clipnorm", "clipNormPerParameter": "clipnorm"}


def make(optimizer, options):
    known = {NAMES.get(n, snake(n)): value for n, value in options.items() if n != "decayRate"}
    known = {n.replace("clip_value", "clipvalue"): value for n, value in known.items()}
    if "decayRate" in options:
        schedule = keras.optimizers.schedules.ExponentialDecay(options["learningRate"], 1, options["decayRate"])
        known["learning_rate"] = schedule
    return CLASSES[optimizer](**known)


def optimizer_case(name, optimizer, options, formula):
    kernel, bias = (keras.Variable(part, dtype="float64") for part in [INITIAL[:4], INITIAL[4:]])
    stepper = make(optimizer, options)

    def step(_, gradient):
        stepper.apply([torch.tensor(gradient[:4]), torch.tensor(gradient[4:])], [kernel, bias])
        return torch.cat([kernel.value, bias.value]).detach().numpy()

    return case(name, optimizer, options, formula, trajectory(step))


def main():
    sgd, adam = {"learningRate": 0.0625}, {"learningRate": 0.01}
    fall, clip = {"decayRate": 0.97}, {"clipNorm": 1.5}
    falling = "; learningRate * decayRate^(t - 1)"
    table = [
        ("sgd", "sgd", sgd, "p -= learningRate * g"),
        ("sgd, momentum", "sgd", {**sgd, "momentum": 0.9}, SGD),
        ("sgd, nesterov", "sgd", {**sgd, "momentum": 0.9, "nesterov": True}, NESTEROV),
        ("sgd, momentum, weight decay", "sgd", {**sgd, "momentum": 0.9, "weightDecay": 0.01}, f"{DECAY}; {SGD}"),
        ("sgd, momentum, falling rate", "sgd", {**sgd, "momentum": 0.9, **fall}, SGD + falling),
        ("sgd, clipNorm", "sgd", {**sgd, **clip}, NORM),
        ("sgd, clipNorm of every parameter", "sgd", {**sgd, "clipNormPerParameter": 1.5}, "a norm for each parameter"),
        ("sgd, clipValue", "sgd", {**sgd, "clipValue": 0.5}, "every element of g between -clipValue and clipValue"),
        ("adam", "adam", adam, ADAM),
        ("adam, large epsilon", "adam", {**adam, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.01}, ADAM),
        ("adam, falling rate", "adam", {**adam, **fall}, ADAM + falling),
        ("adam, clipNorm", "adam", {**adam, **clip}, f"{ADAM}; {NORM}"),
        ("adamw", "adamw", {**adam, "weightDecay": 0.25}, f"{DECAY}; {ADAM}"),
        ("rmsprop", "rmsprop", adam, RMSPROP),
        ("rmsprop, centered", "rmsprop", {**adam, "centered": True}, f"{CENTERED}; p -= u"),
        (
            "rmsprop, centered, momentum",
            "rmsprop",
            {**adam, "rho": 0.95, "centered": True, "momentum": 0.9},
            f"{CENTERED}; b = momentum * b + u; p -= b",
        ),
        ("rmsprop, weight decay", "rmsprop", {**adam, "weightDecay": 0.01}, f"{DECAY}; {RMSPROP}"),
    ]
    cases = [optimizer_case(*entry) for entry in table]
    pytorch = {entry["name"]: entry for entry in read("pytorch/optimizers.json")}
    for entry in cases:
        if entry["name"] in pytorch:
            other = pytorch[entry["name"]]["outputs"]
            gaps = [np.abs(array(entry["outputs"][n]) - array(other[n])).max(0) for n in ["kernel", "bias"]]
            print(f"{entry['name']:32} from PyTorch, an element:", *(f"{gap:.0e}" for gap in np.concatenate(gaps)))
    write("keras/optimizers.json", SOURCE, "keras_optimizers.py", cases, **HEADER)


if __name__ == "__main__":
    main()
