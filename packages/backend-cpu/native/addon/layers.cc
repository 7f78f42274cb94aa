// The recurrent layers: whole sequences, forward and backward.
#include "engine.h"

namespace lstm_native {

// A forward call as backward needs it again.
struct SavedLayer {
  RecurrentLayer layer;  // its pointers are set when the work runs
  std::vector<TensorRef> inputs;
  RecurrentSaved saved;
};

namespace {

// Order of the inputs on the JavaScript side.
enum Input { kX, kKernel, kRecurrentKernel, kBias, kH0, kC0, kMask, kDropoutMask, kRecurrentDropoutMask, kInputs };

const float* data_of(const TensorRef& tensor) { return tensor == nullptr ? nullptr : tensor->floats(); }

void point(RecurrentLayer& layer, const std::vector<TensorRef>& inputs) {
  layer.x = data_of(inputs[kX]);
  layer.kernel = data_of(inputs[kKernel]);
  layer.recurrent_kernel = data_of(inputs[kRecurrentKernel]);
  layer.bias = data_of(inputs[kBias]);
  layer.h0 = data_of(inputs[kH0]);
  layer.c0 = data_of(inputs[kC0]);
  layer.mask = data_of(inputs[kMask]);
  layer.dropout = data_of(inputs[kDropoutMask]);
  layer.recurrent_dropout = data_of(inputs[kRecurrentDropoutMask]);
}

size_t gates_of(int cell) { return cell == kLstm ? 4 : cell == kGru ? 3 : 1; }

uint64_t version_of(const TensorRef& tensor) { return tensor == nullptr ? 0 : tensor->version; }

// Packed weights of the layer, from the last call where nothing changed since.
std::shared_ptr<PackedWeights> packed_for(const Context& context, const RecurrentLayer& layer,
                                          const std::vector<TensorRef>& inputs) {
  const TensorRef& kernel = inputs[kKernel];
  const std::shared_ptr<PackedWeights>& last = kernel->packed;
  if (last != nullptr && last->cell == layer.cell && last->recurrent == inputs[kRecurrentKernel] &&
      last->bias == inputs[kBias] && last->kernel_version == kernel->version &&
      last->recurrent_version == last->recurrent->version && last->bias_version == version_of(last->bias))
    return last;
  auto packed = std::make_shared<PackedWeights>();
  packed->weights = pack_weights(context, layer);
  packed->recurrent = inputs[kRecurrentKernel];
  packed->bias = inputs[kBias];
  packed->kernel_version = kernel->version;
  packed->recurrent_version = packed->recurrent->version;
  packed->bias_version = version_of(packed->bias);
  packed->cell = layer.cell;
  if (kernel != packed->recurrent && kernel != packed->bias) kernel->packed = packed;  // else it would own itself
  return packed;
}

}  // namespace

// recurrent([cell, activation, recurrentActivation, reverse, zeroOutputForMask, batch, steps, inputs, units], inputs,
// training) -> [y, h, c or 0, saved or 0]
Napi::Value Engine::recurrent(const Info& info) {
  const Napi::Env env = info.Env();
  const std::vector<size_t> numbers = sizes_argument(info, 0);
  const std::vector<TensorRef> inputs = tensors_argument(info, 1, Type::float32);
  const bool training = size_argument(info, 2) != 0;
  require(env, numbers.size() == 9 && inputs.size() == kInputs, "a recurrent layer takes 9 numbers and 9 tensors.");
  require(env, numbers[0] <= kSimpleRnn && numbers[1] <= kReluActivation && numbers[2] <= kReluActivation,
          "there is no such cell or activation.");
  RecurrentLayer layer = {};
  layer.cell = static_cast<int>(numbers[0]);
  layer.activation = static_cast<int>(numbers[1]);
  layer.recurrent_activation = static_cast<int>(numbers[2]);
  layer.reverse = numbers[3] != 0;
  layer.zero_masked = numbers[4] != 0;
  layer.batch = numbers[5];
  layer.steps = numbers[6];
  layer.inputs = numbers[7];
  layer.units = numbers[8];
  const size_t gates = gates_of(layer.cell);
  require(env, layer.batch > 0 && layer.steps > 0 && layer.inputs > 0 && layer.units > 0, "no axis may have length 0.");
  require(env, inputs[kX] != nullptr && inputs[kKernel] != nullptr && inputs[kRecurrentKernel] != nullptr,
          "x, kernel and recurrentKernel are required.");
  const size_t states = product(env, {layer.batch, layer.units});
  require_count(env, inputs[kX], product(env, {layer.batch, layer.steps, layer.inputs}), "x");
  require_count(env, inputs[kKernel], product(env, {layer.inputs, gates, layer.units}), "kernel");
  require_count(env, inputs[kRecurrentKernel], product(env, {layer.units, gates, layer.units}), "recurrentKernel");
  require_count(env, inputs[kBias], product(env, {layer.cell == kGru ? 6 : gates, layer.units}), "bias");
  require(env, inputs[kC0] == nullptr || layer.cell == kLstm, "only an LSTM has c0.");
  require_count(env, inputs[kH0], states, "h0");
  require_count(env, inputs[kC0], states, "c0");
  require_count(env, inputs[kMask], product(env, {layer.batch, layer.steps}), "mask");
  require_count(env, inputs[kDropoutMask], product(env, {layer.batch, layer.inputs}), "dropoutMask");
  require_count(env, inputs[kRecurrentDropoutMask], states, "recurrentDropoutMask");
  // The largest internal array: gates for every step.
  product(env, {layer.batch, layer.steps, gates + 1, layer.units + 64});
  const TensorRef y = make(env, product(env, {layer.batch, layer.steps, layer.units})), h = make(env, states);
  const TensorRef c = layer.cell == kLstm ? make(env, states) : nullptr;
  TensorRef saved;
  if (training) {
    saved = make(env, 0);
    saved->saved = std::make_shared<SavedLayer>();
    saved->saved->layer = layer;
    saved->saved->inputs = inputs;
  }
  Task task = {"recurrent", inputs, {y, h}, nullptr, nullptr};
  if (c != nullptr) task.outputs.push_back(c);
  if (saved != nullptr) task.outputs.push_back(saved);
  task.run = [=] {
    RecurrentLayer now = layer;
    point(now, inputs);
    const Context context = {kernels_, pool_.get()};
    const RecurrentOutput output = {y->floats(), h->floats(), c == nullptr ? nullptr : c->floats()};
    if (saved != nullptr) {
      recurrent_forward(context, now, pack_weights(context, now), output, &saved->saved->saved);
    } else {
      recurrent_forward(context, now, packed_for(context, now, inputs)->weights, output, nullptr);
    }
  };
  enqueue(env, std::move(task));
  return own_all(env, {y, h, c, saved});
}

// recurrentBackward(saved, dy or 0, dh or 0, dc or 0, needs[6]) -> gradients of x, kernel, recurrentKernel, bias, h0, c0
Napi::Value Engine::recurrent_backward(const Info& info) {
  const Napi::Env env = info.Env();
  const TensorRef saved = find(env, number_argument(info, 0));
  require(env, saved->saved != nullptr, "the first argument must be what a training call saved.");
  const std::shared_ptr<SavedLayer> from = saved->saved;
  const RecurrentLayer& layer = from->layer;
  const TensorRef dy = optional_argument(info, 1, Type::float32), dh = optional_argument(info, 2, Type::float32);
  const TensorRef dc = optional_argument(info, 3, Type::float32);
  const std::vector<size_t> needs = sizes_argument(info, 4);
  require(env, needs.size() == 6, "there must be six needs.");
  const size_t states = layer.batch * layer.units;
  require_count(env, dy, layer.batch * layer.steps * layer.units, "the gradient of y");
  require_count(env, dh, states, "the gradient of h");
  require_count(env, dc, states, "the gradient of c");
  require(env, dc == nullptr || layer.cell == kLstm, "only an LSTM has c.");
  const Input order[] = {kX, kKernel, kRecurrentKernel, kBias, kH0, kC0};
  std::vector<TensorRef> gradients(6);
  Task task = {"recurrent backward", from->inputs, {}, nullptr, nullptr};
  task.inputs.insert(task.inputs.end(), {saved, dy, dh, dc});
  for (size_t i = 0; i < 6; i++) {
    if (needs[i] == 0 || from->inputs[order[i]] == nullptr) continue;
    gradients[i] = make(env, from->inputs[order[i]]->count);
    task.outputs.push_back(gradients[i]);
  }
  task.run = [=] {
    RecurrentLayer now = from->layer;
    point(now, from->inputs);
    const auto out = [&](size_t i) { return gradients[i] == nullptr ? nullptr : gradients[i]->floats(); };
    const Context context = {kernels_, pool_.get()};
    lstm_native::recurrent_backward(context, now, from->saved,
                                    {data_of(dy), data_of(dh), data_of(dc), out(0), out(1), out(2), out(3), out(4), out(5)});
  };
  enqueue(env, std::move(task));
  return own_all(env, gradients);
}

}  // namespace lstm_native
