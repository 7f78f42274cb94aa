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

KERNEL_INLINE void simple_row(const GradientRow& row, int activation) {
  for_groups<1>(row.units, [&](auto zeros, size_t u, int n) __attribute__((always_inline)) {
    auto h = zeros, dh = zeros;
    load_to(&h, row.gates + u, n);
    load_to(&dh, row.dh + u, n);
    store_some(row.gates + u, activation_gradient(activation, h, dh), n);
    store_some(row.dh + u, zeros, n);
  });
}

// out (+)= dG * V^T for the kernel or the recurrent kernel V.
void transposed_product(const CellLayout& layout, size_t units, bool recurrent, const float* gates, size_t ld,
                        const float* panels, float* out, size_t stride, size_t rows, size_t columns, Start start) {
  if (whole_rows(layout)) {
    multiply({gates, ld, false, panels, gate_row(layout, units), out, stride, rows, columns, start, nullptr});
    return;
  }
  const size_t groups = recurrent ? layout.recurrent_groups : layout.kernel_groups;
  for (size_t block = 0; block < block_count(units); block++) {
    const size_t ub = block_units(units, block);
    const size_t column = block_column(layout, block) + (recurrent ? layout.recurrent_first : layout.kernel_first) * ub;
    multiply({gates + column, ld, false, panels + block * kBlockUnits * groups * round_columns(columns), groups * ub, out,
              stride, rows, columns, block == 0 ? start : Start::accumulate, nullptr});
  }
}

// Rows of dx for steps [first, first + count): zero where masked, times the dropout mask.
void scatter_input_gradient(const Recurrent& r, size_t first, size_t count, const float* rows, size_t stride, float* dx) {
  for (size_t b = 0; b < r.batch; b++) {
    for (size_t s = 0; s < count; s++) {
      const size_t t = r.reverse ? r.steps - 1 - (first + s) : first + s;
      const float* from = rows + (s * r.batch + b) * stride;
      float* to = dx + (b * r.steps + t) * r.inputs;
      if (r.mask != nullptr && r.mask[b * r.steps + t] == 0.0f) {
        zero_row(to, r.inputs);
      } else if (r.dropout != nullptr) {
        multiply_row(from, r.dropout + b * r.inputs, to, r.inputs);
      } else {
        copy_row(from, to, r.inputs);
      }
    }
  }
}

}  // namespace

size_t recurrent_backward_scratch(const Recurrent* r) {
  size_t chunk = kChunkRows / r->batch;
  if (chunk == 0) chunk = 1;
  return 4 * r->batch * padded_stride(r->units) + chunk * r->batch * padded_stride(r->inputs) + 2 * kPanelColumns;
}

void recurrent_backward(const RecurrentBackward* parameters) {
  const RecurrentBackward& p = *parameters;
  const Recurrent& r = p.forward;
  const CellLayout layout = cell_layout(r.cell);
  const size_t ld = padded_stride(gate_row(layout, r.units));
  const size_t width = padded_stride(r.units);
  const size_t state = r.batch * width;
  const size_t input_stride = padded_stride(r.inputs);
  const bool usual = r.activation == kTanhActivation && r.recurrent_activation == kSigmoidActivation;
  float* dh = p.scratch;
  float* dh_product = dh + state;
  float* dc = dh_product + state;
  float* pending = dc + state;  // gradients of outputs that repeat an earlier one
  float* dx_rows = pending + state;

  for (size_t b = 0; b < r.batch; b++) {
    zero_row(pending + b * width, width);
    zero_row(dh + b * width, width);
    zero_row(dc + b * width, width);
    if (p.dh != nullptr) copy_row(p.dh + b * r.units, dh + b * width, r.units);
    if (p.dc != nullptr) copy_row(p.dc + b * r.units, dc + b * width, r.units);
  }

  size_t chunk = kChunkRows / r.batch;
  if (chunk == 0) chunk = 1;
  for (size_t end = r.steps; end > 0;) {
    const size_t first = (end - 1) / chunk * chunk;
    for (size_t step = end; step-- > first;) {
      const size_t t = r.reverse ? r.steps - 1 - step : step;
      float* gates = r.gates + step * r.batch * ld;
      for (size_t b = 0; b < r.batch; b++) {
        const bool masked = r.mask != nullptr && r.mask[b * r.steps + t] == 0.0f;
        const float* dy = p.dy == nullptr ? nullptr : p.dy + (b * r.steps + t) * r.units;
        float* row_dh = dh + b * width;
        if (dy != nullptr && step > 0) prefetch_row(r.reverse ? dy + r.units : dy - r.units, r.units);
        if (masked) {
          if (dy != nullptr && !r.zero_masked) add_row(dy, pending + b * width, r.units);
          zero_row(gates + b * ld, ld);
          continue;
        }
        if (dy != nullptr) {
          add_row(dy, row_dh, r.units);
          if (r.mask != nullptr && !r.zero_masked) {
            add_row(pending + b * width, row_dh, r.units);
            zero_row(pending + b * width, r.units);
          }
        }
        for (size_t block = 0; block < block_count(r.units); block++) {
          const size_t offset = b * width + block * kBlockUnits;
          GradientRow row = {};
          row.gates = gates + b * ld + block_column(layout, block);
          row.units = block_units(r.units, block);
          row.dh = dh + offset;
          if (r.cell == kLstm) {
            row.dc = dc + offset;
            row.c_before = r.c_state + step * state + offset;
            row.c_after = r.c_state + (step + 1) * state + offset;
            usual ? lstm_row<true>(row, 0, 0) : lstm_row<false>(row, r.activation, r.recurrent_activation);
          } else if (r.cell == kGru) {
            row.h_before = r.h_plain + step * state + offset;
            usual ? gru_row<true>(row, 0, 0) : gru_row<false>(row, r.activation, r.recurrent_activation);
          } else {
            simple_row(row, r.activation);
          }
        }
      }
      if (step == 0 && p.dh0 == nullptr) continue;
      if (r.recurrent_dropout == nullptr) {
        // Without a mask the LSTM and the simple cell leave nothing in dh.
        const Start start = r.cell != kGru && r.mask == nullptr ? Start::zero : Start::accumulate;
        transposed_product(layout, r.units, true, gates, ld, p.recurrent_panels, dh, width, r.batch, r.units, start);
        continue;
      }
      transposed_product(layout, r.units, true, gates, ld, p.recurrent_panels, dh_product, width, r.batch, r.units,
                         Start::zero);
      for (size_t b = 0; b < r.batch; b++) {
        multiply_row(dh_product + b * width, r.recurrent_dropout + b * r.units, dh_product + b * width, r.units);
        add_row(dh_product + b * width, dh + b * width, r.units);
      }
    }
    const size_t count = end - first;
    if (p.dx != nullptr) {
      transposed_product(layout, r.units, false, r.gates + first * r.batch * ld, ld, p.kernel_panels, dx_rows,
                         input_stride, count * r.batch, r.inputs, Start::zero);
      scatter_input_gradient(r, first, count, dx_rows, input_stride, p.dx);
    }
    if (p.all_x_rows != nullptr)
      gather_input_rows(&r, first, count, p.all_x_rows + first * r.batch * input_stride);
    end = first;
  }
  for (size_t b = 0; b < r.batch; b++) {
    if (p.dh0 != nullptr) copy_row(dh + b * width, p.dh0 + b * r.units, r.units);
    if (p.dc0 != nullptr) copy_row(dc + b * width, p.dc0 + b * r.units, r.units);
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
