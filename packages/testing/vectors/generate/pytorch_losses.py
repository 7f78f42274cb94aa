"""Vectors of the losses as PyTorch computes them: `pytorch/losses.json`.

Run: `python pytorch_losses.py`. `values` are averaged over the last axis (regression, binary) or summed over
classes; with mask m and weights w, `loss` is sum(m w values) / sum(m) and `lossOverWeights` divides by sum(m w).
"""

import numpy as np
import torch
import torch.nn.functional as F

from loss_inputs import LOSSES, WEIGHTINGS, case_name, loss_inputs
from vectors import tensors, write

torch.set_num_threads(1)


def by_rows(function, target, predicted):
    """A loss over `[rows, classes]` applied to any leading shape."""
    flat = target.reshape(-1, 3) if target.dim() == predicted.dim() else target.reshape(-1)
    return function(predicted.reshape(-1, 3), flat).reshape(predicted.shape[:-1])


def values_of(loss, options, target, predicted):
    logits = options.get("fromLogits")
    if loss == "mse":
        return F.mse_loss(predicted, target, reduction="none").mean(-1)
    if loss == "mae":
        return F.l1_loss(predicted, target, reduction="none").mean(-1)
    if loss == "huber":
        return F.huber_loss(predicted, target, reduction="none", delta=options["delta"]).mean(-1)
    if loss == "binaryCrossentropy":
        function = F.binary_cross_entropy_with_logits if logits else F.binary_cross_entropy
        return function(predicted, target, reduction="none").mean(-1)
    if logits:
        return by_rows(lambda p, t: F.cross_entropy(p, t, reduction="none"), target, predicted)
    if loss == "sparseCategoricalCrossentropy":
        return by_rows(lambda p, t: F.nll_loss(p.log(), t, reduction="none"), target, predicted)
    return -(target * predicted.log()).sum(-1)


def loss_case(loss, options, weighting):
    layout, mask, weights = WEIGHTINGS[weighting]
    target, predicted = loss_inputs(loss, options.get("fromLogits", False), layout)
    leaf = torch.tensor(predicted).requires_grad_()
    values = values_of(loss, options, torch.tensor(target), leaf)
    valid = torch.ones_like(values) if mask is None else torch.tensor(mask)
    scale = valid if weights is None else valid * torch.tensor(weights)
    total = (scale * values).sum() / valid.sum()
    total.backward()
    named = {"yTrue": target, "yPred": predicted, "mask": mask, "sampleWeight": weights}
    return {
        "name": case_name(loss, options, weighting),
        "loss": loss,
        "options": options,
        "inputs": tensors({n: np.asarray(value) for n, value in named.items() if value is not None}),
        "outputs": tensors({"values": values, "loss": total, "lossOverWeights": total * valid.sum() / scale.sum()}),
        "gradients": tensors({"yPred": leaf.grad}),
    }


def main():
    cases = [loss_case(loss, options, weighting) for loss, options in LOSSES for weighting in WEIGHTINGS]
    write("pytorch/losses.json", f"PyTorch {torch.__version__}", "pytorch_losses.py", cases)


if __name__ == "__main__":
    main()
