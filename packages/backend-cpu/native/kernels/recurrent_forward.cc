#include "functions.h"
#include "activations.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

// Where one row of a step reads and writes; unit offsets are relative to the block.
struct CellRow {
  float* gates;
  size_t units;      // of the block
  const float* c_before;
  float* c_after;
  const float* h_before;
  float* h_after;
  bool keep;         // store the activated gates for backward
};

template <bool usual>
KERNEL_INLINE void lstm_row(const CellRow& row, int activation, int recurrent) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto i, size_t u, int n) __attribute__((always_inline)) {
    auto f = i, candidate = i, o = i, c = i;
    load_to(&i, g + u, n);
    i = activate(gate, i);
    load_to(&candidate, g + 2 * ub + u, n);
    candidate = activate(act, candidate);
    if (row.keep) {
      store_some(g + u, i, n);
      store_some(g + 2 * ub + u, candidate, n);
    }
    load_to(&f, g + ub + u, n);
    f = activate(gate, f);
    if (row.keep) store_some(g + ub + u, f, n);
    load_to(&c, row.c_before + u, n);
    c = f * c + i * candidate;
    store_some(row.c_after + u, c, n);
    load_to(&o, g + 3 * ub + u, n);
    o = activate(gate, o);
    if (row.keep) store_some(g + 3 * ub + u, o, n);
    store_some(row.h_after + u, o * activate(act, c), n);
  });
}

template <bool usual>
KERNEL_INLINE void gru_row(const CellRow& row, int activation, int recurrent) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto z, size_t u, int n) __attribute__((always_inline)) {
    auto r = z, candidate = z, product = z, h = z;
    load_to(&candidate, g + u, n);
    load_to(&z, g + ub + u, n);
    load_to(&r, g + 2 * ub + u, n);
    load_to(&product, g + 3 * ub + u, n);
    load_to(&h, row.h_before + u, n);
    r = activate(gate, r);
    z = activate(gate, z);
    candidate = activate(act, candidate + r * product);
    if (row.keep) {
      store_some(g + u, candidate, n);
      store_some(g + ub + u, z, n);
      store_some(g + 2 * ub + u, r, n);
    }
    store_some(row.h_after + u, z * h + (1.0f - z) * candidate, n);
  });
}

KERNEL_INLINE void simple_row(const CellRow& row, int activation) {
  for_groups<1>(row.units, [&](auto h, size_t u, int n) __attribute__((always_inline)) {
    load_to(&h, row.gates + u, n);
    h = activate(activation, h);
    if (row.keep) store_some(row.gates + u, h, n);
    store_some(row.h_after + u, h, n);
  });
}

struct Sizes {
  CellLayout layout;
  RecurrentLayout out;
  size_t time(const Recurrent& r, size_t step) const { return r.reverse ? r.steps - 1 - step : step; }
};

void project(const Recurrent& r, const Sizes& sizes, size_t step, size_t count, float* gates) {
  const size_t rows = count * r.batch;
  gather_input_rows(&r, step, count, r.x_rows);
  for (size_t block = 0; block < sizes.out.blocks; block++) {
    const size_t ub = block_units(r.units, block);
    const size_t column = block_column(sizes.layout, block) + sizes.layout.kernel_first * ub;
    const size_t columns = gate_columns(sizes.layout.kernel_groups, ub);
    const float* panels = r.kernel_panels + r.inputs * block * kBlockUnits * sizes.layout.kernel_groups;
    multiply({r.x_rows, sizes.out.input_stride, false, panels, r.inputs, gates + column, sizes.out.gate_stride, rows,
              columns, Start::bias, r.bias + column});
    if (r.cell != kGru) continue;
    // The recurrent share of the candidate starts from its own bias.
    const size_t own = block_column(sizes.layout, block) + 3 * ub;
    for (size_t row = 0; row < rows; row++) copy_row(r.bias + own, gates + row * sizes.out.gate_stride + own, ub);
  }
}

}  // namespace

// Time-major rows of steps [step, step + count) in walking order; rows of masked steps are zero, whatever they held.
void gather_input_rows(const Recurrent* r, size_t step, size_t count, float* out) {
  const size_t stride = padded_stride(r->inputs);
  for (size_t b = 0; b < r->batch; b++) {
    for (size_t s = 0; s < count; s++) {
      const size_t t = r->reverse ? r->steps - 1 - (step + s) : step + s;
      float* to = out + (s * r->batch + b) * stride;
      const float* from = r->x + (b * r->steps + t) * r->inputs;
      if (r->mask != nullptr && r->mask[b * r->steps + t] == 0.0f) {
        zero_row(to, r->inputs);
      } else if (r->dropout != nullptr) {
        multiply_row(from, r->dropout + b * r->inputs, to, r->inputs);
      } else {
        copy_row(from, to, r->inputs);
      }
    }
  }
}

void recurrent_forward(const Recurrent* parameters) {
  const Recurrent& r = *parameters;
  Sizes sizes;
  sizes.layout = cell_layout(r.cell);
  recurrent_layout(r.cell, r.inputs, r.units, &sizes.out);
  const size_t ld = sizes.out.gate_stride;
  const size_t state = r.batch * sizes.out.state_stride;
  const size_t width = sizes.out.state_stride;
  const bool usual = r.activation == kTanhActivation && r.recurrent_activation == kSigmoidActivation;
  const auto at = [&](size_t step) { return r.training ? step : step & 1; };

  for (size_t b = 0; b < r.batch; b++) {
    float* h = r.h_plain + b * width;
    if (r.h0 != nullptr) {
      copy_row(r.h0 + b * r.units, h, r.units);
    } else {
      zero_row(h, r.units);
    }
    if (r.recurrent_dropout != nullptr)
      multiply_row(h, r.recurrent_dropout + b * r.units, r.h_input + b * width, r.units);
    if (r.cell != kLstm) continue;
    if (r.c0 != nullptr) {
      copy_row(r.c0 + b * r.units, r.c_state + b * width, r.units);
    } else {
      zero_row(r.c_state + b * width, r.units);
    }
  }

  size_t chunk = kChunkRows / r.batch;
  if (chunk == 0) chunk = 1;
  for (size_t first = 0; first < r.steps; first += chunk) {
    const size_t count = first + chunk < r.steps ? chunk : r.steps - first;
    float* gates_of_chunk = r.training ? r.gates + first * r.batch * ld : r.gates;
    project(r, sizes, first, count, gates_of_chunk);
    for (size_t s = 0; s < count; s++) {
      const size_t step = first + s;
      const size_t t = sizes.time(r, step);
      float* gates = gates_of_chunk + s * r.batch * ld;
      const float* h_input = r.h_input + at(step) * state;
      const float* h_before = r.h_plain + at(step) * state;
      float* h_after = r.h_plain + at(step + 1) * state;
      const float* c_before = r.cell == kLstm ? r.c_state + at(step) * state : nullptr;
      float* c_after = r.cell == kLstm ? r.c_state + at(step + 1) * state : nullptr;
      const bool skip_product = step == 0 && r.h0 == nullptr;  // zero state
      for (size_t block = 0; block < sizes.out.blocks; block++) {
        const size_t ub = block_units(r.units, block);
        const size_t u0 = block * kBlockUnits;
        const size_t column = block_column(sizes.layout, block);
        if (!skip_product) {
          const size_t from = column + sizes.layout.recurrent_first * ub;
          multiply({h_input, width, false, r.recurrent_panels + r.units * u0 * sizes.layout.recurrent_groups, r.units,
                    gates + from, ld, r.batch, gate_columns(sizes.layout.recurrent_groups, ub), Start::accumulate,
                    nullptr});
        }
        for (size_t b = 0; b < r.batch; b++) {
          const size_t offset = b * width + u0;
          if (r.mask != nullptr && r.mask[b * r.steps + t] == 0.0f) {
            copy_row(h_before + offset, h_after + offset, ub);
            if (c_after != nullptr) copy_row(c_before + offset, c_after + offset, ub);
            continue;
          }
          CellRow row = {};
          row.gates = gates + b * ld + column;
          row.units = ub;
          if (c_after != nullptr) {
            row.c_before = c_before + offset;
            row.c_after = c_after + offset;
          }
          row.h_before = h_before + offset;
          row.h_after = h_after + offset;
          row.keep = r.training;
          if (r.cell == kLstm) {
            usual ? lstm_row<true>(row, 0, 0) : lstm_row<false>(row, r.activation, r.recurrent_activation);
          } else if (r.cell == kGru) {
            usual ? gru_row<true>(row, 0, 0) : gru_row<false>(row, r.activation, r.recurrent_activation);
          } else {
            simple_row(row, r.activation);
          }
        }
      }
      for (size_t b = 0; b < r.batch; b++) {
        const float* h = h_after + b * width;
        if (r.recurrent_dropout != nullptr)
          multiply_row(h, r.recurrent_dropout + b * r.units, r.h_input + at(step + 1) * state + b * width, r.units);
        if (r.y == nullptr) continue;
        float* y = r.y + (b * r.steps + t) * r.units;
        if (step + 1 < r.steps) prefetch_written_row(r.reverse ? y - r.units : y + r.units, r.units);
        if (r.mask == nullptr || r.mask[b * r.steps + t] != 0.0f) {
          copy_row(h, y, r.units);
        } else if (r.zero_masked || step == 0) {
          zero_row(y, r.units);
        } else {
          copy_row(r.y + (b * r.steps + sizes.time(r, step - 1)) * r.units, y, r.units);
        }
      }
    }
  }
  for (size_t b = 0; b < r.batch; b++) {
    const size_t offset = at(r.steps) * state + b * width;
    if (r.h != nullptr) copy_row(r.h_plain + offset, r.h + b * r.units, r.units);
    if (r.c != nullptr && r.cell == kLstm) copy_row(r.c_state + offset, r.c + b * r.units, r.units);
  }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
