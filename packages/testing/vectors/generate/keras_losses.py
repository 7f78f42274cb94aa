"""Vectors of the losses as Keras computes them: `keras/losses.json`.

Run: `python keras_losses.py`. Where they equal PyTorch's they are left out, except for one case a loss; what
stays shows Keras's clipping of probabilities, its renormalization over classes and its weighting.
"""

from keras_bridge import SOURCE, keras, keras_options, leaf, torch  # isort: skip

import numpy as np

from loss_inputs import LOSSES, WEIGHTINGS, case_name, loss_inputs
from vectors import read, tensors, write

FUNCTIONS = {
    "mse": keras.losses.MeanSquaredError,
    "mae": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "binaryCrossentropy": keras.losses.BinaryCrossentropy,
    "categoricalCrossentropy": keras.losses.CategoricalCrossentropy,
    "sparseCategoricalCrossentropy": keras.losses.SparseCategoricalCrossentropy,
}


def loss_case(name, loss, options, target, predicted, mask=None, weights=None):
    leaf_of_prediction = leaf(predicted)
    # Keras finds the mask of a loss as an attribute of the prediction.
    if mask is not None:
        leaf_of_prediction._keras_mask = torch.tensor(mask, dtype=torch.bool)
    # Keras clips to [epsilon, 1 - epsilon] in the precision of the tensors, with epsilon 1e-7.
    function = FUNCTIONS[loss](**keras_options(options), dtype="float64")
    total = function(torch.tensor(target), leaf_of_prediction, sample_weight=weights)
    total.backward()
    named = {"yTrue": target, "yPred": predicted, "mask": mask, "sampleWeight": weights}
    return {
        "name": name,
        "loss": loss,
        "options": options,
        "inputs": tensors({n: np.asarray(value) for n, value in named.items() if value is not None}),
        "outputs": tensors({"loss": total}),
        "gradients": tensors({"yPred": leaf_of_prediction.grad}),
    }


def edge_cases():
    """Probabilities of exactly 0 and 1, rows that do not sum to 1, a mask without a valid step."""
    certain = np.array([[0.0, 1], [1, 0], [0.5, 0.5]])
    hard = np.array([[0.0, 1], [0, 1], [1, 0]])
    unnormalized = np.array([[0.25, 0.5, 0.75], [1, 0, 1], [0, 0, 1]])
    one_hot, classes = np.eye(3), np.array([0, 1, 2])
    probability = {"fromLogits": False}
    target, predicted = loss_inputs("mse", False, "sequence")
    nothing = np.zeros([2, 4])
    return [
        loss_case("binaryCrossentropy: probabilities 0 and 1", "binaryCrossentropy", probability, hard, certain),
        *(
            loss_case(f"{loss}: unnormalized probabilities", loss, probability, target, unnormalized)
            for loss, target in [("categoricalCrossentropy", one_hot), ("sparseCategoricalCrossentropy", classes)]
        ),
        loss_case("mse: no valid step", "mse", {}, target, predicted, nothing),
    ]


def agrees(case, other):
    """Whether loss and gradient equal those of PyTorch."""
    pairs = [(case["outputs"]["loss"], other["outputs"]["loss"])]
    pairs.append((case["gradients"]["yPred"], other["gradients"]["yPred"]))
    return all(np.allclose(a["data"], b["data"], rtol=1e-8, atol=1e-12) for a, b in pairs)


def main():
    pytorch, cases = {case["name"]: case for case in read("pytorch/losses.json")}, []
    for loss, options in LOSSES:
        for weighting, (layout, mask, weights) in WEIGHTINGS.items():
            name = case_name(loss, options, weighting)
            target, predicted = loss_inputs(loss, options.get("fromLogits", False), layout)
            case = loss_case(name, loss, options, target, predicted, mask, weights)
            same = agrees(case, pytorch[name])
            print(f"{'equal to PyTorch' if same else 'DIFFERS from PyTorch'}  {name}")
            if not same or weighting == "mask and sample weights":
                cases.append(case)
    write("keras/losses.json", SOURCE, "keras_losses.py", cases + edge_cases())


if __name__ == "__main__":
    main()
