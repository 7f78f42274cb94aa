"""Short training runs of whole models, every number from `model.fit` of Keras: `keras/training.json`.

Run: `python keras_training.py`. One full batch a step and no shuffling; `loss` is the loss before each update.
The first run is replayed with the cell of `cells.py`, PyTorch's gradients and the Adam formula written out.
"""

from keras_bridge import SOURCE, keras, keras_options, layer_weights, torch  # isort: skip

import numpy as np

from cells import run
from vectors import grid, tensors, write

STEPS = 20
LAYERS = {
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "simpleRnn": keras.layers.SimpleRNN,
    "dense": keras.layers.Dense,
    "embedding": keras.layers.Embedding,
}
OPTIMIZERS = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "rmsprop": keras.optimizers.RMSprop}
LOSSES = {
    "mse": "mse",
    "binaryCrossentropy": "binary_crossentropy",
    "sparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
}


def make_layer(description):
    options = {n: value for n, value in description.items() if n != "name"}
    if description["name"] == "bidirectional":
        return keras.layers.Bidirectional(make_layer(options["layer"]), merge_mode=options["mergeMode"])
    return LAYERS[description["name"]](**keras_options(options))


def model_weights(model):
    """Weights by `<layer>.<name>`, for example `1.forward.kernel`."""
    return {
        f"{index}.{name}": variable
        for index, layer in enumerate(model.layers)
        for name, variable in layer_weights(layer).items()
    }


def training_case(name, layers, loss, optimizer, options, inputs):
    model = keras.Sequential([make_layer(layer) for layer in layers])
    model.build(inputs["x"].shape)
    initial = {n: grid(f"{name} {n}", variable.shape) for n, variable in model_weights(model).items()}
    for n, variable in model_weights(model).items():
        variable.assign(initial[n])
    known = {{"clipNorm": "global_clipnorm"}.get(n, n): value for n, value in options.items()}
    model.compile(optimizer=OPTIMIZERS[optimizer](**keras_options(known)), loss=LOSSES[loss])
    history = model.fit(
        inputs["x"], inputs["y"], batch_size=len(inputs["x"]), epochs=STEPS, shuffle=False, verbose=0
    )
    final = {n: variable.value for n, variable in model_weights(model).items()}
    outputs = {"loss": history.history["loss"], "prediction": model(inputs["x"])}
    return {
        "name": name,
        "model": layers,
        "loss": loss,
        "optimizer": {"name": optimizer, **options},
        "inputs": tensors(inputs),
        "weights": tensors(initial),
        "outputs": tensors(outputs),
        "finalWeights": tensors(final),
    }


def replay(entry, inputs, initial):
    """The same run without Keras: returns the loss of every step."""
    rate, beta1, beta2, epsilon = entry["optimizer"]["learningRate"], 0.9, 0.999, 1e-7
    x, y = torch.tensor(inputs["x"]), torch.tensor(inputs["y"])
    values = {n: torch.tensor(value) for n, value in initial.items()}
    first = {n: torch.zeros_like(value) for n, value in values.items()}
    second = {n: torch.zeros_like(value) for n, value in values.items()}
    losses = []
    for step in range(1, STEPS + 1):
        leaves = {n: value.clone().requires_grad_() for n, value in values.items()}
        cell = {n[2:]: leaf for n, leaf in leaves.items() if n.startswith("0.")}
        h = run("lstm", {}, {"x": x}, cell)["h"]
        loss = ((h @ leaves["1.kernel"] + leaves["1.bias"] - y) ** 2).mean()
        losses.append(loss.item())
        scale = rate * np.sqrt(1 - beta2**step) / (1 - beta1**step)
        for n, gradient in zip(leaves, torch.autograd.grad(loss, list(leaves.values()))):
            first[n] = beta1 * first[n] + (1 - beta1) * gradient
            second[n] = beta2 * second[n] + (1 - beta2) * gradient**2
            values[n] = values[n] - scale * first[n] / (second[n].sqrt() + epsilon)
    return losses


def main():
    tokens = np.array([[3, 1, 2, 0, 0], [1, 4, 4, 2, 0], [5, 0, 0, 0, 0], [2, 2, 3, 4, 1]])
    labels = np.array([[1, 0, 2, 0, 0], [2, 2, 1, 0, 1], [0, 1, 1, 1, 1], [0, 0, 1, 2, 2]])
    embedding = {"name": "embedding", "inputDim": 6, "outputDim": 3, "maskZero": True}
    forecast = {"x": grid("training x", [8, 6, 2]), "y": grid("training y", [8, 1])}
    gru = {"name": "gru", "units": 2, "returnSequences": True}
    cases = [
        training_case(
            "lstm and dense, mse, adam",
            [{"name": "lstm", "units": 5}, {"name": "dense", "units": 1}],
            "mse",
            "adam",
            {"learningRate": 0.03125},
            forecast,
        ),
        training_case(
            "embedding with mask, bidirectional gru, lstm, dense; adamw, clipNorm",
            [
                embedding,
                {"name": "bidirectional", "layer": gru, "mergeMode": "concat"},
                {"name": "lstm", "units": 3},
                {"name": "dense", "units": 1, "activation": "sigmoid"},
            ],
            "binaryCrossentropy",
            "adamw",
            {"learningRate": 0.03125, "weightDecay": 0.125, "clipNorm": 0.125},
            {"x": tokens, "y": np.array([[1.0], [0], [1], [0]])},
        ),
        training_case(
            "mask reaches the loss: embedding, simpleRnn, dense on every step; rmsprop",
            [
                embedding,
                {"name": "simpleRnn", "units": 4, "returnSequences": True},
                {"name": "dense", "units": 3, "activation": "softmax"},
            ],
            "sparseCategoricalCrossentropy",
            "rmsprop",
            {"learningRate": 0.03125, "momentum": 0.5, "centered": True},
            {"x": tokens, "y": labels},
        ),
    ]
    initial = {n: grid(f"{cases[0]['name']} {n}", value["shape"]) for n, value in cases[0]["weights"].items()}
    np.testing.assert_allclose(replay(cases[0], forecast, initial), cases[0]["outputs"]["loss"]["data"], rtol=1e-8)
    write("keras/training.json", SOURCE, "keras_training.py", cases)


if __name__ == "__main__":
    main()
