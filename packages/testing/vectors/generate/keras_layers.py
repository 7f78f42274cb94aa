"""Vectors of the layers without recurrence: `keras/layers.json`.

Run: `python keras_layers.py`. Activations are given by name only, so the parameters are Keras's defaults.
"""

from keras_bridge import SOURCE, gradient, keras, keras_options, layer_weights, leaf, torch  # isort: skip

import numpy as np

from vectors import grid, loss_weight, tensors, write

ACTIVATIONS = ["linear", "relu", "leakyRelu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "sigmoid"]
ACTIVATIONS += ["hardSigmoid", "tanh", "softmax", "logSoftmax"]


def finish(name, layer_name, options, layer, inputs, call_inputs, leaves):
    y = layer(call_inputs)
    loss_weights = {"y": torch.tensor(loss_weight(f"{name} loss", list(y.shape)))}
    (y * loss_weights["y"]).sum().backward()
    weights = layer_weights(layer)
    return {
        "name": name,
        "layer": layer_name,
        "options": options,
        "inputs": tensors(inputs),
        "weights": tensors({n: variable.value for n, variable in weights.items()}),
        "outputs": tensors({"y": y}),
        "lossWeights": tensors(loss_weights),
        "gradients": tensors({n: gradient(value) for n, value in {**leaves, **weights}.items()}),
    }


def layer_case(name, layer_name, options, layer, shape):
    """A layer on float inputs; every weight is set, also those that start at 0 or 1."""
    inputs = {"x": grid(f"{name} x", shape, -24, 24)}
    leaves = {"x": leaf(inputs["x"])}
    layer.build(tuple(shape))
    for n, variable in layer_weights(layer).items():
        variable.assign(grid(f"{name} {n}", variable.shape))
    return finish(name, layer_name, options, layer, inputs, leaves["x"], leaves)


def dense_case(activation):
    name, options = f"dense, {activation}", {"units": 4, "activation": activation}
    return layer_case(name, "dense", options, keras.layers.Dense(**keras_options(options)), [3, 5])


def embedding_case():
    options = {"inputDim": 5, "outputDim": 3, "maskZero": True}
    layer = keras.layers.Embedding(**keras_options(options))
    layer.build((2, 4))
    layer.embeddings.assign(grid("embedding", [5, 3]))
    tokens = np.array([[4, 1, 0, 0], [0, 4, 4, 2]])
    result = finish("embedding, maskZero", "embedding", options, layer, {"tokens": tokens}, torch.tensor(tokens), {})
    result["outputs"]["mask"] = tensors({"mask": layer.compute_mask(torch.tensor(tokens))})["mask"]
    return result


def masking_case():
    x = grid("masking", [2, 4, 3])
    x[0, 2:], x[1, 1], x[1, 3, 0] = -1, -1, -1
    leaves = {"x": leaf(x)}
    options = {"maskValue": -1}
    layer = keras.layers.Masking(mask_value=-1)
    result = finish("masking", "masking", options, layer, {"x": x}, leaves["x"], leaves)
    result["outputs"]["mask"] = tensors({"mask": layer.compute_mask(torch.tensor(x))})["mask"]
    return result


def main():
    layers = keras.layers
    cases = [dense_case(activation) for activation in ACTIVATIONS]
    cases += [
        layer_case("dense, no bias", "dense", {"units": 2, "useBias": False}, layers.Dense(2, use_bias=False), [3, 4]),
        layer_case("dense on a sequence", "dense", {"units": 2}, layers.Dense(2), [2, 3, 4]),
        layer_case("layerNormalization", "layerNormalization", {}, layers.LayerNormalization(), [2, 3, 5]),
        layer_case(
            "layerNormalization, no center",
            "layerNormalization",
            {"center": False, "epsilon": 0.125},
            layers.LayerNormalization(center=False, epsilon=0.125),
            [3, 5],
        ),
        layer_case(
            "timeDistributed dense",
            "timeDistributed",
            {"layer": {"name": "dense", "units": 3, "activation": "tanh"}},
            layers.TimeDistributed(layers.Dense(3, activation="tanh")),
            [2, 4, 3],
        ),
        layer_case("repeatVector", "repeatVector", {"n": 3}, layers.RepeatVector(3), [2, 3]),
        embedding_case(),
        masking_case(),
    ]
    write("keras/layers.json", SOURCE, "keras_layers.py", cases)


if __name__ == "__main__":
    main()
