#include "recurrent.h"

#include <algorithm>
#include <atomic>
#include <new>

namespace lstm_native {

namespace {

constexpr size_t kPad = 64;  // floats that a vector may reach past the end

RecurrentLayout layout_of(const Context& context, const RecurrentLayer& layer) {
  RecurrentLayout layout;
  context.kernels->recurrent_layout(layer.cell, layer.inputs, layer.units, &layout);
  return layout;
}

size_t gates_of(int cell) { return cell == kLstm ? 4 : cell == kGru ? 3 : 1; }

// A slice per thread, but none of fewer than 8 rows, and one only for work that is over before a thread has woken.
size_t slice_count(const Context& context, const RecurrentLayer& layer) {
  const double work = 2.0 * static_cast<double>(layer.batch) * static_cast<double>(layer.steps) *
                      static_cast<double>(gates_of(layer.cell) * layer.units) *
                      static_cast<double>(layer.inputs + layer.units);
  if (work < 1e7) return 1;
  return std::max<size_t>(1, std::min(context.pool->threads(), layer.batch / 8));
}

size_t slice_start(const RecurrentLayer& layer, size_t slices, size_t slice) { return layer.batch * slice / slices; }

// The part of the layer that one slice computes.
Recurrent slice_of(const RecurrentLayer& layer, size_t slices, size_t slice) {
  const size_t b = slice_start(layer, slices, slice);
  Recurrent r = {};
  r.cell = layer.cell;
  r.activation = layer.activation;
  r.recurrent_activation = layer.cell == kSimpleRnn ? static_cast<int>(kLinearActivation) : layer.recurrent_activation;
  r.reverse = layer.reverse;
  r.zero_masked = layer.zero_masked;
  r.steps = layer.steps;
  r.inputs = layer.inputs;
  r.units = layer.units;
  r.batch = slice_start(layer, slices, slice + 1) - b;
  const auto rows = [&](const float* p, size_t width) { return p == nullptr ? nullptr : p + b * width; };
  r.x = rows(layer.x, layer.steps * layer.inputs);
  r.mask = rows(layer.mask, layer.steps);
  r.dropout = rows(layer.dropout, layer.inputs);
  r.recurrent_dropout = rows(layer.recurrent_dropout, layer.units);
  r.h0 = rows(layer.h0, layer.units);
  r.c0 = rows(layer.c0, layer.units);
  return r;
}

void attach_saved(Recurrent& r, const RecurrentSaved& saved, const RecurrentLayout& layout, size_t first_row) {
  r.training = true;
  r.gates = saved.gates.data() + first_row * r.steps * layout.gate_stride;
  const size_t state = first_row * (r.steps + 1) * layout.state_stride;
  r.h_input = saved.h_input.data() + state;
  r.h_plain = r.recurrent_dropout == nullptr ? r.h_input : saved.h_plain.data() + state;
  r.c_state = r.cell == kLstm ? saved.c_state.data() + state : nullptr;
}

size_t chunk_rows(const RecurrentLayout& layout, size_t batch) {
  return std::max<size_t>(1, layout.chunk_rows / batch) * batch;
}

}  // namespace

RecurrentWeights pack_weights(const Context& context, const RecurrentLayer& layer) {
  const RecurrentLayout layout = layout_of(context, layer);
  RecurrentWeights weights;
  weights.kernel = Block(layout.kernel_panels + kPad);
  weights.recurrent = Block(layout.recurrent_panels + kPad);
  weights.bias = Block(layout.bias + kPad);
  context.pool->run(layout.blocks, [&](size_t block) {
    context.kernels->pack_recurrent(layer.cell, layer.kernel, layer.recurrent_kernel, layer.bias, layer.inputs,
                                    layer.units, block, weights.kernel.data(), weights.recurrent.data(),
                                    weights.bias.data());
  });
  return weights;
}

void recurrent_forward(const Context& context, const RecurrentLayer& layer, const RecurrentWeights& weights,
                       const RecurrentOutput& output, RecurrentSaved* saved) {
  const RecurrentLayout layout = layout_of(context, layer);
  const size_t slices = slice_count(context, layer);
  if (saved != nullptr) {
    const size_t states = layer.batch * (layer.steps + 1) * layout.state_stride + kPad;
    saved->slices = slices;
    saved->gates = Block(layer.batch * layer.steps * layout.gate_stride + kPad);
    saved->h_input = Block(states);
    if (layer.recurrent_dropout != nullptr) saved->h_plain = Block(states);
    if (layer.cell == kLstm) saved->c_state = Block(states);
  }
  std::vector<Block> scratch(slices);
  const size_t largest = (layer.batch + slices - 1) / slices;
  const size_t ring = 2 * largest * layout.state_stride;
  const size_t input_rows = std::max(chunk_rows(layout, largest), largest) + layout.chunk_rows;
  for (Block& block : scratch)
    block = Block(input_rows * layout.input_stride + (saved == nullptr ? input_rows * layout.gate_stride + 3 * ring : 0) + kPad);
  context.pool->run(slices, [&](size_t slice) {
    const size_t first = slice_start(layer, slices, slice);
    Recurrent r = slice_of(layer, slices, slice);
    r.kernel_panels = weights.kernel.data();
    r.recurrent_panels = weights.recurrent.data();
    r.bias = weights.bias.data();
    r.y = output.y == nullptr ? nullptr : output.y + first * layer.steps * layer.units;
    r.h = output.h == nullptr ? nullptr : output.h + first * layer.units;
    r.c = output.c == nullptr ? nullptr : output.c + first * layer.units;
    r.x_rows = scratch[slice].data();
    if (saved != nullptr) {
      attach_saved(r, *saved, layout, first);
    } else {
      r.h_input = r.x_rows + input_rows * layout.input_stride;
      r.h_plain = r.recurrent_dropout == nullptr ? r.h_input : r.h_input + ring;
      r.c_state = r.h_input + 2 * ring;
      r.gates = r.h_input + 3 * ring;
    }
    context.kernels->recurrent_forward(&r);
  });
}

void recurrent_backward(const Context& context, const RecurrentLayer& layer, const RecurrentSaved& saved,
                        const RecurrentGradients& gradients) {
  const KernelTable& k = *context.kernels;
  const RecurrentLayout layout = layout_of(context, layer);
  const size_t slices = saved.slices;
  Block kernel_panels(gradients.dx == nullptr ? 0 : layout.kernel_panels_transposed + kPad);
  Block recurrent_panels(layout.recurrent_panels_transposed + kPad);
  context.pool->run(2, [&](size_t which) {
    if (which == 0) {
      k.pack_recurrent_transposed(layer.cell, layer.recurrent_kernel, true, layer.units, layer.units,
                                  recurrent_panels.data());
    } else if (gradients.dx != nullptr) {
      k.pack_recurrent_transposed(layer.cell, layer.kernel, false, layer.inputs, layer.units, kernel_panels.data());
    }
  });
  Block x_rows(gradients.dkernel == nullptr ? 0 : layer.batch * layer.steps * layout.input_stride + kPad);
  std::vector<Block> scratch(slices);
  for (size_t slice = 0; slice < slices; slice++) {
    const Recurrent r = slice_of(layer, slices, slice);
    scratch[slice] = Block(k.recurrent_backward_scratch(&r) + kPad);
  }
  context.pool->run(slices, [&](size_t slice) {
    const size_t first = slice_start(layer, slices, slice);
    RecurrentBackward b = {};
    b.forward = slice_of(layer, slices, slice);
    attach_saved(b.forward, saved, layout, first);
    const auto input = [&](const float* p, size_t width) { return p == nullptr ? nullptr : p + first * width; };
    const auto output = [&](float* p, size_t width) { return p == nullptr ? nullptr : p + first * width; };
    b.dy = input(gradients.dy, layer.steps * layer.units);
    b.dh = input(gradients.dh, layer.units);
    b.dc = input(gradients.dc, layer.units);
    b.kernel_panels = kernel_panels.data();
    b.recurrent_panels = recurrent_panels.data();
    b.dx = output(gradients.dx, layer.steps * layer.inputs);
    b.dh0 = output(gradients.dh0, layer.units);
    b.dc0 = output(gradients.dc0, layer.units);
    b.all_x_rows = gradients.dkernel == nullptr ? nullptr : x_rows.data() + first * layer.steps * layout.input_stride;
    b.scratch = scratch[slice].data();
    k.recurrent_backward(&b);
  });
  if (gradients.dkernel == nullptr && gradients.drecurrent_kernel == nullptr && gradients.dbias == nullptr) return;
  std::vector<WeightGradientSlice> of_slices(slices);
  for (size_t slice = 0; slice < slices; slice++) {
    const size_t first = slice_start(layer, slices, slice);
    Recurrent r = slice_of(layer, slices, slice);
    attach_saved(r, saved, layout, first);
    of_slices[slice] = {{x_rows.data() + first * layer.steps * layout.input_stride, r.h_input}, r.gates, r.batch * layer.steps};
  }
  // Blocks of columns are independent and always summed in the same order. Few blocks would leave threads idle: then each
  // slice has sums of its own, which are added up afterwards.
  const bool apart = slices > 1 && layout.blocks < 2 * slices;
  const size_t gates = gates_of(layer.cell) * layer.units;
  const size_t kernel_size = gradients.dkernel == nullptr ? 0 : layer.inputs * gates;
  const size_t recurrent_size = gradients.drecurrent_kernel == nullptr ? 0 : layer.units * gates;
  const size_t bias_size = gradients.dbias == nullptr ? 0 : (layer.cell == kGru ? 2 : 1) * gates;
  const size_t size = kernel_size + recurrent_size + bias_size;
  Block partial(apart ? slices * size + kPad : 0);
  const size_t parts = layer.cell == kGru ? 2 : 1;
  const size_t groups = apart ? slices : 1;
  std::atomic<bool> failed{false};
  context.pool->run(groups * parts * layout.blocks, [&](size_t item) {
    const size_t group = item / (parts * layout.blocks);
    const bool first_part = item % parts == 0, last_part = item % parts == parts - 1;
    float* base = partial.data() + group * size;
    WeightGradient w = {};
    w.cell = layer.cell;
    w.recurrent = !first_part;
    w.block = item / parts % layout.blocks;
    w.units = layer.units;
    w.products[0] = {layer.inputs, layout.input_stride, apart && kernel_size > 0 ? base : gradients.dkernel};
    w.products[1] = {layer.units, layout.state_stride, apart && recurrent_size > 0 ? base + kernel_size : gradients.drecurrent_kernel};
    w.bias_out = apart && bias_size > 0 ? base + kernel_size + recurrent_size : gradients.dbias;
    if (!first_part) w.products[0].out = nullptr;
    if (!last_part) w.products[1].out = nullptr;
    if (!first_part && w.bias_out != nullptr) w.bias_out += gates;
    w.slices = of_slices.data() + (apart ? group : 0);
    w.slice_count = apart ? 1 : slices;
    try {
      const Block own(layout.weight_gradient_scratch + kPad);
      w.scratch = own.data();
      k.weight_gradient(&w);
    } catch (const std::bad_alloc&) {
      failed = true;  // must not leave a worker thread
    }
  });
  if (failed) throw std::bad_alloc();
  if (!apart) return;
  const auto add_up = [&](float* out, size_t offset, size_t count) {
    if (count > 0) k.add_up(partial.data() + offset, size, slices, out, count);
  };
  context.pool->run(3, [&](size_t item) {
    if (item == 0) add_up(gradients.dkernel, 0, kernel_size);
    if (item == 1) add_up(gradients.drecurrent_kernel, kernel_size, recurrent_size);
    if (item == 2) add_up(gradients.dbias, kernel_size + recurrent_size, bias_size);
  });
}

}  // namespace lstm_native
