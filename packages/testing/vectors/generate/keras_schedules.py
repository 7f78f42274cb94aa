"""Learning rates of Keras's schedules: `keras/schedules.json`.

Run: `python keras_schedules.py`. Entry k of `learningRate` is the rate of update k + 1, so entry 0 is the
first rate. Option names are Keras's in camelCase.
"""

from keras_bridge import SOURCE, keras, keras_options  # isort: skip

from vectors import tensor, write

STEPS = 21
SCHEDULES = keras.optimizers.schedules
CLASSES = {
    "exponential": SCHEDULES.ExponentialDecay,
    "step": SCHEDULES.PiecewiseConstantDecay,
    "cosine": SCHEDULES.CosineDecay,
}


def schedule_case(name, schedule, options, formula):
    function = CLASSES[schedule](**keras_options(options))
    outputs = {"learningRate": tensor([float(function(step)) for step in range(STEPS)], 15)}
    return {"name": name, "schedule": schedule, "options": options, "formula": formula, "outputs": outputs}


def main():
    decay = {"initialLearningRate": 0.5, "decaySteps": 5, "decayRate": 0.5}
    cosine = {"initialLearningRate": 0.5, "decaySteps": 12, "alpha": 0.25}
    warm_up = {**cosine, "initialLearningRate": 0.125, "warmupTarget": 0.5, "warmupSteps": 4}
    pieces = {"boundaries": [3, 8], "values": [0.5, 0.125, 0.03125]}
    exponential = "initialLearningRate * decayRate^(k / decaySteps)"
    fall = "initialLearningRate * ((1 - alpha) * (1 + cos(pi * min(k, decaySteps) / decaySteps)) / 2 + alpha)"
    rise = "k < warmupSteps: initialLearningRate + (warmupTarget - initialLearningRate) * k / warmupSteps"
    then_fall = f"{rise}; then the cosine of warmupTarget from k - warmupSteps"
    cases = [
        schedule_case("exponential", "exponential", decay, exponential),
        schedule_case("exponential, staircase", "exponential", {**decay, "staircase": True}, f"{exponential}, floored"),
        schedule_case("piecewise constant", "step", pieces, "values[number of boundaries < k]"),
        schedule_case("cosine", "cosine", cosine, fall),
        schedule_case("cosine with warm-up", "cosine", warm_up, then_fall),
    ]
    write("keras/schedules.json", SOURCE, "keras_schedules.py", cases)


if __name__ == "__main__":
    main()
