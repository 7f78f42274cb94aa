#include "session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lockstep.h"

namespace lstm_native {

namespace {

bool is_recurrent(LayerKind kind) { return kind <= LayerKind::gru_before; }

// Multiplications of a thread's part of a step: shorter ones would wait for each other rather than work.
constexpr size_t kLeastPart = 1 << 15;
constexpr size_t kColumns = 48;  // whole panels, however wide vectors are

size_t parts_worth(size_t multiplications, size_t most) {
  return std::max<size_t>(1, std::min({multiplications / kLeastPart, most, Pool::kMaxOwn}));
}

int cell_of(LayerKind kind) {
  return kind == LayerKind::lstm ? kLstm : kind == LayerKind::gru ? kGru : kind == LayerKind::gru_before ? kGruBefore : kSimpleRnn;
}

}  // namespace

Session::Session(const Context& context, size_t sessions, std::vector<SessionLayer> layers, bool narrow)
    : kernels_(*context.kernels), sessions_(sessions) {
  size_t width = 0;
  for (SessionLayer& spec : layers) {
    const float* input = layers_.empty() ? nullptr : layers_.back().output.data();
    Layer& layer = layers_.emplace_back();
    layer.input = input;
    layer.spec = std::move(spec);
    const LayerKind kind = layer.spec.kind;
    if (kind != LayerKind::softmax) width = layer.spec.units;
    layer.spec.units = width;
    layer.output = Block(sessions * width + kPad);
    if (is_recurrent(kind)) {
      prepare_recurrent(context, layer, narrow);
    } else if (kind == LayerKind::linear) {
      prepare_linear(layer, narrow);
    } else if (kind == LayerKind::embedding && narrow) {
      float* table = layer.spec.kernel.data();
      kernels_.round_to_bfloat16(table, table, layer.spec.kernel.size());
    }
    parts_ = std::max(parts_, layer.parts);
    const int phases = is_recurrent(kind) ? kernels_.recurrent_phases(cell_of(kind)) : 1;
    for (int phase = 0; phase < phases; phase++) stages_.push_back({layers_.size() - 1, phase});
  }
  output_size_ = width;
}

void Session::prepare_linear(Layer& layer, bool narrow) {
  SessionLayer& s = layer.spec;
  const size_t size = kernels_.packed_size(s.inputs, s.units);
  Block panels(size + kPad);
  kernels_.pack(s.kernel.data(), s.units, false, s.inputs, s.units, panels.data());
  layer.weights.kernel = PackedPanels(kernels_, std::move(panels), size, s.inputs, narrow);
  s.kernel = {};
  // Several rows of a part would not lie next to each other.
  if (sessions_ == 1) layer.parts = parts_worth(s.inputs * s.units, s.units / kColumns);
}

void Session::prepare_recurrent(const Context& context, Layer& layer, bool narrow) {
  SessionLayer& s = layer.spec;
  StackUnit packing = {};
  packing.cell = cell_of(s.kind);
  packing.inputs = s.inputs;
  packing.units = s.units;
  packing.kernel = s.kernel.data();
  packing.recurrent_kernel = s.recurrent_kernel.data();
  packing.bias = s.bias.empty() ? nullptr : s.bias.data();
  RecurrentLayout layout;
  kernels_.recurrent_layout(packing.cell, s.inputs, s.units, &layout);
  layer.weights = pack_weights(context, packing, {narrow, narrow});
  layer.parts = parts_worth(sessions_ * (s.inputs + s.units) * gates_of(packing.cell) * s.units, layout.blocks);
  s.kernel = {};
  s.recurrent_kernel = {};
  layer.h.assign(sessions_ * s.units, 0.0f);
  if (s.kind == LayerKind::lstm) layer.c.assign(sessions_ * s.units, 0.0f);
  const size_t ring = 2 * sessions_ * layout.state_stride;
  layer.scratch = Block(sessions_ * (layout.gate_stride + layout.state_stride) + 2 * ring + kPad);
  Recurrent& r = layer.call;
  r.cell = packing.cell;
  r.activation = s.activation;
  r.recurrent_activation = s.recurrent_activation;
  r.steps = 1;
  r.inputs = s.inputs;
  r.units = s.units;
  r.batch = sessions_;
  r.bias = layer.weights.bias.data();
  r.kernel_panels = layer.weights.kernel.panels();
  r.recurrent_panels = layer.weights.recurrent.panels();
  r.count = 1;
  r.x_stride = s.inputs;
  r.gates = layer.scratch.data();
  r.reset = r.gates + sessions_ * layout.gate_stride;
  r.h_input = r.reset + sessions_ * layout.state_stride;
  r.h_plain = r.h_input;
  r.c_state = r.h_input + ring;
  r.y = layer.output.data();
  r.y_stride = s.units;
}

void Session::run(const Stage& stage, size_t parts, size_t part) {
  Layer& layer = layers_[stage.layer];
  const SessionLayer& s = layer.spec;
  parts = std::min(parts, layer.parts);
  if (part >= parts) return;
  if (is_recurrent(s.kind)) {
    const Blocks blocks = kernels_.recurrent_part(s.units, parts, part);
    if (stage.phase == 0) kernels_.recurrent_project(&layer.call, sessions_, blocks);
    kernels_.recurrent_step(&layer.call, 0, stage.phase, blocks);
  } else if (s.kind == LayerKind::linear) {
    run_linear(layer, parts, part);
  } else if (s.kind == LayerKind::softmax) {
    kernels_.softmax(layer.input, layer.output.data(), sessions_, s.units);
  } else {
    for (size_t i = 0; i < sessions_; i++)
      std::memcpy(layer.output.data() + i * s.units, s.kernel.data() + static_cast<size_t>(layer.input[i]) * s.units,
                  s.units * sizeof(float));
  }
}

void Session::run_linear(Layer& layer, size_t parts, size_t part) const {
  const SessionLayer& s = layer.spec;
  const auto border = [&](size_t i) { return i == parts ? s.units : s.units / kColumns * i / parts * kColumns; };
  const size_t first = border(part), columns = border(part + 1) - first;
  const MatmulOperand operand = {layer.input, s.inputs, false};
  const Panels panels = panels_at(layer.weights.kernel.panels(), s.inputs * first);
  kernels_.matmul(&operand, &panels, s.inputs, columns, layer.output.data() + first, 0, sessions_,
                  s.bias.empty() ? nullptr : s.bias.data() + first, s.activation);
}

bool Session::step(const float* input, float* output, Pool* pool) {
  const SessionLayer& first = layers_.front().spec;
  if (first.kind == LayerKind::embedding)
    for (size_t i = 0; i < sessions_; i++)
      if (!(input[i] >= 0.0f && input[i] < static_cast<float>(first.inputs))) return false;
  layers_.front().input = input;
  for (Layer& layer : layers_) {
    if (!is_recurrent(layer.spec.kind)) continue;
    Recurrent& r = layer.call;
    r.x_rows = layer.input;
    r.h0 = layer.h.data();
    r.c0 = layer.c.empty() ? nullptr : layer.c.data();
    kernels_.recurrent_start(&r);
  }
  const size_t parts = pool == nullptr ? 1 : parts_for(*pool);
  if (parts > 1) {
    Lockstep::run(*pool, parts, stages_.size(), [&](size_t stage, size_t part) { run(stages_[stage], parts, part); });
  } else {
    for (const Stage& stage : stages_) run(stage, 1, 0);
  }
  for (Layer& layer : layers_) {
    if (!is_recurrent(layer.spec.kind)) continue;
    layer.call.h = layer.h.data();
    layer.call.c = layer.c.empty() ? nullptr : layer.c.data();
    kernels_.recurrent_end(&layer.call);
  }
  std::copy_n(layers_.back().output.data(), sessions_ * output_size_, output);
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
