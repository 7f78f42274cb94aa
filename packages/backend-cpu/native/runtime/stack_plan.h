// What forward and backward of a stack share: who computes what.
#pragma once
#include <algorithm>

#include "recurrent.h"

namespace lstm_native {

struct Slice {
  size_t start, batch;
};

// Layers that are led through time together: each walked forward once, so that what one hands up is still in the caches. A layer
// that is walked in reverse or both ways stands alone, as it needs all steps of the one below.
struct Group {
  size_t first_unit, end_unit;
  bool alone;
};

class StackPlan {
 public:
  StackPlan(const Context& context, const Stack& stack, size_t slices_wanted);

  const Context& context;
  const Stack& stack;
  std::vector<RecurrentLayout> layouts;  // of each unit
  std::vector<Group> groups;
  std::vector<Slice> slices;
  size_t layers;
  size_t chunk;  // steps of a range
  // The tokens' rows are projected once each instead of at every step.
  bool token_gates;

  size_t first_unit(size_t layer) const { return first_of_[layer]; }
  size_t unit_count(size_t layer) const { return first_of_[layer + 1] - first_of_[layer]; }
  size_t width(size_t layer) const;        // of its output
  size_t column(size_t unit) const;        // of its output in the layer's
  // Whether the inputs of a layer are the states of the one below, as they lie.
  bool takes_states(size_t layer) const { return layer > 0 && unit_count(layer - 1) == 1; }
  // The part of a unit that a slice computes in a range.
  Recurrent range_of(size_t unit, const Slice& slice, size_t first, size_t count, const UnitSaved& rows) const;
  Rows rows(size_t stride, size_t extra, bool all) const;  // without memory
  size_t floats(const Rows& rows) const;
  // What forward works with; after training all of it is left for backward.
  StackSaved kept(bool training) const;

 private:
  std::vector<size_t> first_of_;
};

}  // namespace lstm_native
