#include "functions.h"
#include "activations.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// One row of a step, block-relative. `dh` holds the whole gradient of the new state and is left with the part that
// reaches the state before without the recurrent product.
struct GradientRow {
  float* gates;  // activations in, gradients before them out
  size_t units;
  float* dh;
  float* dc;
  const float* c_before;
  const float* c_after;
  const float* h_before;
};

template <bool usual>
KERNEL_INLINE void lstm_row(const GradientRow& row, int activation, int recurrent) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto zeros, size_t u, int n) __attribute__((always_inline)) {
    auto i = zeros, f = zeros, candidate = zeros, o = zeros, dh = zeros, dc = zeros, c = zeros;
    load_to(&c, row.c_after + u, n);
    const auto squashed = activate(act, c);
    load_to(&o, g + 3 * ub + u, n);
    load_to(&dh, row.dh + u, n);
    load_to(&dc, row.dc + u, n);
    store_some(g + 3 * ub + u, activation_gradient(gate, o, dh * squashed), n);
    dc = dc + activation_gradient(act, squashed, dh * o);
    load_to(&i, g + u, n);
    load_to(&candidate, g + 2 * ub + u, n);
    store_some(g + u, activation_gradient(gate, i, dc * candidate), n);
    store_some(g + 2 * ub + u, activation_gradient(act, candidate, dc * i), n);
    load_to(&f, g + ub + u, n);
    load_to(&c, row.c_before + u, n);
    store_some(g + ub + u, activation_gradient(gate, f, dc * c), n);
    store_some(row.dc + u, dc * f, n);
    store_some(row.dh + u, zeros, n);
  });
}

template <bool usual>
KERNEL_INLINE void gru_row(const GradientRow& row, int activation, int recurrent) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto candidate, size_t u, int n) __attribute__((always_inline)) {
    auto z = candidate, r = candidate, product = candidate, dh = candidate, h = candidate;
    load_to(&candidate, g + u, n);
    load_to(&z, g + ub + u, n);
    load_to(&r, g + 2 * ub + u, n);
    load_to(&product, g + 3 * ub + u, n);
    load_to(&dh, row.dh + u, n);
    load_to(&h, row.h_before + u, n);
    const auto dn = activation_gradient(act, candidate, dh * (1.0f - z));
    store_some(g + u, dn, n);
    store_some(g + ub + u, activation_gradient(gate, z, dh * (h - candidate)), n);
    store_some(g + 2 * ub + u, activation_gradient(gate, r, dn * product), n);
    store_some(g + 3 * ub + u, dn * r, n);
    store_some(row.dh + u, dh * z, n);
  });
}

// A GRU whose reset comes before the product: the update gate and the candidate; then, from the gradient of r * h, the reset.
template <bool usual>
KERNEL_INLINE void candidate_row(const GradientRow& row, int activation, int recurrent) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto candidate, size_t u, int n) __attribute__((always_inline)) {
    auto z = candidate, dh = candidate, h = candidate;
    load_to(&z, g + u, n);
    load_to(&candidate, g + 2 * ub + u, n);
    load_to(&dh, row.dh + u, n);
    load_to(&h, row.h_before + u, n);
    store_some(g + u, activation_gradient(gate, z, dh * (h - candidate)), n);
    store_some(g + 2 * ub + u, activation_gradient(act, candidate, dh * (1.0f - z)), n);
    store_some(row.dh + u, dh * z, n);
  });
}

// `dc` holds the gradient of r * h and is left with its share for h as it enters the product.
template <bool usual>
KERNEL_INLINE void reset_row(const GradientRow& row, int recurrent) {
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto r, size_t u, int n) __attribute__((always_inline)) {
    auto product = r, h = r;
    load_to(&r, g + ub + u, n);
    load_to(&product, row.dc + u, n);
    load_to(&h, row.h_before + u, n);
    store_some(g + ub + u, activation_gradient(gate, r, product * h), n);
    store_some(row.dc + u, product * r, n);
  });
}

KERNEL_INLINE void simple_row(const GradientRow& row, int activation) {
  for_groups<1>(row.units, [&](auto zeros, size_t u, int n) __attribute__((always_inline)) {
    auto h = zeros, dh = zeros;
    load_to(&h, row.gates + u, n);
    load_to(&dh, row.dh + u, n);
    store_some(row.gates + u, activation_gradient(activation, h, dh), n);
    store_some(row.dh + u, zeros, n);
  });
}

// out (+)= dG * V^T for the part of the kernel or the recurrent kernel V that feeds these gates.
void transposed_product(const CellLayout& layout, int feed, size_t units, const float* gates, size_t ld, const float* panels,
                        float* out, size_t stride, size_t rows, size_t columns, Start start) {
  if (whole_rows(layout, feed)) {
    multiply({gates, ld, false, {panels, nullptr}, gate_row(layout, units), out, stride, rows, columns, start, nullptr});
    return;
  }
  const size_t groups = layout.count[feed];
  for (size_t block = 0; block < block_count(units); block++) {
    const size_t ub = block_units(units, block);
    multiply({gates + block_column(layout, units, block) + layout.first[feed] * ub, ld, false,
              {panels + block_start(units, block) * groups * round_columns(columns), nullptr}, groups * ub, out, stride, rows, columns,
              block == 0 ? start : Start::accumulate, nullptr});
  }
}

struct Scratch {
  float *dh, *dh_product, *dc, *pending;  // pending: gradients of outputs that repeat an earlier one
};

Scratch scratch_of(const RecurrentBackward& p, size_t state) {
  return {p.scratch, p.scratch + state, p.scratch + 2 * state, p.scratch + 3 * state};
}

// What one step reads and writes.
struct StepView {
  const RecurrentBackward& p;
  const Recurrent& r;
  CellLayout layout;
  Scratch scratch;
  size_t s, t, ld, width;
  bool usual;
  float* gates;
  size_t before, after;  // the states' slots

  bool masked(size_t b) const { return r.mask != nullptr && r.mask[b * r.steps + t] == 0.0f; }
  GradientRow row(size_t b, size_t block) const {
    const size_t offset = b * width + block_start(r.units, block);
    GradientRow row = {};
    row.gates = gates + b * ld + block_column(layout, r.units, block);
    row.units = block_units(r.units, block);
    row.dh = scratch.dh + offset;
    row.h_before = r.h_plain + before + offset;
    if (r.cell == kLstm) {
      row.dc = scratch.dc + offset;
      row.c_before = r.c_state + before + offset;
      row.c_after = r.c_state + after + offset;
    }
    return row;
  }
};

// Adds the gradient of the output to that of the state. False for a masked step.
bool take_output_gradient(const StepView& v, size_t b, bool first_of_all) {
  const Recurrent& r = v.r;
  const float* dy = nullptr;
  if (v.p.dy_rows != nullptr) {
    dy = v.p.dy_rows + (v.s * r.batch + b) * v.p.dy_stride;
  } else if (v.p.dy != nullptr) {
    dy = v.p.dy + (b * r.steps + v.t) * v.p.dy_stride;
    if (!first_of_all) prefetch_row(r.reverse ? dy + v.p.dy_stride : dy - v.p.dy_stride, r.units);
  }
  if (v.masked(b)) {
    if (dy != nullptr && !r.zero_masked) add_row(dy, v.scratch.pending + b * v.width, r.units);
    zero_row(v.gates + b * v.ld, v.ld);
    return false;
  }
  if (dy == nullptr) return true;
  add_row(dy, v.scratch.dh + b * v.width, r.units);
  if (r.mask != nullptr && !r.zero_masked) {
    add_row(v.scratch.pending + b * v.width, v.scratch.dh + b * v.width, r.units);
    zero_row(v.scratch.pending + b * v.width, r.units);
  }
  return true;
}

void gradient_rows(const StepView& v, size_t b) {
  const Recurrent& r = v.r;
  for (size_t block = 0; block < block_count(r.units); block++) {
    const GradientRow row = v.row(b, block);
    if (r.cell == kLstm) {
      v.usual ? lstm_row<true>(row, 0, 0) : lstm_row<false>(row, r.activation, r.recurrent_activation);
    } else if (r.cell == kGru) {
      v.usual ? gru_row<true>(row, 0, 0) : gru_row<false>(row, r.activation, r.recurrent_activation);
    } else if (r.cell == kGruBefore) {
      v.usual ? candidate_row<true>(row, 0, 0) : candidate_row<false>(row, r.activation, r.recurrent_activation);
    } else {
      simple_row(row, r.activation);
    }
  }
}

// The gradient of r * h, and from it that of the reset gate; what reaches h by this way is left in dh_product.
void through_reset(const StepView& v) {
  const Recurrent& r = v.r;
  const float* panels = v.p.recurrent_panels + transposed_panels_size(v.layout, kRecurrentFeed, r.units, r.units);
  transposed_product(v.layout, kCandidateFeed, r.units, v.gates, v.ld, panels, v.scratch.dh_product, v.width, r.batch, r.units,
                     Start::zero);
  for (size_t b = 0; b < r.batch; b++) {
    if (v.masked(b)) continue;
    for (size_t block = 0; block < block_count(r.units); block++) {
      GradientRow row = v.row(b, block);
      const size_t offset = b * v.width + block_start(r.units, block);
      row.dc = v.scratch.dh_product + offset;
      row.h_before = r.h_input + v.before + offset;
      v.usual ? reset_row<true>(row, 0) : reset_row<false>(row, r.recurrent_activation);
    }
  }
}

// dh of the step before.
void through_product(const StepView& v) {
  const Recurrent& r = v.r;
  const Scratch& scratch = v.scratch;
  const bool apart = r.recurrent_dropout != nullptr || r.cell == kGruBefore;
  if (!apart) {
    // Without a mask the LSTM and the simple cell leave nothing in dh.
    const Start start = r.cell != kGru && r.mask == nullptr ? Start::zero : Start::accumulate;
    transposed_product(v.layout, kRecurrentFeed, r.units, v.gates, v.ld, v.p.recurrent_panels, scratch.dh, v.width, r.batch,
                       r.units, start);
    return;
  }
  transposed_product(v.layout, kRecurrentFeed, r.units, v.gates, v.ld, v.p.recurrent_panels, scratch.dh_product, v.width,
                     r.batch, r.units, r.cell == kGruBefore ? Start::accumulate : Start::zero);
  for (size_t b = 0; b < r.batch; b++) {
    float* product = scratch.dh_product + b * v.width;
    if (r.recurrent_dropout != nullptr) multiply_row(product, r.recurrent_dropout + b * r.units, product, r.units);
    add_row(product, scratch.dh + b * v.width, r.units);
  }
}

}  // namespace

size_t recurrent_backward_scratch(const Recurrent* r) { return 4 * r->batch * padded_stride(r->units); }

void input_gradient(int cell, size_t units, size_t inputs, const float* gates, const float* panels, size_t rows, float* out,
                    size_t stride, bool add) {
  const CellLayout layout = cell_layout(cell);
  transposed_product(layout, kKernelFeed, units, gates, padded_stride(gate_row(layout, units)), panels, out, stride, rows,
                     inputs, add ? Start::accumulate : Start::zero);
}

void recurrent_backward(const RecurrentBackward* parameters) {
  const RecurrentBackward& p = *parameters;
  const Recurrent& r = p.forward;
  const CellLayout layout = cell_layout(r.cell);
  const size_t ld = padded_stride(gate_row(layout, r.units));
  const size_t width = padded_stride(r.units), state = r.batch * width;
  const bool usual = r.activation == kTanhActivation && r.recurrent_activation == kSigmoidActivation;
  const Scratch scratch = scratch_of(p, state);
  const size_t walk_start = r.reverse ? r.steps - 1 : 0, walk_end = r.steps - 1 - walk_start;
  const auto holds = [&](size_t t) { return t >= r.first && t < r.first + r.count; };

  if (holds(walk_end))
    for (size_t b = 0; b < r.batch; b++) {
      zero_row(scratch.pending + b * width, width);
      zero_row(scratch.dh + b * width, width);
      zero_row(scratch.dc + b * width, width);
      if (p.dh != nullptr) copy_row(p.dh + b * r.units, scratch.dh + b * width, r.units);
      if (p.dc != nullptr) copy_row(p.dc + b * r.units, scratch.dc + b * width, r.units);
    }
  for (size_t i = r.count; i-- > 0;) {
    const size_t s = r.reverse ? r.count - 1 - i : i;
    const size_t t = r.first + s;
    const StepView v = {p,  r, layout, scratch, s, t, ld, width, usual, r.gates + s * r.batch * ld,
                        (r.reverse ? s + 1 : s) * state, (r.reverse ? s : s + 1) * state};
    for (size_t b = 0; b < r.batch; b++)
      if (take_output_gradient(v, b, t == walk_start)) gradient_rows(v, b);
    // Nothing before the first step is asked for, but the reset gate needs its own gradient.
    const bool last = t == walk_start && p.dh0 == nullptr;
    if (r.cell == kGruBefore) through_reset(v);
    if (!last) through_product(v);
  }
  if (p.dx_rows != nullptr) {
    input_gradient(r.cell, r.units, r.inputs, r.gates, p.kernel_panels, r.count * r.batch, p.dx_rows, p.dx_stride, false);
    if (p.dropout != nullptr)
      for (size_t row = 0; row < r.count * r.batch; row++)
        multiply_row(p.dx_rows + row * p.dx_stride, p.dropout + row % r.batch * r.inputs, p.dx_rows + row * p.dx_stride, r.inputs);
  }
  if (!holds(walk_start)) return;
  for (size_t b = 0; b < r.batch; b++) {
    if (p.dh0 != nullptr) copy_row(scratch.dh + b * width, p.dh0 + b * r.units, r.units);
    if (p.dc0 != nullptr) copy_row(scratch.dc + b * width, p.dc0 + b * r.units, r.units);
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
