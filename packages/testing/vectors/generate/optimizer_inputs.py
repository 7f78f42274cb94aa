"""Parameters and gradients of the optimizer trajectories, the same for PyTorch, Keras and `verify.py`.

Two parameters, `kernel` with 4 elements and `bias` with 3, so that clipping one norm each and one over all
differ. Gradients follow an exact integer formula, so a test computes them itself.
"""

import numpy as np

from vectors import tensor

STEPS, EVERY = 100, 10
INITIAL = np.array([0.5, -1.25, 2, 0.125, -0.75, 1, 0.25])
# The last three gradients are large, none at all, and far below every epsilon.
SCALE = np.array([1, 0.25, 4, 1, 256, 0, 2.0**-28])
FORMULA = "gradient[i] = scale[i] * ((7 * t * (i + 3) + 5 * i) % 17 - 7) / 8 at step t = 1, 2, ..."
HEADER = {
    "gradient": f"{FORMULA}; kernel is 0-3, bias 4-6",
    "scale": SCALE.tolist(),
    "initial": {"kernel": INITIAL[:4].tolist(), "bias": INITIAL[4:].tolist()},
    "storedSteps": list(range(EVERY, STEPS + 1, EVERY)),
}


def gradient(step):
    """The gradient of all 7 elements at a step counted from 1."""
    index = np.arange(7)
    return SCALE * ((7 * step * (index + 3) + 5 * index) % 17 - 7) / 8


def trajectory(step_function):
    """Values after every tenth step; `step_function(step, gradient)` returns the 7 new values."""
    values = [np.array(step_function(step, gradient(step))) for step in range(1, STEPS + 1)]
    return np.array(values[EVERY - 1 :: EVERY])


def case(name, optimizer, options, formula, stored):
    outputs = {"kernel": tensor(stored[:, :4], 12), "bias": tensor(stored[:, 4:], 12)}
    return {"name": name, "optimizer": optimizer, "options": options, "formula": formula, "outputs": outputs}
