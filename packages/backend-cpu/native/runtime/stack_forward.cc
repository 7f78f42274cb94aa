#include <cstring>
#include <utility>

#include "lockstep.h"
#include "stack_plan.h"

namespace lstm_native {

PackedPanels::PackedPanels(const KernelTable& kernels, Block wide, size_t floats, size_t depth, bool narrow)
    : block_(std::move(wide)) {
  if (!narrow || depth % 2 != 0) {
    if (narrow) kernels.round_to_bfloat16(block_.data(), block_.data(), floats);
    panels_.wide = block_.data();
    return;
  }
  Block half((floats + 1) / 2 + kPad);
  uint16_t* to = reinterpret_cast<uint16_t*>(half.data());
  kernels.narrow(block_.data(), floats, to);
  panels_.narrow = to;
  block_ = std::move(half);
}

RecurrentWeights pack_weights(const Context& context, const StackUnit& unit, Narrow narrow) {
  RecurrentLayout layout;
  context.kernels->recurrent_layout(unit.cell, unit.inputs, unit.units, &layout);
  Block kernel(layout.kernel_panels + kPad), recurrent(layout.recurrent_panels + kPad);
  RecurrentWeights weights;
  weights.bias = Block(layout.bias + kPad);
  context.pool->run(layout.blocks, [&](size_t block) {
    context.kernels->pack_recurrent(unit.cell, unit.kernel, unit.recurrent_kernel, unit.bias, unit.inputs, unit.units, block,
                                    kernel.data(), recurrent.data(), weights.bias.data());
  });
  weights.kernel = PackedPanels(*context.kernels, std::move(kernel), layout.kernel_panels, unit.inputs, narrow.kernel);
  weights.recurrent = PackedPanels(*context.kernels, std::move(recurrent), layout.recurrent_panels, unit.units, narrow.recurrent);
  return weights;
}

namespace {

template <class Body>
void each_rows(StackSaved& saved, const Body& body) {
  const auto visit = [&](Rows& rows) {
    if (rows.stride > 0) body(rows);
  };
  for (UnitSaved& unit : saved.units)
    for (Rows* rows : {&unit.gates, &unit.h_input, &unit.h_plain, &unit.c_state, &unit.reset, &unit.own_rows}) visit(*rows);
  for (Rows& rows : saved.layer_rows) visit(rows);
}

class Forward {
 public:
  Forward(const StackPlan& plan, const std::vector<const RecurrentWeights*>& weights, const StackOutput& output, bool training,
          StackSaved* saved)
      : plan_(plan), stack_(plan.stack), weights_(weights), output_(output), training_(training), saved_(*saved) {}

  void run() {
    allocate();
    if (plan_.token_gates) project_tokens();
    for (const Group& group : plan_.groups) {
      if (group.alone) {
        run_alone(group);
      } else {
        plan_.context.pool->run(plan_.slices.size(), [&](size_t slice) { run_together(group, plan_.slices[slice]); });
      }
    }
  }

 private:
  void allocate() {
    saved_ = plan_.kept(training_);
    each_rows(saved_, [&](Rows& rows) { rows.block = Block(plan_.floats(rows)); });
  }

  void project_tokens() {
    token_gates_.resize(plan_.unit_count(0));
    for (size_t unit = 0; unit < token_gates_.size(); unit++) {
      token_gates_[unit] = Block(stack_.vocabulary * plan_.layouts[unit].gate_stride + kPad);
      const size_t pieces = plan_.context.pool->threads();
      plan_.context.pool->run(pieces, [&](size_t piece) {
        const size_t begin = stack_.vocabulary * piece / pieces, end = stack_.vocabulary * (piece + 1) / pieces;
        Recurrent r = {};
        r.cell = stack_.units[unit].cell;
        r.inputs = stack_.units[unit].inputs;
        r.units = stack_.units[unit].units;
        r.x_rows = stack_.table + begin * r.inputs;
        r.x_stride = r.inputs;
        r.gates = token_gates_[unit].data() + begin * plan_.layouts[unit].gate_stride;
        attach_weights(r, unit);
        if (end > begin) plan_.context.kernels->recurrent_project(&r, end - begin, {0, plan_.layouts[unit].blocks});
      });
    }
  }

  void attach_weights(Recurrent& r, size_t unit) const {
    r.kernel_panels = weights_[unit]->kernel.panels();
    r.recurrent_panels = weights_[unit]->recurrent.panels();
    r.bias = weights_[unit]->bias.data();
  }

  // Inputs of a layer as rows, where they are not there yet.
  void fill_layer_rows(size_t layer, const Slice& slice, size_t first, size_t count) const {
    const Rows& rows = saved_.layer_rows[layer];
    if (rows.block.data() == nullptr) return;
    InputRows in = {};
    in.batch = slice.batch;
    in.steps = stack_.steps;
    in.first = first;
    in.count = count;
    in.out_stride = rows.stride;
    float* out = rows.at(slice.start, slice.batch, first);
    if (layer == 0) {
      in.width = stack_.units[0].inputs;
      in.x = stack_.x == nullptr ? nullptr : stack_.x + slice.start * stack_.steps * in.width;
      in.tokens = stack_.tokens == nullptr ? nullptr : stack_.tokens + slice.start * stack_.steps;
      in.table = stack_.table;
      in.mask = stack_.mask == nullptr ? nullptr : stack_.mask + slice.start * stack_.steps;
      in.out = out;
      plan_.context.kernels->input_rows(&in);
      return;
    }
    for (size_t unit = plan_.first_unit(layer - 1); unit < plan_.first_unit(layer); unit++) {
      in.width = stack_.units[unit].units;
      in.rows = states_of(unit, slice, first);
      in.rows_stride = plan_.layouts[unit].state_stride;
      in.out = out + plan_.column(unit);
      plan_.context.kernels->input_rows(&in);
    }
  }

  // The states after each step of a range.
  const float* states_of(size_t unit, const Slice& slice, size_t first) const {
    const Recurrent below = plan_.range_of(unit, slice, first, 0, saved_.units[unit]);
    return below.h_plain + (below.reverse ? 0 : slice.batch * plan_.layouts[unit].state_stride);
  }

  void run_range(size_t unit, const Slice& slice, size_t first, size_t count, bool in_team) const {
    const StackUnit& u = stack_.units[unit];
    UnitSaved& rows = saved_.units[unit];
    Recurrent r = plan_.range_of(unit, slice, first, count, rows);
    attach_weights(r, unit);
    r.training = training_;
    if (u.layer == 0 && plan_.token_gates) {
      r.tokens = stack_.tokens + slice.start * stack_.steps;
      r.token_gates = token_gates_[unit].data();
    } else if (plan_.takes_states(u.layer)) {
      r.x_rows = states_of(plan_.first_unit(u.layer - 1), slice, first);
      r.x_stride = plan_.layouts[plan_.first_unit(u.layer - 1)].state_stride;
    } else {
      r.x_rows = saved_.layer_rows[u.layer].at(slice.start, slice.batch, first);
    }
    if (u.dropout != nullptr) {
      InputRows in = {};
      in.batch = slice.batch;
      in.steps = stack_.steps;
      in.first = first;
      in.count = count;
      in.width = u.inputs;
      in.rows = r.x_rows;
      in.rows_stride = r.x_stride;
      in.dropout = u.dropout + slice.start * u.inputs;
      in.out = rows.own_rows.at(slice.start, slice.batch, first);
      in.out_stride = rows.own_rows.stride;
      plan_.context.kernels->input_rows(&in);
      r.x_rows = in.out;
      r.x_stride = in.out_stride;
    }
    if (u.layer + 1 == plan_.layers && output_.y != nullptr) {
      r.y_stride = plan_.width(u.layer);
      r.y = output_.y + slice.start * stack_.steps * r.y_stride + plan_.column(unit);
    }
    r.h = output_.h[unit] == nullptr ? nullptr : output_.h[unit] + slice.start * u.units;
    r.c = output_.c[unit] == nullptr ? nullptr : output_.c[unit] + slice.start * u.units;
    if (in_team) {
      walk_in_team(r, plan_.layouts[unit]);
    } else {
      plan_.context.kernels->recurrent_forward(&r);
    }
  }

  // The threads share the units of each step: every one keeps its part of the recurrent kernel in a cache of its own.
  void walk_in_team(const Recurrent& r, const RecurrentLayout& layout) const {
    const KernelTable& k = *plan_.context.kernels;
    Pool& pool = *plan_.context.pool;
    const size_t parts = std::min({pool.threads(), layout.blocks, Pool::kMaxOwn}), phases = static_cast<size_t>(k.recurrent_phases(r.cell));
    const auto units = [&](size_t part) { return k.recurrent_part(r.units, parts, part); };
    k.recurrent_start(&r);
    if (r.tokens == nullptr) pool.run(parts, [&](size_t part) { k.recurrent_project(&r, r.count * r.batch, units(part)); });
    Lockstep::run(pool, parts, r.count * phases, [&](size_t stage, size_t part) {
      k.recurrent_step(&r, stage / phases, static_cast<int>(stage % phases), units(part));
    });
    k.recurrent_end(&r);
  }

  // Whether the threads share the units, where they can't share the batch and a step is long enough.
  bool teams(size_t unit) const {
    constexpr size_t least = 1 << 16;  // weights
    const StackUnit& u = stack_.units[unit];
    return plan_.slices.size() == 1 && plan_.context.pool->threads() > 1 && plan_.layouts[unit].blocks > 1 &&
           gates_of(u.cell) * u.units * u.units >= least;
  }

  void run_together(const Group& group, const Slice& slice) const {
    for (size_t first = 0; first < stack_.steps; first += plan_.chunk) {
      const size_t count = std::min(plan_.chunk, stack_.steps - first);
      for (size_t unit = group.first_unit; unit < group.end_unit; unit++) {
        fill_layer_rows(stack_.units[unit].layer, slice, first, count);
        run_range(unit, slice, first, count, teams(unit));
      }
      if (first + count == stack_.steps) continue;
      // Where only a range is held, its last state becomes the one before the next range.
      for (size_t unit = group.first_unit; unit < group.end_unit; unit++) {
        const UnitSaved& rows = saved_.units[unit];
        for (const Rows* states : {&rows.h_input, &rows.h_plain, &rows.c_state}) {
          if (states->all || states->block.data() == nullptr) continue;
          float* base = states->at(slice.start, slice.batch, 0);
          const size_t size = slice.batch * states->stride;
          std::memcpy(base, base + count * size, size * sizeof(float));
        }
      }
    }
  }

  // One layer, each way by itself: they share nothing but the inputs.
  void run_alone(const Group& group) const {
    const size_t layer = stack_.units[group.first_unit].layer, ways = group.end_unit - group.first_unit;
    plan_.context.pool->run(plan_.slices.size(), [&](size_t slice) { fill_layer_rows(layer, plan_.slices[slice], 0, stack_.steps); });
    plan_.context.pool->run(plan_.slices.size() * ways, [&](size_t item) {
      const size_t unit = group.first_unit + item % ways;
      const size_t ranges = (stack_.steps + plan_.chunk - 1) / plan_.chunk;
      for (size_t i = 0; i < ranges; i++) {
        const size_t first = (stack_.units[unit].reverse ? ranges - 1 - i : i) * plan_.chunk;
        run_range(unit, plan_.slices[item / ways], first, std::min(plan_.chunk, stack_.steps - first), ways == 1 && teams(unit));
      }
    });
  }

  const StackPlan& plan_;
  const Stack& stack_;
  const std::vector<const RecurrentWeights*>& weights_;
  const StackOutput& output_;
  const bool training_;
  StackSaved& saved_;
  std::vector<Block> token_gates_;
};

}  // namespace

size_t saved_bytes(const Context& context, const Stack& stack) {
  const StackPlan plan(context, stack, 0);
  StackSaved saved = plan.kept(true);
  size_t floats = 0;
  each_rows(saved, [&](const Rows& rows) { floats += plan.floats(rows); });
  return floats * sizeof(float);
}

void stack_forward(const Context& context, const Stack& stack, const std::vector<const RecurrentWeights*>& weights,
                   const StackOutput& output, StackSaved* saved) {
  const StackPlan plan(context, stack, 0);
  StackSaved scratch;
  Forward(plan, weights, output, saved != nullptr, saved == nullptr ? &scratch : saved).run();
}

}  // namespace lstm_native
