"""Checks optimizers and schedules against plain Python: `python verify_optimizers.py`.

The update rules are written out again, one number at a time, and share no code with the generators.
"""

import math

import numpy as np

from optimizer_inputs import INITIAL, STEPS, gradient
from vectors import array, read


def optimize(case, keras_rules):
    """Plain loops over the 7 elements; returns the values after every tenth step."""
    o, kind = case["options"], case["optimizer"]
    p, stored = [float(v) for v in INITIAL], []
    first, second, third = [0.0] * 7, [0.0] * 7, [0.0] * 7
    decay, momentum, epsilon = o.get("weightDecay", 0), o.get("momentum", 0), o.get("epsilon", 1e-7)
    b1, b2, rho = o.get("beta1", 0.9), o.get("beta2", 0.999), o.get("rho", 0.9)
    for t in range(1, STEPS + 1):
        g = [float(v) for v in gradient(t)]
        if "clipValue" in o:
            g = [min(max(v, -o["clipValue"]), o["clipValue"]) for v in g]
        groups = [range(4), range(4, 7)] if "clipNormPerParameter" in o else [range(7)]
        bound = o.get("clipNorm", o.get("clipNormPerParameter", math.inf))
        for group in groups:
            norm = math.sqrt(sum(g[i] * g[i] for i in group))
            for i in group:
                g[i] *= min(1, bound / (norm if keras_rules else norm + 1e-6))
        rate = o["learningRate"] * o.get("decayRate", 1) ** (t - 1)
        for i in range(7):
            if kind == "adamw" or keras_rules:
                p[i] -= rate * decay * p[i]
            else:
                g[i] += decay * p[i]
            if kind == "sgd":
                first[i] = momentum * first[i] + (rate if keras_rules else 1) * g[i]
                own = rate * g[i] if keras_rules else g[i]
                moved = own + momentum * first[i] if o.get("nesterov") else first[i]
                p[i] -= moved if keras_rules else rate * moved
            elif kind == "rmsprop":
                second[i] = rho * second[i] + (1 - rho) * g[i] ** 2
                third[i] = rho * third[i] + (1 - rho) * g[i]
                spread = second[i] - (third[i] ** 2 if o.get("centered") else 0)
                moved = g[i] / (math.sqrt(spread + epsilon) if keras_rules else math.sqrt(spread) + epsilon)
                first[i] = momentum * first[i] + moved
                p[i] -= rate * first[i]
            else:
                first[i] = b1 * first[i] + (1 - b1) * g[i]
                second[i] = b2 * second[i] + (1 - b2) * g[i] ** 2
                c1, c2 = 1 - b1**t, 1 - b2**t
                corrected = math.sqrt(second[i] / c2) + epsilon
                late = (math.sqrt(second[i]) + epsilon) / math.sqrt(c2)
                p[i] -= rate * first[i] / c1 / (late if keras_rules else corrected)
        if t % 10 == 0:
            stored.append(list(p))
    return np.array(stored)


def pytorch_rate(o, k):
    """The rate of PyTorch's schedulers before update k + 1."""
    rate = o["learningRate"]
    if "stepSize" in o:
        return rate * o["gamma"] ** (k // o["stepSize"])
    if "milestones" in o:
        return rate * o["gamma"] ** sum(k >= milestone for milestone in o["milestones"])
    if "gamma" in o:
        return rate * o["gamma"] ** k
    warm = o.get("totalIters", 0)
    if k < warm or "tMax" not in o:
        return rate * (o["startFactor"] + (1 - o["startFactor"]) * min(k, warm) / warm)
    return o["etaMin"] + (rate - o["etaMin"]) * (1 + math.cos(math.pi * (k - warm) / o["tMax"])) / 2


def keras_rate(o, k):
    """The rate of Keras's schedules before update k + 1."""
    if "values" in o:
        return o["values"][sum(k > boundary for boundary in o["boundaries"])]
    rate = o["initialLearningRate"]
    if "decayRate" in o:
        progress = k / o["decaySteps"]
        return rate * o["decayRate"] ** (math.floor(progress) if o.get("staircase") else progress)
    warm, top = o.get("warmupSteps", 0), o.get("warmupTarget", rate)
    if k < warm:
        return rate + (top - rate) * k / warm
    share = (1 + math.cos(math.pi * min(k - warm, o["decaySteps"]) / o["decaySteps"])) / 2
    return top * ((1 - o["alpha"]) * share + o["alpha"])


def close(found, expected, where):
    if not np.allclose(found, expected, rtol=1e-10, atol=1e-10):
        raise SystemExit(f"{where} disagrees with plain Python by {np.abs(found - expected).max():.1e}")


def main():
    for folder, rate in [("pytorch", pytorch_rate), ("keras", keras_rate)]:
        optimizers, schedules = read(f"{folder}/optimizers.json"), read(f"{folder}/schedules.json")
        for case in optimizers:
            expected = np.concatenate([array(case["outputs"][n]) for n in ["kernel", "bias"]], axis=1)
            close(optimize(case, folder == "keras"), expected, f"{folder} {case['name']}")
        for case in schedules:
            expected = array(case["outputs"]["learningRate"])
            found = np.array([rate(case["options"], k) for k in range(len(expected))])
            close(found, expected, f"{folder} {case['name']}")
        print(f"{folder:8} {len(optimizers)} optimizers, {len(schedules)} schedules agree with plain Python")


if __name__ == "__main__":
    main()
