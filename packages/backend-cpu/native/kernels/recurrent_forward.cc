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

// The gates of a GRU whose reset comes before the product, up to r * h; then its candidate.
template <bool usual>
KERNEL_INLINE void reset_row(const CellRow& row, int recurrent) {
  const int gate = usual ? static_cast<int>(kSigmoidActivation) : recurrent;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto z, size_t u, int n) __attribute__((always_inline)) {
    auto r = z, h = z;
    load_to(&z, g + u, n);
    store_some(g + u, activate(gate, z), n);
    load_to(&r, g + ub + u, n);
    r = activate(gate, r);
    store_some(g + ub + u, r, n);
    load_to(&h, row.h_before + u, n);
    store_some(row.h_after + u, r * h, n);
  });
}

template <bool usual>
KERNEL_INLINE void candidate_row(const CellRow& row, int activation) {
  const int act = usual ? static_cast<int>(kTanhActivation) : activation;
  float* g = row.gates;
  const size_t ub = row.units;
  for_groups<usual ? kGroup : 1>(ub, [&](auto candidate, size_t u, int n) __attribute__((always_inline)) {
    auto z = candidate, h = candidate;
    load_to(&candidate, g + 2 * ub + u, n);
    candidate = activate(act, candidate);
    store_some(g + 2 * ub + u, candidate, n);
    load_to(&z, g + u, n);
    load_to(&h, row.h_before + u, n);
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

// What one step of a walk reads and writes.
struct StepView {
  const Recurrent& r;
  CellLayout layout;
  size_t t, ld, width;
  bool usual, walk_starts, walk_ends;
  float* gates;
  const float *h_input, *h_before, *c_before;
  float *h_after, *c_after, *reset;

  bool masked(size_t b) const { return r.mask != nullptr && r.mask[b * r.steps + t] == 0.0f; }
  CellRow row(size_t b, size_t block) const {
    const size_t offset = b * width + block_start(r.units, block);
    CellRow row = {};
    row.gates = gates + b * ld + block_column(layout, r.units, block);
    row.units = block_units(r.units, block);
    row.keep = r.training;
    if (c_after != nullptr) {
      row.c_before = c_before + offset;
      row.c_after = c_after + offset;
    }
    row.h_before = h_before + offset;
    row.h_after = h_after + offset;
    return row;
  }
};

// gates += from * recurrent kernel, for one block.
void recurrent_product(const StepView& v, int feed, const float* from, size_t block) {
  const size_t units = v.r.units, ub = block_units(units, block), groups = v.layout.count[feed];
  size_t offset = units * block_start(units, block) * groups;
  if (feed == kCandidateFeed) offset += panels_size(units, v.layout.count[kRecurrentFeed], units);
  float* gates = v.gates + block_column(v.layout, units, block) + v.layout.first[feed] * ub;
  multiply({from, v.width, false, panels_at(v.r.recurrent_panels, offset), units, gates, v.ld, v.r.batch,
            v.r.cell == kGruBefore ? groups * ub : gate_columns(groups, ub), Start::accumulate, nullptr,
            block + 1 < block_count(units)});
}

void keep_states(const StepView& v, size_t b, size_t block) {
  const CellRow row = v.row(b, block);
  copy_row(row.h_before, row.h_after, row.units);
  if (row.c_after != nullptr) copy_row(row.c_before, row.c_after, row.units);
}

void step_block(const StepView& v, size_t block) {
  const Recurrent& r = v.r;
  for (size_t b = 0; b < r.batch; b++) {
    if (v.masked(b)) {
      keep_states(v, b, block);
      continue;
    }
    const CellRow row = v.row(b, block);
    if (r.cell == kLstm) {
      v.usual ? lstm_row<true>(row, 0, 0) : lstm_row<false>(row, r.activation, r.recurrent_activation);
    } else if (r.cell == kGru) {
      v.usual ? gru_row<true>(row, 0, 0) : gru_row<false>(row, r.activation, r.recurrent_activation);
    } else {
      simple_row(row, r.activation);
    }
  }
}

// Update and reset gate of a GRU whose reset comes before the product, and r * h.
void reset_block(const StepView& v, size_t block) {
  const Recurrent& r = v.r;
  for (size_t b = 0; b < r.batch; b++) {
    CellRow row = v.row(b, block);
    const size_t offset = b * v.width + block_start(r.units, block);
    row.h_before = v.h_input + offset;
    row.h_after = v.reset + offset;
    if (v.masked(b)) {
      zero_row(row.h_after, row.units);
    } else {
      v.usual ? reset_row<true>(row, 0) : reset_row<false>(row, r.recurrent_activation);
    }
  }
}

void candidate_block(const StepView& v, size_t block) {
  for (size_t b = 0; b < v.r.batch; b++) {
    if (v.masked(b)) {
      keep_states(v, b, block);
      continue;
    }
    const CellRow row = v.row(b, block);
    v.usual ? candidate_row<true>(row, 0) : candidate_row<false>(row, v.r.activation);
  }
}

void start_states(const Recurrent& r, size_t width, size_t slot) {
  const size_t first = slot * r.batch * width;
  for (size_t b = 0; b < r.batch; b++) {
    float* h = r.h_plain + first + b * width;
    if (r.h0 != nullptr) {
      copy_row(r.h0 + b * r.units, h, r.units);
    } else {
      zero_row(h, r.units);
    }
    if (r.recurrent_dropout != nullptr)
      multiply_row(h, r.recurrent_dropout + b * r.units, r.h_input + first + b * width, r.units);
    if (r.cell != kLstm) continue;
    if (r.c0 != nullptr) {
      copy_row(r.c0 + b * r.units, r.c_state + first + b * width, r.units);
    } else {
      zero_row(r.c_state + first + b * width, r.units);
    }
  }
}

// What follows once the new state is there: the state as the next step takes it, and the output. For some blocks' units.
void finish_step(const StepView& v, float* h_input_after, Blocks blocks) {
  const Recurrent& r = v.r;
  const size_t first = block_start(r.units, blocks.first), end = block_start(r.units, blocks.end);
  const size_t n = end - first;
  for (size_t b = 0; b < r.batch; b++) {
    const float* h = v.h_after + b * v.width + first;
    if (r.recurrent_dropout != nullptr)
      multiply_row(h, r.recurrent_dropout + b * r.units + first, h_input_after + b * v.width + first, n);
    if (r.y == nullptr) continue;
    float* y = r.y + (b * r.steps + v.t) * r.y_stride + first;
    if (!v.walk_ends) prefetch_written_row(r.reverse ? y - r.y_stride : y + r.y_stride, n);
    if (!v.masked(b)) {
      copy_row(h, y, n);
    } else if (r.zero_masked || v.walk_starts) {
      zero_row(y, n);
    } else {
      copy_row(r.reverse ? y + r.y_stride : y - r.y_stride, y, n);
    }
  }
}

// The first step of the walk, and the last.
size_t walk_start(const Recurrent& r) { return r.reverse ? r.steps - 1 : 0; }
size_t walk_end(const Recurrent& r) { return r.reverse ? 0 : r.steps - 1; }
bool holds(const Recurrent& r, size_t t) { return t >= r.first && t < r.first + r.count; }

}  // namespace

void recurrent_project(const Recurrent* parameters, size_t rows, Blocks blocks) {
  const Recurrent& r = *parameters;
  const CellLayout layout = cell_layout(r.cell);
  const size_t ld = padded_stride(gate_row(layout, r.units));
  const size_t groups = layout.count[kKernelFeed];
  for (size_t block = blocks.first; block < blocks.end; block++) {
    const size_t ub = block_units(r.units, block);
    const size_t column = block_column(layout, r.units, block) + layout.first[kKernelFeed] * ub;
    multiply({r.x_rows, r.x_stride, false, panels_at(r.kernel_panels, r.inputs * block_start(r.units, block) * groups), r.inputs,
              r.gates + column, ld, rows, gate_columns(groups, ub), Start::bias, r.bias + column, block + 1 < blocks.end});
    if (r.cell != kGru) continue;
    // The recurrent share of the candidate starts from its own bias.
    const size_t own = block_column(layout, r.units, block) + 3 * ub;
    for (size_t row = 0; row < rows; row++) copy_row(r.bias + own, r.gates + row * ld + own, ub);
  }
}

void recurrent_start(const Recurrent* parameters) {
  const Recurrent& r = *parameters;
  const size_t width = padded_stride(r.units);
  if (holds(r, walk_start(r))) start_states(r, width, r.reverse ? r.count : 0);
  if (r.tokens == nullptr) return;
  const size_t row = gate_row(cell_layout(r.cell), r.units), ld = padded_stride(row);
  for (size_t s = 0; s < r.count; s++)
    for (size_t b = 0; b < r.batch; b++)
      copy_row(r.token_gates + static_cast<size_t>(r.tokens[b * r.steps + r.first + s]) * ld,
               r.gates + (s * r.batch + b) * ld, row);
}

// One of so many parts of the units, as even as whole blocks allow.
Blocks recurrent_part(size_t units, size_t parts, size_t part) {
  const auto border = [&](size_t i) {
    size_t block = 0;
    while (2 * units * i > parts * (block_start(units, block) + block_start(units, block + 1))) block++;
    return block;
  };
  return {border(part), part + 1 == parts ? block_count(units) : border(part + 1)};
}

int recurrent_phases(int cell) { return cell == kGruBefore ? 2 : 1; }

void recurrent_step(const Recurrent* parameters, size_t i, int phase, Blocks blocks) {
  const Recurrent& r = *parameters;
  const CellLayout layout = cell_layout(r.cell);
  const size_t ld = padded_stride(gate_row(layout, r.units)), width = padded_stride(r.units), state = r.batch * width;
  const size_t s = r.reverse ? r.count - 1 - i : i, t = r.first + s;
  const size_t before = (r.reverse ? s + 1 : s) * state, after = (r.reverse ? s : s + 1) * state;
  const StepView v = {r,
                      layout,
                      t,
                      ld,
                      width,
                      r.activation == kTanhActivation && r.recurrent_activation == kSigmoidActivation,
                      t == walk_start(r),
                      t == walk_end(r),
                      r.gates + s * r.batch * ld,
                      r.h_input + before,
                      r.h_plain + before,
                      r.cell == kLstm ? r.c_state + before : nullptr,
                      r.h_plain + after,
                      r.cell == kLstm ? r.c_state + after : nullptr,
                      r.cell == kGruBefore ? r.reset + (r.training ? s * state : 0) : nullptr};
  const bool zero_state = v.walk_starts && r.h0 == nullptr;
  for (size_t block = blocks.first; block < blocks.end; block++) {
    if (r.cell != kGruBefore) {
      if (!zero_state) recurrent_product(v, kRecurrentFeed, v.h_input, block);
      step_block(v, block);
    } else if (phase == 0) {
      if (!zero_state) recurrent_product(v, kRecurrentFeed, v.h_input, block);
      reset_block(v, block);
    } else {
      if (!zero_state) recurrent_product(v, kCandidateFeed, v.reset, block);
      candidate_block(v, block);
    }
  }
  if (phase + 1 == recurrent_phases(r.cell)) finish_step(v, r.h_input + after, blocks);
}

void recurrent_end(const Recurrent* parameters) {
  const Recurrent& r = *parameters;
  if (!holds(r, walk_end(r))) return;
  const size_t width = padded_stride(r.units), state = r.batch * width;
  for (size_t b = 0; b < r.batch; b++) {
    const size_t offset = (r.reverse ? 0 : r.count * state) + b * width;
    if (r.h != nullptr) copy_row(r.h_plain + offset, r.h + b * r.units, r.units);
    if (r.c != nullptr && r.cell == kLstm) copy_row(r.c_state + offset, r.c + b * r.units, r.units);
  }
}

void recurrent_forward(const Recurrent* r) {
  const Blocks all = {0, block_count(r->units)};
  recurrent_start(r);
  if (r->tokens == nullptr) recurrent_project(r, r->count * r->batch, all);
  for (size_t i = 0; i < r->count; i++)
    for (int phase = 0; phase < recurrent_phases(r->cell); phase++) recurrent_step(r, i, phase, all);
  recurrent_end(r);
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
