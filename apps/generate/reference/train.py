"""The same model, text, budget and held-out measure in PyTorch: python train.py TEXT --name NAME [--seeds 0 1 2 3 4].

Embedding, two LSTMs, linear, cross-entropy; readers spread over the text whose states are carried from batch to batch, its last
tenth (at most 120,000 characters) held out; Adam with a rate that falls along a cosine, gradients clipped by their global
norm. Initial values are PyTorch's own. Bits per character are printed, and with --json written into a file of results by
the name of the text.
"""

import argparse
import json
import math
import pathlib
import platform
import time

import torch
from torch import nn

PLAN = {
    "readers": 16,
    "steps": 64,
    "units": 128,
    "embedding": 64,
    "trainingSteps": 4000,
    "learningRate": 6e-3,
    "clipNorm": 1,
}


class CharacterModel(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, PLAN["embedding"])
        self.lstm = nn.LSTM(PLAN["embedding"], PLAN["units"], num_layers=2, batch_first=True)
        self.linear = nn.Linear(PLAN["units"], vocabulary)

    def forward(self, tokens, state=None):
        output, state = self.lstm(self.embedding(tokens), state)
        return self.linear(output), state


def detached(state):
    return tuple(part.detach() for part in state)


def batch_at(tokens, places, steps):
    """What is read from some places on, and the character after each; at the end of the text from its beginning."""
    at = (torch.tensor(places)[:, None] + torch.arange(steps)) % (len(tokens) - 1)
    return tokens[at], tokens[at + 1]


def bits_per_character(logits, targets):
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()) / math.log(2)


def held_out_bits(model, tokens):
    """One reading in batches of equal length, states carried from batch to batch."""
    part = (len(tokens) - 1) // PLAN["readers"]
    count = math.ceil(part / PLAN["steps"])
    length = part // count
    total, state = 0.0, None
    with torch.no_grad():
        for index in range(count):
            x, y = batch_at(tokens, [row * part + index * length for row in range(PLAN["readers"])], length)
            logits, state = model(x, state)
            total += bits_per_character(logits, y).item()
    return total / count


def train(tokens, held_out, vocabulary, seed):
    torch.manual_seed(seed)
    model = CharacterModel(vocabulary)
    optimizer = torch.optim.Adam(model.parameters(), lr=PLAN["learningRate"])
    total = PLAN["trainingSteps"]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / total)) / 2)
    starts = [row * (len(tokens) - 1) // PLAN["readers"] for row in range(PLAN["readers"])]
    state = None
    for step in range(total):
        x, y = batch_at(tokens, [start + step * PLAN["steps"] for start in starts], PLAN["steps"])
        logits, state = model(x, state)
        state = detached(state)
        loss = bits_per_character(logits, y) * math.log(2)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), PLAN["clipNorm"])
        optimizer.step()
        schedule.step()
        if (step + 1) % 500 == 0:
            print(f"  step {step + 1}: held-out {held_out_bits(model, held_out):.4f} bits", flush=True)
    return held_out_bits(model, held_out)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("text")
    arguments.add_argument("--name", required=True)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    arguments.add_argument("--json")
    arguments.add_argument("--training-steps", type=int, default=PLAN["trainingSteps"])
    given = arguments.parse_args()
    PLAN["trainingSteps"] = given.training_steps
    torch.set_num_threads(1)
    with open(given.text, encoding="utf-8", newline="") as file:
        text = file.read()
    cut = len(text) - min(len(text) // 10, 120_000)
    # 0 and 1 are padding and what is not in the vocabulary, as in @lstm/data.
    number = {character: i + 2 for i, character in enumerate(sorted(set(text[:cut])))}
    tokens = torch.tensor([number.get(character, 1) for character in text])
    scores = []
    for seed in given.seeds:
        start = time.process_time()
        scores.append(train(tokens[:cut], tokens[cut:], len(number) + 2, seed))
        print(f"{given.name}, seed {seed}: {scores[-1]:.4f} bits, {time.process_time() - start:.0f} s of processor time", flush=True)
    if given.json:
        path = pathlib.Path(given.json)
        results = json.loads(path.read_text()) if path.exists() else {}
        results[given.name] = {
            "bitsPerCharacter": [round(score, 4) for score in scores],
            "seeds": given.seeds,
            "plan": PLAN,
            "versions": {"torch": torch.__version__, "python": platform.python_version()},
        }
        path.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
