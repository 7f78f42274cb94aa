"""PyTorch as an engine of the benchmark: one line of JSON in, one line of JSON out (src/protocol.ts)."""

import ctypes
import gc
import json
import os
import re
import struct
import sys
import time

import torch
from torch import nn


def read_arrays(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F32": torch.float32, "I32": torch.int32}
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=types[entry["dtype"]], count=(end - begin) // 4, offset=8 + length + begin)
        arrays[name] = values.reshape(entry["shape"]).clone()
    return arrays


class Lstm(nn.Module):
    """Neighbouring layers as one nn.LSTM. Gates are packed i, f, c, o in both; of its two biases one stays 0."""

    def __init__(self, layers, arrays, width):
        super().__init__()
        units = layers[0][1]["units"]
        self.sequences = layers[-1][1]["sequences"]
        self.lstm = nn.LSTM(width, units, num_layers=len(layers))
        with torch.no_grad():
            for place, (index, _) in enumerate(layers):
                getattr(self.lstm, f"weight_ih_l{place}").copy_(arrays[f"{index}.kernel"].T)
                getattr(self.lstm, f"weight_hh_l{place}").copy_(arrays[f"{index}.recurrentKernel"].T)
                getattr(self.lstm, f"bias_ih_l{place}").copy_(arrays[f"{index}.bias"])
                second = getattr(self.lstm, f"bias_hh_l{place}")
                second.zero_()
                second.requires_grad_(False)

    def forward(self, x):
        y, _ = self.lstm(x)
        return y if self.sequences else y[-1]


class CoupledCell(nn.Module):
    """An LSTM whose input gate is what the forget gate leaves over, op by op; gives the last output."""

    def __init__(self, index, arrays):
        super().__init__()
        self.kernel = nn.Parameter(arrays[f"{index}.kernel"])
        self.recurrent = nn.Parameter(arrays[f"{index}.recurrentKernel"])
        self.bias = nn.Parameter(arrays[f"{index}.bias"])

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], self.recurrent.shape[0])
        for step in x.unbind(0):
            gates = torch.addmm(self.bias, step, self.kernel) + h @ self.recurrent
            f, candidate, o = gates.chunk(3, dim=-1)
            forget = torch.sigmoid(f)
            c = forget * c + (1 - forget) * torch.tanh(candidate)
            h = torch.sigmoid(o) * torch.tanh(c)
        return h


class Dense(nn.Module):
    def __init__(self, layer, index, arrays, width):
        super().__init__()
        self.linear = nn.Linear(width, layer["units"])
        self.relu = layer["activation"] == "relu"
        with torch.no_grad():
            self.linear.weight.copy_(arrays[f"{index}.kernel"].T)
            self.linear.bias.copy_(arrays[f"{index}.bias"])

    def forward(self, x):
        y = self.linear(x)
        return torch.relu(y) if self.relu else y


class Dropout(nn.Module):
    """The given masks first, so that losses can be compared, then PyTorch's own."""

    def __init__(self, rate, masks):
        super().__init__()
        self.rate = rate
        self.masks = list(masks)

    def forward(self, x):
        return x * self.masks.pop(0) if self.masks else nn.functional.dropout(x, self.rate)


def build(workload, arrays):
    modules = []
    width = workload["features"]
    layers = list(enumerate(workload["layers"]))
    while layers:
        index, layer = layers.pop(0)
        kind = layer["kind"]
        if kind == "embedding":
            modules.append(nn.Embedding.from_pretrained(arrays[f"{index}.table"], freeze=False))
            width = layer["size"]
        elif kind == "lstm":
            run = [(index, layer)]
            while layers and layers[0][1]["kind"] == "lstm" and layers[0][1]["units"] == layer["units"]:
                run.append(layers.pop(0))
            modules.append(Lstm(run, arrays, width))
            width = layer["units"]
        elif kind == "coupledCell":
            modules.append(CoupledCell(index, arrays))
            width = layer["units"]
        elif kind == "dense":
            modules.append(Dense(layer, index, arrays, width))
            width = layer["units"]
        elif kind == "dropout":
            modules.append(Dropout(layer["rate"], arrays[f"{index}.masks"]))
    return nn.Sequential(*modules)


def time_major(x):
    """Time first is PyTorch's own layout: what comes that way is not copied."""
    return x.transpose(0, 1).contiguous()


def create_adam(parameters, adam):
    options = {"lr": adam["learningRate"], "betas": (adam["beta1"], adam["beta2"]), "eps": adam["epsilon"]}
    try:
        return torch.optim.Adam(parameters, fused=True, **options), "fused Adam"
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, **options), "Adam"


class Training:
    def __init__(self, workload, arrays, options):
        self.network = build(workload, arrays).train()
        self.x = time_major(arrays["x"])
        self.kind = workload["loss"]
        self.y = time_major(arrays["y"]).reshape(-1).long() if self.kind == "classes" else arrays["y"]
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.optimizer, self.about = create_adam(self.parameters, options["adam"])
        self.clip_norm = options["adam"]["clipNorm"]
        self.steps = options["comparedSteps"]

    def step(self):
        output = self.network(self.x)
        if self.kind == "squares":
            loss = nn.functional.mse_loss(output, self.y)
        elif self.kind == "binary":
            loss = nn.functional.binary_cross_entropy_with_logits(output, self.y)
        else:
            loss = nn.functional.cross_entropy(output.reshape(-1, output.shape[-1]), self.y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        return loss.item()

    def compare(self):
        return {"losses": [self.step() for _ in range(self.steps)]}

    def run(self, repeat):
        for _ in range(repeat):
            self.step()


class Inference:
    about = "inference mode"

    def __init__(self, workload, arrays, options):
        self.network = build(workload, arrays).eval()
        self.x = time_major(arrays["x"])

    def compare(self):
        with torch.inference_mode():
            return {"output": self.network(self.x).reshape(-1).tolist()}

    def run(self, repeat):
        with torch.inference_mode():
            for _ in range(repeat):
                self.network(self.x)


class Stream:
    """nn.LSTMCell: for a single step it is several times faster than nn.LSTM."""

    about = "inference mode, LSTMCell"

    def __init__(self, workload, arrays, options):
        units = workload["layers"][0]["units"]
        self.cell = nn.LSTMCell(workload["features"], units).eval()
        with torch.no_grad():
            self.cell.weight_ih.copy_(arrays["0.kernel"].T)
            self.cell.weight_hh.copy_(arrays["0.recurrentKernel"].T)
            self.cell.bias_ih.copy_(arrays["0.bias"])
            self.cell.bias_hh.zero_()
        self.x = arrays["x"][:, 0]
        self.state = (torch.zeros(1, units), torch.zeros(1, units))
        self.steps = options["comparedStreamSteps"]

    def compare(self):
        self.run(self.steps)
        return {"output": self.state[0].reshape(-1).tolist()}

    def run(self, repeat):
        with torch.inference_mode():
            cell, x, state = self.cell, self.x, self.state
            for _ in range(repeat):
                state = cell(x, state)
            self.state = state


def blas_name():
    found = re.search(r"\bBLAS_INFO=(\w+)", torch.__config__.show())
    name = found.group(1) if found else "unknown"
    if name != "open":
        return name
    try:
        library = ctypes.CDLL("libopenblas.so.0")
        library.openblas_get_corename.restype = ctypes.c_char_p
        return f"OpenBLAS for {library.openblas_get_corename().decode()}"
    except (OSError, AttributeError):
        return "OpenBLAS"


def settings_of(job):
    onednn = "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN"
    capability = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
    policy = os.environ.get("OMP_WAIT_POLICY", "unset")
    parts = [f"BLAS {blas_name()}", onednn, capability.group(1) if capability else "", f"OMP_WAIT_POLICY={policy}", job.about]
    return ", ".join(part for part in parts if part)


def prepare(request):
    options = request["options"]
    workload = request["workload"]
    torch.set_num_threads(options["threads"])
    # Our kernels flush denormal numbers too.
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    arrays = read_arrays(request["file"])
    kind = Training if "loss" in workload else Stream if workload["streaming"] else Inference
    job = kind(workload, arrays, options)
    return job, {"version": torch.__version__, "settings": settings_of(job), **job.compare()}


def measure(job, request):
    repeat = request["repeat"]
    for _ in range(request["warmups"]):
        job.run(repeat)
    milliseconds = []
    for _ in range(request["samples"]):
        start = time.perf_counter_ns()
        job.run(repeat)
        milliseconds.append((time.perf_counter_ns() - start) / repeat / 1e6)
    return {"milliseconds": milliseconds}


def main():
    # References free what a step makes; the collector would only interrupt.
    gc.disable()
    job = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                job, answer = prepare(request)
            else:
                answer = measure(job, request)
        except Exception as error:  # whatever it is, the coordinator reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
