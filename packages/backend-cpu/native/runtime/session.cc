#include "session.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lstm_native {

namespace {

bool is_recurrent(LayerKind kind) { return kind <= LayerKind::gru_before; }

int cell_of(LayerKind kind) {
  return kind == LayerKind::lstm ? kLstm : kind == LayerKind::gru ? kGru : kind == LayerKind::gru_before ? kGruBefore : kSimpleRnn;
}

}  // namespace

Session::Session(const Context& context, size_t sessions, std::vector<SessionLayer> layers, bool narrow)
    : kernels_(*context.kernels), sessions_(sessions) {
  size_t width = 0;
  for (SessionLayer& spec : layers) {
    layers_.emplace_back();
    Layer& layer = layers_.back();
    layer.spec = std::move(spec);
    const SessionLayer& s = layer.spec;
    if (s.kind != LayerKind::softmax) width = s.units;
    layer.spec.units = width;
    layer.output = Block(sessions * width + kPad);
    if (s.kind == LayerKind::linear) {
      const size_t size = context.kernels->packed_size(s.inputs, s.units);
      Block panels(size + kPad);
      context.kernels->pack(s.kernel.data(), s.units, false, s.inputs, s.units, panels.data());
      layer.weights.kernel = PackedPanels(*context.kernels, std::move(panels), size, s.inputs, narrow);
      layer.spec.kernel = {};
    }
    if (s.kind == LayerKind::embedding && narrow)
      context.kernels->round_to_bfloat16(s.kernel.data(), layer.spec.kernel.data(), s.kernel.size());
    if (!is_recurrent(s.kind)) continue;
    StackUnit packing = {};
    packing.cell = cell_of(s.kind);
    packing.inputs = s.inputs;
    packing.units = s.units;
    packing.kernel = s.kernel.data();
    packing.recurrent_kernel = s.recurrent_kernel.data();
    packing.bias = s.bias.empty() ? nullptr : s.bias.data();
    RecurrentLayout layout;
    context.kernels->recurrent_layout(packing.cell, s.inputs, s.units, &layout);
    layer.weights = pack_weights(context, packing, {narrow, narrow});
    layer.spec.kernel = {};
    layer.spec.recurrent_kernel = {};
    layer.h.assign(sessions * s.units, 0.0f);
    if (s.kind == LayerKind::lstm) layer.c.assign(sessions * s.units, 0.0f);
    const size_t ring = 2 * sessions * layout.state_stride;
    layer.scratch = Block(sessions * (layout.gate_stride + layout.state_stride) + 2 * ring + kPad);
    Recurrent& r = layer.call;
    r.cell = packing.cell;
    r.activation = s.activation;
    r.recurrent_activation = s.recurrent_activation;
    r.steps = 1;
    r.inputs = s.inputs;
    r.units = s.units;
    r.batch = sessions;
    r.bias = layer.weights.bias.data();
    r.kernel_panels = layer.weights.kernel.panels();
    r.recurrent_panels = layer.weights.recurrent.panels();
    r.count = 1;
    r.x_stride = s.inputs;
    r.gates = layer.scratch.data();
    r.reset = r.gates + sessions * layout.gate_stride;
    r.h_input = r.reset + sessions * layout.state_stride;
    r.h_plain = r.h_input;
    r.c_state = r.h_input + ring;
  }
  output_size_ = width;
}

void Session::run(Layer& layer, const float* input, float* output) {
  const SessionLayer& s = layer.spec;
  if (is_recurrent(s.kind)) {
    Recurrent& r = layer.call;
    r.x_rows = input;
    r.h0 = layer.h.data();
    r.c0 = layer.c.empty() ? nullptr : layer.c.data();
    r.h = layer.h.data();
    r.c = layer.c.empty() ? nullptr : layer.c.data();
    kernels_.recurrent_forward(&r);
    std::copy(layer.h.begin(), layer.h.end(), output);
  } else if (s.kind == LayerKind::linear) {
    const MatmulOperand operand = {input, s.inputs, false};
    kernels_.matmul(&operand, &layer.weights.kernel.panels(), s.inputs, s.units, output, 0, sessions_,
                    s.bias.empty() ? nullptr : s.bias.data(), s.activation);
  } else if (s.kind == LayerKind::softmax) {
    kernels_.softmax(input, output, sessions_, s.units);
  } else {
    for (size_t i = 0; i < sessions_; i++)
      std::memcpy(output + i * s.units, s.kernel.data() + static_cast<size_t>(input[i]) * s.units, s.units * sizeof(float));
  }
}

bool Session::step(const float* input, float* output) {
  const SessionLayer& first = layers_.front().spec;
  if (first.kind == LayerKind::embedding)
    for (size_t i = 0; i < sessions_; i++)
      if (!(input[i] >= 0.0f && input[i] < static_cast<float>(first.inputs))) return false;
  const float* from = input;
  for (Layer& layer : layers_) {
    run(layer, from, layer.output.data());
    from = layer.output.data();
  }
  std::copy(from, from + sessions_ * output_size_, output);
  return true;
}

std::vector<std::vector<float>*> Session::states() {
  std::vector<std::vector<float>*> result;
  for (Layer& layer : layers_) {
    if (!is_recurrent(layer.spec.kind)) continue;
    result.push_back(&layer.h);
    if (layer.spec.kind == LayerKind::lstm) result.push_back(&layer.c);
  }
  return result;
}

}  // namespace lstm_native
