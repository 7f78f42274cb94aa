"""PyTorch's steps to solve for apps/memory: the same problems, shapes and budget; they stand beside this file.

    python train.py --json results.json [--problem adding] [--time 30 100] [--layer GRU] [--seeds 5]
    python train.py --own-start --json own-start.json

Each run trains one recurrent layer of 64 units and a linear one on batches of 32 that never repeat (Adam 0.002, gradient norm at
most 1), and looks at 500 other samples every 100 (adding) or 50 (recall) steps. Initial values and all samples are those of the
same seed in apps/memory, which has to be built (../dist/feed.js); with --own-start the samples are drawn here, and initial values
are PyTorch's own but for what the name of the layer says. Runs that the file already has are not done again; null is a run
that did not solve the problem within its limit.
"""

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

UNITS, BATCH, RATE, CLIP, HELD = 64, 32, 2e-3, 1.0, 500
SYMBOLS = 8


def adding(samples, steps, generator):
    """A number at each step, two of them marked, one in each half; the answer is their sum."""
    numbers = torch.rand(samples, steps, generator=generator)
    half = steps // 2
    first = torch.randint(0, half, (samples, 1), generator=generator)
    second = torch.randint(half, steps, (samples, 1), generator=generator)
    marks = torch.zeros(samples, steps).scatter_(1, first, 1.0).scatter_(1, second, 1.0)
    return torch.stack([numbers, marks], 2), (numbers * marks).sum(1)


def recall(samples, steps, generator):
    """One of eight symbols, then one of eight others at each step; the answer is the first."""
    symbols = torch.randint(0, SYMBOLS, (samples, steps), generator=generator)
    answers = symbols[:, 0].clone()
    symbols[:, 1:] += SYMBOLS
    return nn.functional.one_hot(symbols, 2 * SYMBOLS).float(), answers


PROBLEMS = {
    "adding": {
        "samples": adding,
        "features": 2,
        "outputs": 1,
        "loss": lambda answer, target: nn.functional.mse_loss(answer[:, 0], target),
        "solved": lambda answer, target: ((answer[:, 0] - target) ** 2).mean().item() < 0.01,
        "times": [30, 100, 200],
        "answers": np.float32,
        "limit": 5000,
        "every": 100,
    },
    "recall": {
        "samples": recall,
        "features": 2 * SYMBOLS,
        "outputs": SYMBOLS,
        "loss": nn.functional.cross_entropy,
        "solved": lambda answer, target: (answer.argmax(1) == target).float().mean().item() >= 0.99,
        "times": [20, 50, 100, 200],
        "answers": np.int32,
        "limit": 3000,
        "every": 50,
    },
}


def simple_rnn(features, _):
    return nn.RNN(features, UNITS, batch_first=True)


def simple_rnn_orthogonal(features, _):
    layer = nn.RNN(features, UNITS, batch_first=True)
    nn.init.orthogonal_(layer.weight_hh_l0)
    return layer


def gru(features, _):
    return nn.GRU(features, UNITS, batch_first=True)


def lstm(features, _):
    """Gates are packed i, f, g, o, and there are two biases, which are added."""
    layer = nn.LSTM(features, UNITS, batch_first=True)
    with torch.no_grad():
        layer.bias_ih_l0[UNITS : 2 * UNITS] = 1.0
        layer.bias_hh_l0[UNITS : 2 * UNITS] = 0.0
    return layer


def lstm_chrono(features, steps):
    """Tallec & Ollivier 2018: the forget bias is log U(1, T − 1), that of the input gate its negative."""
    layer = nn.LSTM(features, UNITS, batch_first=True)
    forget = torch.log(torch.empty(UNITS).uniform_(1, steps - 1))
    with torch.no_grad():
        layer.bias_hh_l0[: 2 * UNITS] = 0.0
        layer.bias_ih_l0[:UNITS] = -forget
        layer.bias_ih_l0[UNITS : 2 * UNITS] = forget
    return layer


LAYERS = {
    "simple RNN": simple_rnn,
    "simple RNN, orthogonal": simple_rnn_orthogonal,
    "GRU": gru,
    "LSTM, forget bias 1": lstm,
    "LSTM, chrono": lstm_chrono,
}


class Network(nn.Module):
    def __init__(self, layer, outputs):
        super().__init__()
        self.layer, self.linear = layer, nn.Linear(UNITS, outputs)

    def forward(self, x):
        return self.linear(self.layer(x)[0][:, -1])


class OwnStart:
    """A run that draws its initial values and samples here."""

    def __init__(self, name, layer, steps, seed):
        torch.manual_seed(seed)
        self.problem, self.steps = PROBLEMS[name], steps
        self.network = Network(LAYERS[layer](self.problem["features"], steps), self.problem["outputs"])
        self.held = self.problem["samples"](HELD, steps, torch.Generator().manual_seed(1_000_000))
        self.generator = torch.Generator().manual_seed(seed)

    def batch(self):
        return self.problem["samples"](BATCH, self.steps, self.generator)

    def close(self):
        pass


class SameStart:
    """A run that takes its initial values and samples from apps/memory."""

    def __init__(self, name, layer, steps, seed):
        self.problem, self.steps = PROBLEMS[name], steps
        feed = Path(__file__).parent / "../dist/feed.js"
        given = {"problem": name, "time": steps, "layer": layer, "seed": seed}
        options = [text for key, value in given.items() for text in (f"--{key}", str(value))]
        self.process = subprocess.Popen(["node", feed, *options], stdout=subprocess.PIPE)
        parameters = json.loads(self.process.stdout.readline())["parameters"]
        kernel, recurrent, bias, *linear = (self.read(each["shape"]) for each in parameters)
        self.network = Network(LAYERS[layer](self.problem["features"], steps), self.problem["outputs"])
        with torch.no_grad():
            self.start(kernel, recurrent, bias, linear)
        self.held = self.samples(HELD)

    def start(self, kernel, recurrent, bias, linear):
        """Kernels are `[inputs, gates * units]` there; a GRU packs z, r, n and has two biases, the others have one."""
        layer = self.network.layer
        gates = [1, 0, 2] if isinstance(layer, nn.GRU) else range(kernel.shape[1] // UNITS)
        packed = lambda values: torch.cat([values.split(UNITS, -1)[gate] for gate in gates], -1)
        layer.weight_ih_l0.copy_(packed(kernel).T)
        layer.weight_hh_l0.copy_(packed(recurrent).T)
        if bias.ndim == 1:
            bias = torch.stack([bias, torch.zeros_like(bias)])
            layer.bias_hh_l0.requires_grad_(False)
        layer.bias_ih_l0.copy_(packed(bias[0]))
        layer.bias_hh_l0.copy_(packed(bias[1]))
        self.network.linear.weight.copy_(linear[0].T)
        self.network.linear.bias.copy_(linear[1])

    def read(self, shape, kind=np.float32):
        data = self.process.stdout.read(4 * int(np.prod(shape)))
        return torch.from_numpy(np.frombuffer(data, kind).reshape(shape).copy())

    def samples(self, count):
        x = self.read((count, self.steps, self.problem["features"]))
        y = self.read((count,), self.problem["answers"])
        return x, y if y.is_floating_point() else y.long()

    def batch(self):
        return self.samples(BATCH)

    def close(self):
        self.process.kill()
        self.process.wait()


def steps_to_solve(run):
    problem, network = run.problem, run.network
    optimizer = torch.optim.Adam([each for each in network.parameters() if each.requires_grad], lr=RATE)
    held, answers = run.held
    for step in range(1, problem["limit"] + 1):
        x, y = run.batch()
        optimizer.zero_grad()
        problem["loss"](network(x), y).backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        if step % problem["every"] == 0:
            with torch.no_grad():
                if problem["solved"](network(held), answers):
                    return step
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--problem", nargs="+", choices=list(PROBLEMS), default=list(PROBLEMS))
    parser.add_argument("--time", nargs="+", type=int, help="by default all of the problem")
    parser.add_argument("--layer", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--own-start", action="store_true", help="draw initial values and samples here")
    parser.add_argument("--json", type=Path, help="file that is gone on with")
    options = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    for name in options.problem:
        for steps in options.time or PROBLEMS[name]["times"]:
            for layer in options.layer:
                key = f"{name} {steps}, {layer}"
                found = known.setdefault("steps", {}).setdefault(key, [])
                for seed in range(len(found), options.seeds):
                    start = time.process_time()
                    run = (OwnStart if options.own_start else SameStart)(name, layer, steps, seed)
                    found.append(steps_to_solve(run))
                    run.close()
                    print(f"{key}, seed {seed}: {found[-1]} ({time.process_time() - start:.0f} s)", flush=True)
                    known["versions"] = f"PyTorch {torch.__version__}, Python {platform.python_version()}, 1 thread"
                    if options.json:
                        lines = ",\n    ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in known["steps"].items())
                        versions = json.dumps(known["versions"])
                        options.json.write_text(f'{{\n  "versions": {versions},\n  "steps": {{\n    {lines}\n  }}\n}}\n')


main()
