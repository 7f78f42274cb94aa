"""Learning rates of PyTorch's schedulers: `pytorch/schedules.json`.

Run: `python pytorch_schedules.py`. Entry k of `learningRate` is the rate of update k + 1, so entry 0 is the
first rate. Option names are PyTorch's in camelCase.
"""

import warnings

import torch
from torch.optim import lr_scheduler

from vectors import tensor, write

STEPS = 21
BASE = 0.5


def schedule_case(name, schedule, options, formula, make, steps=STEPS):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    outputs = {"learningRate": tensor(rates, 15)}
    options = {"learningRate": BASE, **options}
    return {"name": name, "schedule": schedule, "options": options, "formula": formula, "outputs": outputs}


def warm_up_cosine(optimizer):
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=4)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=12, eta_min=0.125)
    return lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], milestones=[4])


def main():
    # SequentialLR calls its own schedulers in a way that they warn about.
    warnings.filterwarnings("ignore", message=".*epoch parameter.*")
    cosine = "etaMin + (learningRate - etaMin) * (1 + cos(pi * k / tMax)) / 2"
    linear = "learningRate * (startFactor + (1 - startFactor) * min(k, totalIters) / totalIters)"
    cases = [
        schedule_case(
            "step",
            "step",
            {"stepSize": 5, "gamma": 0.5},
            "learningRate * gamma^floor(k / stepSize)",
            lambda o: lr_scheduler.StepLR(o, 5, 0.5),
        ),
        schedule_case(
            "step at milestones",
            "step",
            {"milestones": [3, 8], "gamma": 0.25},
            "learningRate * gamma^(number of milestones <= k)",
            lambda o: lr_scheduler.MultiStepLR(o, [3, 8], 0.25),
        ),
        schedule_case(
            "exponential",
            "exponential",
            {"gamma": 0.875},
            "learningRate * gamma^k",
            lambda o: lr_scheduler.ExponentialLR(o, 0.875),
        ),
        schedule_case(
            "cosine",
            "cosine",
            {"tMax": 12, "etaMin": 0.125},
            cosine,
            lambda o: lr_scheduler.CosineAnnealingLR(o, 12, 0.125),
            steps=13,
        ),
        schedule_case(
            "linear warm-up",
            "warmUp",
            {"startFactor": 0.25, "totalIters": 4},
            linear,
            lambda o: lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=4),
        ),
        schedule_case(
            "linear warm-up, then cosine",
            "warmUp",
            {"startFactor": 0.25, "totalIters": 4, "tMax": 12, "etaMin": 0.125},
            f"{linear} for k < totalIters; then with k - totalIters: {cosine}",
            warm_up_cosine,
            steps=17,
        ),
    ]
    write("pytorch/schedules.json", f"PyTorch {torch.__version__}", "pytorch_schedules.py", cases)


if __name__ == "__main__":
    main()
