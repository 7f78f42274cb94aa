"""PyTorch's scores for apps/sentiment: the same shape, data and budget; the numbers stand in results.json beside this file.

    python train.py --data FOLDER [--seeds 5] [--json results.json]

FOLDER holds train.tsv, dev.tsv and test.tsv (SST-2) or rt-polarity.pos and rt-polarity.neg (movie-review polarity).
"""

import argparse
import json
import platform
import statistics
import time
from collections import Counter
from copy import deepcopy
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

EMBEDDING, UNITS, DROPOUT = 64, 64, 0.5
BATCH, EPOCHS, RATE, CLIP, BUCKETS = 32, 10, 2e-3, 5.0, 8


def read(folder):
    """Returns the name of the set and its parts {train, dev, test} of (words, label)."""
    if (folder / "train.tsv").exists():
        parts = {}
        for part in ("train", "dev", "test"):
            rows = [line.rsplit("\t", 1) for line in (folder / f"{part}.tsv").read_text("utf-8").splitlines()]
            parts[part] = [(text.lower().split(), int(label)) for text, label in rows]
        return "SST-2", parts
    rows = []
    for label, ending in ((1, "pos"), (0, "neg")):
        lines = (folder / f"rt-polarity.{ending}").read_text("latin-1").split("\n")
        rows += [(line.lower().split(), label) for line in lines if line.strip()]
    order = numpy.random.RandomState(0).permutation(len(rows))
    rows, tenth = [rows[i] for i in order], len(rows) // 10
    return "MR", {"test": rows[:tenth], "dev": rows[tenth : 2 * tenth], "train": rows[2 * tenth :]}


class Classifier(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, EMBEDDING, padding_idx=0)
        self.lstm = nn.LSTM(EMBEDDING, UNITS, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.dense = nn.Linear(2 * UNITS, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(
            self.dropout(self.embedding(tokens)), lengths, batch_first=True, enforce_sorted=False
        )
        _, (state, _) = self.lstm(packed)
        return self.dense(self.dropout(torch.cat([state[0], state[1]], 1)))[:, 0]


def batches(encoded, generator, shuffle):
    """Batches of similar lengths: eight groups, the order within a group and that of the batches drawn anew."""
    lengths = numpy.array([len(tokens) for tokens, _ in encoded])
    bounds = numpy.unique(numpy.sort(lengths)[[-(-(i + 1) * len(lengths) // BUCKETS) - 1 for i in range(BUCKETS)]])
    order = generator.permutation(len(encoded)) if shuffle else numpy.arange(len(encoded))
    order = order[numpy.argsort(numpy.searchsorted(bounds, lengths[order]), kind="stable")]
    chunks = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    for number in generator.permutation(len(chunks)) if shuffle else range(len(chunks)):
        chosen = [encoded[place] for place in chunks[number]]
        longest = torch.tensor([len(tokens) for tokens, _ in chosen])
        x = torch.zeros(len(chosen), int(longest.max()), dtype=torch.long)
        for row, (tokens, _) in enumerate(chosen):
            x[row, : len(tokens)] = torch.tensor(tokens)
        yield x, longest, torch.tensor([label for _, label in chosen], dtype=torch.float32)


def score(model, encoded):
    model.eval()
    true_positives = predicted = actual = right = 0
    with torch.no_grad():
        for x, lengths, y in batches(encoded, None, False):
            yes = (model(x, lengths) > 0).float()
            right += int((yes == y).sum())
            true_positives, predicted, actual = (
                true_positives + int((yes * y).sum()),
                predicted + int(yes.sum()),
                actual + int(y.sum()),
            )
    return {"accuracy": right / len(encoded), "f1": 2 * true_positives / max(1, predicted + actual)}


def run(parts, vocabulary, seed):
    torch.manual_seed(seed)
    generator = numpy.random.RandomState(seed)
    model = Classifier(vocabulary)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    best, kept = -1.0, None
    for _ in range(EPOCHS):
        model.train()
        for x, lengths, y in batches(parts["train"], generator, True):
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(model(x, lengths), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
        dev = score(model, parts["dev"])["accuracy"]
        if dev > best:
            best, kept = dev, deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return {"seed": seed, "dev": best, **score(model, parts["test"])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file whose entry for this set is replaced")
    options = parser.parse_args()
    torch.set_num_threads(1)
    name, parts = read(options.data)
    counts = Counter(word for words, _ in parts["train"] for word in words)
    tokens = {word: i + 2 for i, (word, _) in enumerate(counts.most_common())}
    encoded = {part: [([tokens.get(w, 1) for w in words], y) for words, y in rows] for part, rows in parts.items()}
    runs = []
    for seed in range(options.seeds):
        start = time.process_time()
        runs.append(run(encoded, len(tokens) + 2, seed))
        print(name, {**runs[-1], "cpu_s": round(time.process_time() - start, 1)}, flush=True)
    result = {
        "versions": f"PyTorch {torch.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}, 1 thread",
        "seeds": [each["seed"] for each in runs],
    }
    for metric in ("accuracy", "f1"):
        values = [each[metric] for each in runs]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        result[metric] = {"mean": statistics.mean(values), "sd": spread, "values": values}
        print(f"{name} {metric} {100 * result[metric]['mean']:.1f} ± {100 * spread:.1f} %")
    if options.json:
        known = json.loads(options.json.read_text()) if options.json.exists() else {}
        options.json.write_text(json.dumps({**known, name: result}, indent=2) + "\n")


main()
