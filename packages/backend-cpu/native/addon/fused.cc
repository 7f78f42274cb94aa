// The fused kernels other than the recurrent layers, and the optimizer step.
#include <algorithm>
#include <cmath>
#include <limits>

#include "../runtime/optimizer.h"
#include "engine.h"

namespace lstm_native {

namespace {

void check_labels(const TensorRef& labels, size_t classes) {
  for (size_t i = 0; i < labels->count; i++) {
    const int32_t label = labels->ints()[i];
    if (label >= 0 && static_cast<size_t>(label) < classes) continue;
    throw WorkError{"[softmaxCrossEntropy] label " + std::to_string(label) + " of row " + std::to_string(i) +
                    " is out of range. There are " + std::to_string(classes) + " classes, so a label lies in [0, " +
                    std::to_string(classes == 0 ? 0 : classes - 1) + "]. Check the labels, or widen the last layer."};
  }
}

// From what optimizerStep takes.
OptimizerNumbers optimizer_numbers(const std::vector<double>& n) {
  OptimizerNumbers o = {};
  o.rule = n[0] == 0 ? 0 : n[0] == 1 ? 1 : 2;
  o.learning_rate = static_cast<float>(n[1]);
  o.momentum = static_cast<float>(n[2]);
  o.nesterov = n[3] != 0;
  o.beta1 = static_cast<float>(n[4]);
  o.beta2 = static_cast<float>(n[5]);
  // Kernels take denormals for 0, and 0 / 0 would follow.
  o.epsilon = n[6] > 0 ? std::max(static_cast<float>(n[6]), std::numeric_limits<float>::min()) : 0.0f;
  o.weight_decay = static_cast<float>(n[7]);
  o.decoupled = n[8] != 0;
  o.rho = static_cast<float>(n[9]);
  o.rest1 = static_cast<float>(1 - n[4]);
  o.rest2 = static_cast<float>(1 - n[5]);
  o.rest = static_cast<float>(1 - n[9]);
  o.centered = n[10] != 0;
  o.corrected_rate = static_cast<float>(n[1] * std::sqrt(1 - std::pow(n[5], n[11])) / (1 - std::pow(n[4], n[11])));
  o.clip_value = static_cast<float>(n[13]);
  return o;
}

float* floats_of(const TensorRef& tensor) { return tensor == nullptr ? nullptr : tensor->floats(); }

}  // namespace

// linear(x, kernel, bias or 0, rows, inputs, units, activation)
Napi::Value Engine::linear(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef x = tensor_argument(info, 0, Type::float32), kernel = tensor_argument(info, 1, Type::float32);
  const TensorRef bias = optional_argument(info, 2, Type::float32);
  const size_t rows = size_argument(info, 3), inputs = size_argument(info, 4), units = size_argument(info, 5);
  const size_t activation = size_argument(info, 6);
  require(env, activation <= kReluActivation, "there is no such activation.");
  require_count(env, x, product(env, {rows, inputs}), "x");
  require_count(env, kernel, product(env, {inputs, units}), "kernel");
  require_count(env, bias, units, "bias");
  const TensorRef y = make(env, product(env, {rows, units}));
  enqueue({"linear", {x, kernel, bias}, {y}, [=] {
                  multiply(x->floats(), false, kernel->floats(), false, y->floats(), rows, units, inputs, floats_of(bias),
                           static_cast<int>(activation));
                }, nullptr});
  return own(env, y);
}

// linearBackward(x, kernel, y, dy, rows, inputs, units, activation, needs[3]) -> gradients of x, kernel, bias
Napi::Value Engine::linear_backward(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef x = tensor_argument(info, 0, Type::float32), kernel = tensor_argument(info, 1, Type::float32);
  const TensorRef y = tensor_argument(info, 2, Type::float32), dy = tensor_argument(info, 3, Type::float32);
  const size_t rows = size_argument(info, 4), inputs = size_argument(info, 5), units = size_argument(info, 6);
  const size_t activation = size_argument(info, 7);
  const std::vector<size_t> needs = sizes_argument(info, 8);
  require(env, activation <= kReluActivation && needs.size() == 3, "there is no such activation.");
  require_count(env, x, product(env, {rows, inputs}), "x");
  require_count(env, kernel, product(env, {inputs, units}), "kernel");
  require_count(env, y, product(env, {rows, units}), "y");
  require_count(env, dy, rows * units, "the gradient of y");
  std::vector<TensorRef> gradients(3), outputs;
  const size_t counts[] = {x->count, kernel->count, units};
  for (size_t i = 0; i < 3; i++)
    if (needs[i] != 0) outputs.push_back(gradients[i] = make(env, counts[i]));
  enqueue({"linear backward", {x, kernel, y, dy}, outputs, [=] {
                  Block before;  // the gradient before the activation
                  const float* g = dy->floats();
                  if (activation != kLinearActivation) {
                    before = Block(rows * units + 16);
                    parallel(rows * units, 32768, [&](size_t begin, size_t end) {
                      kernels_->activation_backward(static_cast<int>(activation), y->floats() + begin, dy->floats() + begin,
                                                    before.data() + begin, end - begin);
                    });
                    g = before.data();
                  }
                  if (gradients[0] != nullptr)
                    multiply(g, false, kernel->floats(), true, gradients[0]->floats(), rows, inputs, units, nullptr, 0);
                  if (gradients[1] != nullptr)
                    multiply(x->floats(), true, g, false, gradients[1]->floats(), inputs, units, rows, nullptr, 0);
                  if (gradients[2] != nullptr) kernels_->column_sums(g, rows, units, gradients[2]->floats());
                }, nullptr});
  return own_all(env, gradients);
}

// softmaxCrossEntropy(logits, labels, rows, classes) -> [losses, what backward needs]
Napi::Value Engine::softmax_cross_entropy(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef logits = tensor_argument(info, 0, Type::float32), labels = tensor_argument(info, 1, Type::int32);
  const size_t rows = size_argument(info, 2), classes = size_argument(info, 3);
  require_count(env, logits, product(env, {rows, classes}), "logits");
  require_count(env, labels, rows, "labels");
  const TensorRef losses = make(env, rows), sums = make(env, 2 * rows);
  enqueue({"softmaxCrossEntropy", {logits, labels}, {losses, sums}, [=] {
                  check_labels(labels, classes);
                  parallel(rows, 1 + 16384 / (classes + 1), [&](size_t begin, size_t end) {
                    kernels_->softmax_cross_entropy(logits->floats() + begin * classes, labels->ints() + begin,
                                                    losses->floats() + begin, sums->floats() + 2 * begin, end - begin, classes);
                  });
                }, nullptr});
  return own_all(env, {losses, sums});
}

// softmaxCrossEntropyBackward(logits, labels, saved, dlosses, rows, classes) -> gradient of logits
Napi::Value Engine::softmax_cross_entropy_backward(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef logits = tensor_argument(info, 0, Type::float32), labels = tensor_argument(info, 1, Type::int32);
  const TensorRef sums = tensor_argument(info, 2, Type::float32), dlosses = tensor_argument(info, 3, Type::float32);
  const size_t rows = size_argument(info, 4), classes = size_argument(info, 5);
  require_count(env, logits, product(env, {rows, classes}), "logits");
  require_count(env, labels, rows, "labels");
  require_count(env, sums, 2 * rows, "what forward saved");
  require_count(env, dlosses, rows, "the gradient of the losses");
  const TensorRef out = make(env, logits->count);
  enqueue({"softmaxCrossEntropy backward", {logits, labels, sums, dlosses}, {out}, [=] {
                  check_labels(labels, classes);
                  parallel(rows, 1 + 16384 / (classes + 1), [&](size_t begin, size_t end) {
                    kernels_->softmax_cross_entropy_backward(
                        logits->floats() + begin * classes, labels->ints() + begin, sums->floats() + 2 * begin,
                        dlosses->floats() + begin, out->floats() + begin * classes, end - begin, classes);
                  });
                }, nullptr});
  return own(env, out);
}

// layerNorm(x, gamma or 0, beta or 0, rows, features, epsilon) -> [y, what backward needs]
Napi::Value Engine::layer_norm(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef x = tensor_argument(info, 0, Type::float32);
  const TensorRef gamma = optional_argument(info, 1, Type::float32), beta = optional_argument(info, 2, Type::float32);
  const size_t rows = size_argument(info, 3), features = size_argument(info, 4);
  const float epsilon = static_cast<float>(number_argument(info, 5));
  require(env, features > 0, "layerNorm needs at least one feature.");
  require_count(env, x, product(env, {rows, features}), "x");
  require_count(env, gamma, features, "gamma");
  require_count(env, beta, features, "beta");
  const TensorRef y = make(env, x->count), statistics = make(env, 2 * rows);
  enqueue({"layerNorm", {x, gamma, beta}, {y, statistics}, [=] {
                  parallel(rows, 1 + 32768 / features, [&](size_t begin, size_t end) {
                    kernels_->layer_norm(x->floats() + begin * features, floats_of(gamma), floats_of(beta), epsilon,
                                         y->floats() + begin * features, statistics->floats() + 2 * begin, end - begin,
                                         features);
                  });
                }, nullptr});
  return own_all(env, {y, statistics});
}

// layerNormBackward(x, gamma or 0, saved, dy, rows, features, needs[3]) -> gradients of x, gamma, beta
Napi::Value Engine::layer_norm_backward(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef x = tensor_argument(info, 0, Type::float32), gamma = optional_argument(info, 1, Type::float32);
  const TensorRef statistics = tensor_argument(info, 2, Type::float32), dy = tensor_argument(info, 3, Type::float32);
  const size_t rows = size_argument(info, 4), features = size_argument(info, 5);
  const std::vector<size_t> needs = sizes_argument(info, 6);
  require(env, features > 0 && needs.size() == 3, "layerNorm needs at least one feature.");
  require_count(env, x, product(env, {rows, features}), "x");
  require_count(env, gamma, features, "gamma");
  require_count(env, statistics, 2 * rows, "what forward saved");
  require_count(env, dy, x->count, "the gradient of y");
  std::vector<TensorRef> gradients(3), outputs;
  const size_t counts[] = {x->count, features, features};
  for (size_t i = 0; i < 3; i++)
    if (needs[i] != 0) outputs.push_back(gradients[i] = make(env, counts[i]));
  enqueue({"layerNorm backward", {x, gamma, statistics, dy}, outputs, [=] {
                  for (size_t i = 1; i < 3; i++)
                    if (gradients[i] != nullptr) std::fill_n(gradients[i]->floats(), features, 0.0f);
                  kernels_->layer_norm_backward(x->floats(), floats_of(gamma), statistics->floats(), dy->floats(),
                                                floats_of(gradients[0]), floats_of(gradients[1]), floats_of(gradients[2]),
                                                rows, features);
                }, nullptr});
  return own_all(env, gradients);
}

// optimizerStep(numbers, parameters, gradients, slots, slotsPerParameter, loss or 0) -> norm. `numbers` are rule,
// learningRate, momentum, nesterov, beta1, beta2, epsilon, weightDecay, decoupled, rho, centered, step, clipNorm, clipValue.
Napi::Value Engine::optimizer_step(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<double> n = numbers_argument(info, 0);
  const std::vector<TensorRef> parameters = tensors_argument(info, 1, Type::float32);
  const std::vector<TensorRef> gradients = tensors_argument(info, 2, Type::float32);
  const std::vector<TensorRef> slots = tensors_argument(info, 3, Type::float32);
  const size_t per_parameter = size_argument(info, 4);
  const TensorRef loss = optional_argument(info, 5, Type::float32);
  require(env, n.size() == 14, "an optimizer step takes 14 numbers.");
  const OptimizerNumbers o = optimizer_numbers(n);
  const double clip_norm = n[12];
  const size_t needed = o.rule == 0 ? (o.momentum > 0 ? 1 : 0) : o.rule == 1 ? 2 : 1 + (o.centered ? 1 : 0) + (o.momentum > 0 ? 1 : 0);
  require(env, per_parameter == needed && gradients.size() == parameters.size() && slots.size() == parameters.size() * needed,
          "parameters, gradients and slots do not fit together.");
  require_count(env, loss, 1, "the loss");
  for (size_t i = 0; i < parameters.size(); i++) {
    require(env, parameters[i] != nullptr && gradients[i] != nullptr, "a parameter or gradient is missing.");
    require_count(env, gradients[i], parameters[i]->count, "a gradient");
    for (size_t s = 0; s < needed; s++) {
      require(env, slots[i * needed + s] != nullptr, "a slot is missing.");
      require_count(env, slots[i * needed + s], parameters[i]->count, "a slot");
    }
  }
  const TensorRef norm = make(env, 1);
  Task task = {"optimizerStep", parameters, {norm}, nullptr, nullptr};
  task.inputs.append(gradients);
  task.inputs.append(slots);
  task.inputs.push_back(loss);
  task.run = [=] {
    std::vector<OptimizedTensor> tensors;
    for (size_t i = 0; i < parameters.size(); i++) {
      OptimizedTensor tensor = {parameters[i]->floats(), gradients[i]->floats(), {}, parameters[i]->count};
      for (size_t s = 0; s < needed; s++) tensor.slots[s] = slots[i * needed + s]->floats();
      tensors.push_back(tensor);
    }
    const float loss_now = loss == nullptr ? 0 : *loss->floats();
    const OptimizerOutcome outcome = step_optimizer({kernels_, pool_.get()}, o, clip_norm, loss_now, tensors);
    norm->floats()[0] = outcome.norm;
    if (!outcome.updated) return;
    for (const TensorRef& parameter : parameters) {
      parameter->version++;
      parameter->fits_bfloat16 = false;
    }
    for (const TensorRef& slot : slots) slot->version++;
  };
  enqueue(std::move(task));
  return own(env, norm);
}

}  // namespace lstm_native
