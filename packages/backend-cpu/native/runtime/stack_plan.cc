#include "stack_plan.h"

namespace lstm_native {

namespace {

// A slice per thread, but none of fewer than 8 rows, and one only for work that is over before a thread has woken.
size_t slice_count(const Context& context, const Stack& stack) {
  double work = 0;
  for (const StackUnit& u : stack.units)
    work += 2.0 * static_cast<double>(stack.batch) * static_cast<double>(stack.steps) *
            static_cast<double>(gates_of(u.cell) * u.units) * static_cast<double>(u.inputs + u.units);
  if (work < 1e7) return 1;
  return std::max<size_t>(1, std::min(context.pool->threads(), stack.batch / 8));
}

}  // namespace

StackPlan::StackPlan(const Context& c, const Stack& s, size_t slices_wanted) : context(c), stack(s) {
  const std::vector<StackUnit>& units = stack.units;
  for (size_t i = 0; i < units.size(); i++) {
    layouts.emplace_back();
    context.kernels->recurrent_layout(units[i].cell, units[i].inputs, units[i].units, &layouts.back());
    if (units[i].layer == first_of_.size()) first_of_.push_back(i);
  }
  layers = first_of_.size();
  first_of_.push_back(units.size());
  for (size_t layer = 0; layer < layers; layer++) {
    const size_t unit = first_unit(layer);
    const bool alone = unit_count(layer) > 1 || units[unit].reverse;
    if (alone || groups.empty() || groups.back().alone || !takes_states(layer)) {
      groups.push_back({unit, first_of_[layer + 1], alone});
    } else {
      groups.back().end_unit = first_of_[layer + 1];
    }
  }
  const size_t count = slices_wanted == 0 ? slice_count(context, stack) : slices_wanted;
  for (size_t i = 0; i < count; i++) {
    const size_t start = stack.batch * i / count;
    slices.push_back({start, stack.batch * (i + 1) / count - start});
  }
  const size_t largest = (stack.batch + count - 1) / count;
  chunk = std::min(stack.steps, std::max<size_t>(1, layouts[0].chunk_rows / largest));
  token_gates = stack.tokens != nullptr && stack.vocabulary < stack.batch * stack.steps;
  for (size_t unit = 0; unit < first_of_[1]; unit++)
    if (units[unit].dropout != nullptr) token_gates = false;
}

size_t StackPlan::width(size_t layer) const {
  size_t total = 0;
  for (size_t unit = first_of_[layer]; unit < first_of_[layer + 1]; unit++) total += stack.units[unit].units;
  return total;
}

size_t StackPlan::column(size_t unit) const {
  size_t total = 0;
  for (size_t i = first_of_[stack.units[unit].layer]; i < unit; i++) total += stack.units[i].units;
  return total;
}

Rows StackPlan::rows(size_t stride, size_t extra, bool all) const {
  Rows rows;
  rows.stride = stride;
  rows.steps = (all ? stack.steps : chunk) + extra;
  rows.all = all;
  return rows;
}

size_t StackPlan::floats(const Rows& rows) const { return stack.batch * rows.steps * rows.stride + kPad; }

StackSaved StackPlan::kept(bool training) const {
  StackSaved kept;
  kept.slices = slices.size();
  kept.units.resize(stack.units.size());
  kept.layer_rows.resize(layers);
  for (const Group& group : groups) {
    const bool every = training || group.alone;
    for (size_t unit = group.first_unit; unit < group.end_unit; unit++) {
      const StackUnit& u = stack.units[unit];
      const RecurrentLayout& layout = layouts[unit];
      UnitSaved& own = kept.units[unit];
      // The layer above takes all steps at once when it stands alone.
      const bool last_of_group = unit + 1 == group.end_unit && unit + 1 < stack.units.size();
      const bool every_state = every || last_of_group;
      own.gates = rows(layout.gate_stride, 0, training);
      own.h_input = rows(layout.state_stride, 1, u.recurrent_dropout == nullptr ? every_state : every);
      if (u.recurrent_dropout != nullptr) own.h_plain = rows(layout.state_stride, 1, every_state);
      if (u.cell == kLstm) own.c_state = rows(layout.state_stride, 1, every);
      if (u.cell == kGruBefore) own.reset = rows(layout.state_stride, 0, training);
      if (u.dropout != nullptr) own.own_rows = rows(layout.input_stride, 0, training);
      const bool needs_rows = u.layer == 0 ? !token_gates : !takes_states(u.layer);
      if (needs_rows) kept.layer_rows[u.layer] = rows(layout.input_stride, 0, every);
    }
  }
  return kept;
}

Recurrent StackPlan::range_of(size_t unit, const Slice& slice, size_t first, size_t count, const UnitSaved& rows) const {
  const StackUnit& u = stack.units[unit];
  const RecurrentLayout& layout = layouts[unit];
  const auto part = [&](const float* p, size_t row) { return p == nullptr ? nullptr : p + slice.start * row; };
  const auto at = [&](const Rows& r) { return r.block.data() == nullptr ? nullptr : r.at(slice.start, slice.batch, first); };
  Recurrent r = {};
  r.cell = u.cell;
  r.activation = u.activation;
  r.recurrent_activation = u.cell == kSimpleRnn ? static_cast<int>(kLinearActivation) : u.recurrent_activation;
  r.reverse = u.reverse;
  r.zero_masked = u.zero_masked;
  r.batch = slice.batch;
  r.steps = stack.steps;
  r.inputs = u.inputs;
  r.units = u.units;
  r.first = first;
  r.count = count;
  r.x_stride = layout.input_stride;
  r.mask = part(stack.mask, stack.steps);
  r.recurrent_dropout = part(u.recurrent_dropout, u.units);
  r.h0 = part(u.h0, u.units);
  r.c0 = part(u.c0, u.units);
  r.gates = at(rows.gates);
  r.h_input = at(rows.h_input);
  r.h_plain = u.recurrent_dropout == nullptr ? r.h_input : at(rows.h_plain);
  r.c_state = at(rows.c_state);
  r.reset = at(rows.reset);
  return r;
}

}  // namespace lstm_native
