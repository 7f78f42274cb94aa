#include <atomic>
#include <cstring>
#include <new>

#include "stack_plan.h"

namespace lstm_native {

namespace {

class Backward {
 public:
  Backward(const StackPlan& plan, const StackSaved& saved, const StackGradients& gradients)
      : plan_(plan), k_(*plan.context.kernels), pool_(*plan.context.pool), stack_(plan.stack), saved_(saved), wanted_(gradients) {}

  void run() {
    find_lowest();
    allocate();
    for (size_t i = plan_.groups.size(); i-- > 0;) {
      const Group& group = plan_.groups[i];
      if (stack_.units[group.end_unit - 1].layer < lowest_) break;
      if (group.alone) {
        run_alone(group);
      } else {
        pool_.run(plan_.slices.size(), [&](size_t slice) { run_together(group, plan_.slices[slice]); });
      }
    }
    if (plan_.token_gates) gather_token_gates();
    for (size_t unit = plan_.first_unit(lowest_); unit < stack_.units.size(); unit++) weight_gradients(unit);
    if (wanted_.dtable != nullptr) table_gradient();
  }

 private:
  bool wants_inputs() const { return wanted_.dx != nullptr || wanted_.dtable != nullptr; }

  // The lowest layer of which something is wanted: nothing below it is computed.
  void find_lowest() {
    lowest_ = 0;
    if (wants_inputs()) return;
    for (size_t unit = 0; unit < stack_.units.size(); unit++) {
      const UnitGradients& g = wanted_.units[unit];
      lowest_ = stack_.units[unit].layer;
      if (g.dkernel != nullptr || g.drecurrent_kernel != nullptr || g.dbias != nullptr || g.dh0 != nullptr || g.dc0 != nullptr) return;
    }
  }

  // Whether the gradient of the layer's inputs is needed as rows.
  bool hands_down(size_t layer) const { return layer > lowest_ || (layer == 0 && wants_inputs() && !plan_.token_gates); }

  void allocate() {
    const size_t units = stack_.units.size();
    kernel_panels_.resize(units);
    recurrent_panels_.resize(units);
    input_gradients_.resize(units);
    scratch_.resize(units);
    for (const Group& group : plan_.groups)
      for (size_t unit = group.first_unit; unit < group.end_unit; unit++) {
        const StackUnit& u = stack_.units[unit];
        if (u.layer < lowest_) continue;
        const RecurrentLayout& layout = plan_.layouts[unit];
        const bool table = u.layer == 0 && wanted_.dtable != nullptr;
        if (hands_down(u.layer)) {
          // The layer below takes a range at once where it is led together with this one.
          const bool all = group.alone || table || (unit == group.first_unit && u.layer > 0);
          input_gradients_[unit] = plan_.rows(layout.input_stride, 0, all);
          input_gradients_[unit].block = Block(plan_.floats(input_gradients_[unit]));
        }
        if (hands_down(u.layer) || table) kernel_panels_[unit] = Block(layout.kernel_panels_transposed + kPad);
        recurrent_panels_[unit] = Block(layout.recurrent_panels_transposed + kPad);
        for (const Slice& slice : plan_.slices) {
          Recurrent r = {};
          r.batch = slice.batch;
          r.units = u.units;
          scratch_[unit].emplace_back(k_.recurrent_backward_scratch(&r) + kPad);
        }
      }
    pool_.run(2 * units, [&](size_t item) {
      const StackUnit& u = stack_.units[item / 2];
      if (item % 2 == 0 && recurrent_panels_[item / 2].data() != nullptr)
        k_.pack_recurrent_transposed(u.cell, u.recurrent_kernel, true, u.units, u.units, recurrent_panels_[item / 2].data());
      if (item % 2 == 1 && kernel_panels_[item / 2].data() != nullptr)
        k_.pack_recurrent_transposed(u.cell, u.kernel, false, u.inputs, u.units, kernel_panels_[item / 2].data());
    });
  }

  size_t number_of(const Slice& slice) const { return static_cast<size_t>(&slice - plan_.slices.data()); }

  void run_range(size_t unit, const Slice& slice, size_t first, size_t count) const {
    const StackUnit& u = stack_.units[unit];
    const UnitGradients& g = wanted_.units[unit];
    const auto in = [&](const float* p, size_t width) { return p == nullptr ? nullptr : p + slice.start * width; };
    const auto out = [&](float* p, size_t width) { return p == nullptr ? nullptr : p + slice.start * width; };
    RecurrentBackward b = {};
    b.forward = plan_.range_of(unit, slice, first, count, saved_.units[unit]);
    if (u.layer + 1 == plan_.layers) {
      b.dy_stride = plan_.width(u.layer);
      b.dy = wanted_.dy == nullptr ? nullptr : wanted_.dy + slice.start * stack_.steps * b.dy_stride + plan_.column(unit);
    } else {
      const Rows& above = input_gradients_[plan_.first_unit(u.layer + 1)];
      b.dy_stride = above.stride;
      b.dy_rows = above.at(slice.start, slice.batch, first) + plan_.column(unit);
    }
    b.dh = in(g.dh, u.units);
    b.dc = in(g.dc, u.units);
    b.kernel_panels = kernel_panels_[unit].data();
    b.recurrent_panels = recurrent_panels_[unit].data();
    b.dropout = in(u.dropout, u.inputs);
    b.dh0 = out(g.dh0, u.units);
    b.dc0 = out(g.dc0, u.units);
    b.scratch = scratch_[unit][number_of(slice)].data();
    const Rows& down = input_gradients_[unit];
    if (down.block.data() != nullptr) {
      b.dx_rows = down.at(slice.start, slice.batch, first);
      b.dx_stride = down.stride;
    }
    k_.recurrent_backward(&b);
  }

  void write_dx(const Slice& slice, size_t first, size_t count) const {
    const Rows& rows = input_gradients_[0];
    OutputRows o = {};
    o.batch = slice.batch;
    o.steps = stack_.steps;
    o.first = first;
    o.count = count;
    o.width = stack_.units[0].inputs;
    o.rows = rows.at(slice.start, slice.batch, first);
    o.rows_stride = rows.stride;
    o.mask = stack_.mask == nullptr ? nullptr : stack_.mask + slice.start * stack_.steps;
    o.out = wanted_.dx + slice.start * stack_.steps * o.width;
    k_.output_rows(&o);
  }

  void run_together(const Group& group, const Slice& slice) const {
    for (size_t end = stack_.steps; end > 0;) {
      const size_t first = (end - 1) / plan_.chunk * plan_.chunk;
      for (size_t unit = group.end_unit; unit-- > group.first_unit;)
        if (stack_.units[unit].layer >= lowest_) run_range(unit, slice, first, end - first);
      if (group.first_unit == 0 && wanted_.dx != nullptr) write_dx(slice, first, end - first);
      end = first;
    }
  }

  void run_alone(const Group& group) {
    const size_t ways = group.end_unit - group.first_unit;
    const size_t ranges = (stack_.steps + plan_.chunk - 1) / plan_.chunk;
    pool_.run(plan_.slices.size() * ways, [&](size_t item) {
      const size_t unit = group.first_unit + item % ways;
      for (size_t i = ranges; i-- > 0;) {
        const size_t first = (stack_.units[unit].reverse ? ranges - 1 - i : i) * plan_.chunk;
        run_range(unit, plan_.slices[item / ways], first, std::min(plan_.chunk, stack_.steps - first));
      }
    });
    if (input_gradients_[group.first_unit].block.data() == nullptr) return;
    pool_.run(plan_.slices.size(), [&](size_t item) {
      const Slice& slice = plan_.slices[item];
      if (ways == 2) {
        const Rows &a = input_gradients_[group.first_unit], &b = input_gradients_[group.first_unit + 1];
        k_.add_to(b.at(slice.start, slice.batch, 0), a.at(slice.start, slice.batch, 0), slice.batch * stack_.steps * a.stride);
      }
      if (group.first_unit == 0 && wanted_.dx != nullptr) write_dx(slice, 0, stack_.steps);
    });
  }

  // For each token the sum of the gradients of its projected row. Columns are shared among the threads: no two of them add to
  // one element, and the order is fixed.
  void gather_token_gates() {
    token_gates_.resize(plan_.unit_count(0));
    for (size_t unit = 0; unit < token_gates_.size(); unit++) {
      const UnitGradients& g = wanted_.units[unit];
      if (g.dkernel == nullptr && g.dbias == nullptr && wanted_.dtable == nullptr) continue;
      const size_t stride = plan_.layouts[unit].gate_stride;
      token_gates_[unit] = Block(stack_.vocabulary * stride + kPad);
      sum_by_token(saved_.units[unit].gates, stride, token_gates_[unit].data());
    }
  }

  void sum_by_token(const Rows& rows, size_t width, float* sums) const {
    constexpr size_t line = 16;
    const size_t pieces = pool_.threads();
    pool_.run(pieces, [&](size_t piece) {
      const size_t begin = stack_.vocabulary * piece / pieces, end = stack_.vocabulary * (piece + 1) / pieces;
      std::memset(sums + begin * width, 0, (end - begin) * width * sizeof(float));
    });
    pool_.run(pieces, [&](size_t piece) {
      const size_t begin = width * piece / pieces, size = width * (piece + 1) / pieces - begin;
      if (size == 0) return;
      for (const Slice& slice : plan_.slices)
        for (size_t t = 0; t < stack_.steps; t++)
          for (size_t b = 0; b < slice.batch; b++) {
            const size_t at = (slice.start + b) * stack_.steps + t;
            const auto sum_of = [&](size_t i) { return sums + static_cast<size_t>(stack_.tokens[i]) * width + begin; };
            // The sums lie anywhere: those of the next step are asked for while these are added to.
            if (t + 1 < stack_.steps)
              for (size_t i = 0; i < size; i += line) __builtin_prefetch(sum_of(at + 1) + i, 1);
            if (stack_.mask != nullptr && stack_.mask[at] == 0.0f) continue;
            k_.add_to(rows.at(slice.start, slice.batch, t) + b * rows.stride + begin, sum_of(at), size);
          }
    });
  }

  void table_gradient() {
    const size_t inputs = stack_.units[0].inputs;
    if (!plan_.token_gates) {
      sum_by_token(input_gradients_[0], inputs, wanted_.dtable);
      return;
    }
    const size_t pieces = pool_.threads();
    pool_.run(pieces, [&](size_t piece) {
      const size_t begin = stack_.vocabulary * piece / pieces, end = stack_.vocabulary * (piece + 1) / pieces;
      if (begin == end) return;
      for (size_t unit = 0; unit < token_gates_.size(); unit++)
        k_.input_gradient(stack_.units[unit].cell, stack_.units[unit].units, inputs,
                          token_gates_[unit].data() + begin * plan_.layouts[unit].gate_stride, kernel_panels_[unit].data(),
                          end - begin, wanted_.dtable + begin * inputs, inputs, unit > 0);
    });
  }

  // Weight gradients that the same gates feed on.
  struct Part {
    int feed;
    std::vector<WeightGradientSlice> slices;
    WeightGradientProduct products[2];
    float* bias;
  };

  std::vector<Part> parts_of(size_t unit) const {
    const StackUnit& u = stack_.units[unit];
    const UnitGradients& g = wanted_.units[unit];
    const RecurrentLayout& layout = plan_.layouts[unit];
    const UnitSaved& rows = saved_.units[unit];
    const bool by_token = u.layer == 0 && plan_.token_gates;
    const bool states = plan_.takes_states(u.layer) && u.dropout == nullptr;
    const size_t below = states ? plan_.first_unit(u.layer - 1) : 0;
    const size_t x_stride = by_token ? u.inputs : states ? plan_.layouts[below].state_stride : layout.input_stride;
    const bool one = (u.cell == kLstm || u.cell == kSimpleRnn) && !by_token;
    const size_t gates = gates_of(u.cell) * u.units;
    std::vector<WeightGradientSlice> slices, resets;
    for (const Slice& slice : plan_.slices) {
      const Recurrent r = plan_.range_of(unit, slice, 0, 0, rows);
      const float* inputs = nullptr;
      if (states) {
        const Recurrent b = plan_.range_of(below, slice, 0, 0, saved_.units[below]);
        inputs = b.h_plain + (b.reverse ? 0 : slice.batch * x_stride);
      } else if (!by_token) {
        inputs = (u.dropout == nullptr ? saved_.layer_rows[u.layer] : rows.own_rows).at(slice.start, slice.batch, 0);
      }
      const float* before = r.h_input + (u.reverse ? slice.batch * layout.state_stride : 0);
      slices.push_back({{inputs, before}, r.gates, slice.batch * stack_.steps});
      resets.push_back({{nullptr, r.reset}, r.gates, slice.batch * stack_.steps});
    }
    const WeightGradientProduct none = {};
    const WeightGradientProduct kernel = {u.inputs, x_stride, g.dkernel}, recurrent = {u.units, layout.state_stride, g.drecurrent_kernel};
    std::vector<Part> parts;
    if (by_token) {
      // The table's rows stand for all inputs.
      const WeightGradientSlice table = {{stack_.table, nullptr}, token_gates_[unit].data(), stack_.vocabulary};
      parts.push_back({kKernelFeed, {table}, {kernel, none}, g.dbias});
    } else {
      parts.push_back({kKernelFeed, slices, {kernel, one ? recurrent : none}, g.dbias});
    }
    if (!one)
      parts.push_back({kRecurrentFeed, slices, {none, recurrent}, u.cell == kGru && g.dbias != nullptr ? g.dbias + gates : nullptr});
    if (u.cell == kGruBefore) parts.push_back({kCandidateFeed, resets, {none, recurrent}, nullptr});
    return parts;
  }

  void weight_gradients(size_t unit) const {
    const StackUnit& u = stack_.units[unit];
    const RecurrentLayout& layout = plan_.layouts[unit];
    std::vector<Part> parts;
    for (Part& part : parts_of(unit))
      if (part.products[0].out != nullptr || part.products[1].out != nullptr || part.bias != nullptr) parts.push_back(std::move(part));
    if (parts.empty()) return;
    // Blocks of columns are independent and always summed in the same order. Few blocks would leave threads idle: then each
    // slice has sums of its own, which are added up afterwards.
    const size_t slices = plan_.slices.size();
    const bool apart = slices > 1 && layout.blocks * parts.size() < 2 * slices;
    const UnitGradients& g = wanted_.units[unit];
    const size_t gates = gates_of(u.cell) * u.units;
    float* const outs[3] = {g.dkernel, g.drecurrent_kernel, g.dbias};
    const size_t sizes[3] = {u.inputs * gates, u.units * gates, bias_rows(u.cell) * gates};
    size_t offsets[3], size = 0;
    for (int i = 0; i < 3; i++) {
      offsets[i] = size;
      if (outs[i] != nullptr) size += sizes[i];
    }
    const Block partial(apart ? slices * size + kPad : 0);
    // The place of an element of a result in the sums of a slice.
    const auto moved = [&](float* out, int which, size_t group) {
      return !apart || out == nullptr ? out : partial.data() + group * size + offsets[which] + (out - outs[which]);
    };
    const size_t most = apart ? slices : 1;
    std::atomic<bool> failed{false};
    pool_.run(parts.size() * most * layout.blocks, [&](size_t item) {
      const Part& part = parts[item % parts.size()];
      const size_t block = item / parts.size() % layout.blocks, group = item / parts.size() / layout.blocks;
      if (apart && group >= part.slices.size()) return;
      WeightGradient w = {};
      w.cell = u.cell;
      w.feed = part.feed;
      w.units = u.units;
      w.block = block;
      for (int i = 0; i < 2; i++) {
        w.products[i] = part.products[i];
        w.products[i].out = moved(part.products[i].out, i, group);
      }
      w.slices = part.slices.data() + (apart ? group : 0);
      w.slice_count = apart ? 1 : part.slices.size();
      w.bias_out = moved(part.bias, 2, group);
      try {
        const Block own(layout.weight_gradient_scratch + kPad);
        w.scratch = own.data();
        k_.weight_gradient(&w);
      } catch (const std::bad_alloc&) {
        failed = true;  // must not leave a worker thread
      }
    });
    if (failed) throw std::bad_alloc();
    if (!apart) return;
    // What came from the table is one sum already.
    const bool by_token = u.layer == 0 && plan_.token_gates;
    pool_.run(3, [&](size_t which) {
      if (outs[which] == nullptr) return;
      const auto add = [&](size_t from, size_t count, size_t sums) {
        k_.add_up(partial.data() + offsets[which] + from, size, sums, outs[which] + from, count);
      };
      if (!by_token || which == 1) {
        add(0, sizes[which], slices);
      } else if (which == 0) {
        add(0, sizes[which], 1);
      } else {
        add(0, gates, 1);
        if (bias_rows(u.cell) == 2) add(gates, gates, slices);
      }
    });
  }

  const StackPlan& plan_;
  const KernelTable& k_;
  Pool& pool_;
  const Stack& stack_;
  const StackSaved& saved_;
  const StackGradients& wanted_;
  size_t lowest_ = 0;
  std::vector<Block> kernel_panels_, recurrent_panels_, token_gates_;
  std::vector<Rows> input_gradients_;          // of each unit
  std::vector<std::vector<Block>> scratch_;    // of each unit and slice
};

}  // namespace

void stack_backward(const Context& context, const Stack& stack, StackSaved* saved, const StackGradients& gradients) {
  const StackPlan plan(context, stack, saved->slices);
  Backward(plan, *saved, gradients).run();
}

}  // namespace lstm_native
