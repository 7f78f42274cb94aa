"""Vectors of the recurrent layers: `keras/lstm.json`, `gru.json`, `simple-rnn.json`, `bidirectional.json`.

Run: `python keras_recurrent.py`. Every number comes from a Keras layer; plain layers are also compared with
the composed cell of `cells.py`.
"""

from keras_bridge import SOURCE, gradient, keras, keras_options, layer_weights, leaf, torch  # isort: skip

from cells import GATES, STATES, run
from vectors import grid, keep_mask, loss_weight, tensors, write

LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simpleRnn": keras.layers.SimpleRNN}
FILES = {"lstm": "lstm", "gru": "gru", "simpleRnn": "simple-rnn"}
HOLES = [[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
RIGHT = [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]]
LEFT = [[1, 1, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]


def assign_weights(layer, key):
    weights = layer_weights(layer)
    for name, variable in weights.items():
        variable.assign(grid(f"{key} {name}", variable.shape))
    return weights


def preset_dropout(op, layer, masks):
    """Gives a cell its dropout masks; Keras wants one mask a gate as soon as there is recurrent dropout."""
    copies = GATES[op] if op != "simpleRnn" else None
    for name, mask in masks.items():
        attribute = {"dropoutMask": "_dropout_mask", "recurrentDropoutMask": "_recurrent_dropout_mask"}[name]
        setattr(layer.cell, attribute, [mask] * copies if copies else mask)


def finish(result, outputs, leaves, weights):
    """Adds the weights, outputs, loss weights and gradients to a case."""
    key = f"{result['layer']} {result['name']}"
    loss_weights = {n: torch.tensor(loss_weight(f"{key} loss {n}", value.shape)) for n, value in outputs.items()}
    sum((outputs[n] * weight).sum() for n, weight in loss_weights.items()).backward()
    result["weights"] = tensors({n: variable.value for n, variable in weights.items()})
    result["outputs"], result["lossWeights"] = tensors(outputs), tensors(loss_weights)
    result["gradients"] = tensors({n: gradient(value) for n, value in {**leaves, **weights}.items()})
    return result


def compare_with_cells(op, options, inputs, weights, outputs):
    walk = {**options, "reverse": options.get("goBackwards", False)}
    if op == "gru":
        walk.setdefault("resetAfter", True)
    expected = run(op, walk, inputs, {n: variable.value for n, variable in weights.items()})
    sequence = expected.pop("y")
    if options.get("goBackwards"):
        sequence = sequence.flip(1)
    expected["y"] = sequence if options.get("returnSequences") else sequence[:, -1]
    for name, value in outputs.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-11, atol=1e-12)


def layer_case(op, name, options, mask=None, states=False, dropout=False, time=5, batch=3):
    units, features, key = 3, 2, f"{op} {name}"
    options = {"units": units, **options}
    inputs = {"x": grid(f"{key} x", [batch, time, features], -24, 24)}
    if states:
        inputs.update({f"{n}0": grid(f"{key} {n}0", [batch, units]) for n in STATES[op]})
    leaves = {n: leaf(value) for n, value in inputs.items()}
    fixed = {} if mask is None else {"mask": torch.tensor(mask, dtype=torch.float64)}
    rates = {}
    if dropout:
        fixed["dropoutMask"] = torch.tensor(keep_mask(f"{key} dropout", [batch, features], 1.25))
        fixed["recurrentDropoutMask"] = torch.tensor(keep_mask(f"{key} recurrentDropout", [batch, units], 1.5))
        rates = {"dropout": 0.2, "recurrent_dropout": 1 / 3}

    layer = LAYERS[op](**keras_options(options), **rates)
    layer.build((batch, time, features))
    weights = assign_weights(layer, key)
    preset_dropout(op, layer, {n: value for n, value in fixed.items() if "ropout" in n})
    call = {"initial_state": [leaves[f"{n}0"] for n in STATES[op]]} if states else {}
    if mask is not None:
        call["mask"] = fixed["mask"].bool()
    found = layer(leaves["x"], training=dropout, **call)
    found = list(found) if options.get("returnState") else [found]
    outputs = dict(zip(["y", *STATES[op]], found))
    compare_with_cells(op, options, {**leaves, **fixed}, weights, outputs)
    result = {"name": name, "layer": op, "options": options, "inputs": tensors({**inputs, **fixed})}
    return finish(result, outputs, leaves, weights)


def stateful_case(op, options):
    """Two batches: the second starts from the states that the first left. Outputs only."""
    name, units, key = "stateful over two batches", 3, f"{op} stateful"
    options = {"units": units, "stateful": True, **options}
    inputs = {n: grid(f"{key} {n}", [2, 3, 2], -24, 24) for n in ["x", "xNext"]}
    layer = LAYERS[op](**keras_options(options))
    layer.build((2, 3, 2))
    weights = assign_weights(layer, key)
    with torch.no_grad():
        outputs = {"y": layer(inputs["x"]), "yNext": layer(inputs["xNext"])}
    result = {"name": name, "layer": op, "options": options, "inputs": tensors(inputs)}
    return {**result, "weights": tensors({n: v.value for n, v in weights.items()}), "outputs": tensors(outputs)}


def initial_bias_case(op, options):
    layer = LAYERS[op](3, **keras_options(options))
    layer.build((None, None, 2))
    outputs = tensors({"bias": layer_weights(layer)["bias"].value})
    label = ", ".join(f"{n} {str(v).lower()}" for n, v in options.items())
    name = "initial bias" + (f", {label}" if label else "")
    return {"name": name, "layer": op, "options": {"units": 3, **options}, "inputs": {}, "outputs": outputs}


def layer_cases(op, base):
    sequences, state = {**base, "returnSequences": True}, {**base, "returnState": True}
    both, back = {**sequences, "returnState": True}, {**base, "goBackwards": True}
    cases = [
        layer_case(op, "defaults", base),
        layer_case(op, "returnSequences, returnState, initial state", both, states=True),
        layer_case(op, "goBackwards, returnState", {**back, "returnState": True}, states=True),
        layer_case(op, "goBackwards, returnSequences", {**back, "returnSequences": True}),
        layer_case(op, "right-padded mask, returnSequences, returnState", both, RIGHT, states=True),
        layer_case(op, "left-padded mask", state, LEFT),
        layer_case(op, "mask with holes, returnSequences", both, HOLES, states=True),
        layer_case(op, "mask with holes, last output only", state, HOLES),
        layer_case(op, "mask with holes, zeroOutputForMask", {**both, "zeroOutputForMask": True}, HOLES),
        layer_case(op, "goBackwards, mask with holes", {**back, "returnSequences": True}, HOLES),
        layer_case(op, "useBias false", {**base, "useBias": False}),
        layer_case(op, "dropout and recurrentDropout with given masks", base, dropout=True),
        stateful_case(op, base),
        initial_bias_case(op, base),
    ]
    if op == "lstm":
        cases.append(initial_bias_case(op, {"unitForgetBias": False}))
    if op != "simpleRnn":
        gates = {**base, "activation": "relu", "recurrentActivation": "hardSigmoid"}
        cases.append(layer_case(op, "activation relu, recurrentActivation hardSigmoid", gates))
    return cases


def bidirectional_case(name, op, merge_mode, options, mask=None, states=False):
    units, features, time, batch, key = 2, 3, 5, 3, f"bidirectional {name}"
    options = {"units": units, **options}
    layer = keras.layers.Bidirectional(LAYERS[op](**keras_options(options)), merge_mode=merge_mode)
    layer.build((batch, time, features))
    weights = assign_weights(layer, key)
    inputs = {"x": grid(f"{key} x", [batch, time, features], -24, 24)}
    state_names = [f"{way}.{n}" for way in ["forward", "backward"] for n in STATES[op]]
    if states:
        inputs.update({f"{n}0": grid(f"{key} {n}0", [batch, units]) for n in state_names})
    leaves = {n: leaf(value) for n, value in inputs.items()}
    call = {"initial_state": [leaves[f"{n}0"] for n in state_names]} if states else {}
    if mask is not None:
        inputs["mask"] = torch.tensor(mask, dtype=torch.float64)
        call["mask"] = inputs["mask"].bool()
    found = layer(leaves["x"], **call)
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    names = ["y"] if merge_mode is not None else ["forward.y", "backward.y"]
    outputs = dict(zip(names + state_names, found))
    wrapper = {"layer": {"name": op, **options}, "mergeMode": merge_mode}
    result = {"name": name, "layer": "bidirectional", "options": wrapper, "inputs": tensors(inputs)}
    return finish(result, outputs, leaves, weights)


def bidirectional_cases():
    sequences = {"returnSequences": True}
    both = {**sequences, "returnState": True}
    modes = ["concat", "sum", "mul", "ave", None]
    return [bidirectional_case(f"lstm, {mode}", "lstm", mode, sequences) for mode in modes] + [
        bidirectional_case("lstm, concat, last output", "lstm", "concat", {}),
        bidirectional_case("lstm, concat, states", "lstm", "concat", both, states=True),
        bidirectional_case("lstm, sum, mask with holes", "lstm", "sum", both, HOLES),
        bidirectional_case("lstm, concat, right-padded mask, last output", "lstm", "concat", {}, RIGHT),
        bidirectional_case("gru, concat, left-padded mask", "gru", "concat", sequences, LEFT),
        bidirectional_case("simpleRnn, ave, right-padded mask", "simpleRnn", "ave", sequences, RIGHT),
    ]


def gru_cases():
    before = [
        layer_case("gru", "reset before: defaults", {"resetAfter": False}),
        layer_case("gru", "reset before: mask with holes", {"resetAfter": False, "returnSequences": True}, HOLES),
        layer_case("gru", "reset before: given dropout masks", {"resetAfter": False}, dropout=True),
        initial_bias_case("gru", {"resetAfter": False}),
    ]
    return layer_cases("gru", {}) + before


def main():
    groups = {"lstm": layer_cases("lstm", {}), "gru": gru_cases(), "simpleRnn": layer_cases("simpleRnn", {})}
    for op, cases in groups.items():
        write(f"keras/{FILES[op]}.json", SOURCE, "keras_recurrent.py", cases)
    write("keras/bidirectional.json", SOURCE, "keras_recurrent.py", bidirectional_cases())


if __name__ == "__main__":
    main()
