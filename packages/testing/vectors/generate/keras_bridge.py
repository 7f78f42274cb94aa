"""What the Keras generators share: Keras in float64 on its PyTorch backend, with our camelCase option names.

Import this before anything else of Keras.
"""

import os
import re
import tempfile

# An empty home, so that no keras.json of this machine changes epsilon or precision.
home = tempfile.TemporaryDirectory()
os.environ.update(KERAS_BACKEND="torch", KERAS_HOME=home.name)

import keras
import torch
from keras.src.backend.common import dtypes

# On every backend but TensorFlow Keras narrows 64-bit results of type promotion to 32 bits, whatever `floatx`
# says. Keeping float64 changes the precision of the vectors and nothing else.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
torch.set_num_threads(1)
keras.config.set_floatx("float64")
SOURCE = f"Keras {keras.__version__} (PyTorch backend)"


def snake(name):
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)


def keras_options(options):
    """Option names, and activation names, as Keras spells them."""
    return {
        snake(name): snake(value) if "ctivation" in name and isinstance(value, str) else value
        for name, value in options.items()
    }


def leaf(values):
    return torch.tensor(values, dtype=torch.float64).requires_grad_()


def layer_weights(layer):
    """The trainable variables of a layer by our names; a wrapper's carry `forward.` and `backward.`."""
    named = {}
    for variable in layer.trainable_variables:
        scope = re.search(r"(forward|backward)_", variable.path)
        name = re.sub(r"_([a-z])", lambda match: match[1].upper(), variable.name)
        named[(scope[1] + "." if scope else "") + name] = variable
    return named


def gradient(variable):
    """The gradient of a Keras variable or torch tensor; zeros where the loss does not reach it."""
    value = getattr(variable, "value", variable)
    return torch.zeros_like(value) if value.grad is None else value.grad
