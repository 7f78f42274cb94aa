// A run of recurrent layers: packs the weights, spreads slices of the batch over the threads and leads the layers through
// time together, a chunk of steps at a time.
#pragma once
#include <vector>

#include "../kernels/table.h"
#include "memory.h"
#include "pool.h"

namespace lstm_native {

struct Context {
  const KernelTable* kernels;
  Pool* pool;
};

constexpr size_t kPad = 64;  // floats that a vector may reach past the end

inline size_t gates_of(int cell) { return cell == kLstm ? 4 : cell == kSimpleRnn ? 1 : 3; }
inline size_t bias_rows(int cell) { return cell == kGru ? 2 : 1; }

// Panels with the memory they lie in.
class PackedPanels {
 public:
  PackedPanels() = default;
  // narrow: in bfloat16; panels of an odd depth hold its numbers in float32.
  PackedPanels(const KernelTable& kernels, Block wide, size_t floats, size_t depth, bool narrow);
  const Panels& panels() const { return panels_; }

 private:
  Block block_;
  Panels panels_;
};

// One layer walked one way.
struct StackUnit {
  size_t layer;
  int cell, activation, recurrent_activation;
  bool reverse, zero_masked;
  size_t inputs, units;
  const float *kernel, *recurrent_kernel, *bias, *h0, *c0, *dropout, *recurrent_dropout;
};

// Layers on top of each other, each walked one way or both; two ways are joined by their outputs side by side.
struct Stack {
  size_t batch, steps;
  const float* x;         // [batch, steps, inputs], or
  const int32_t* tokens;  // [batch, steps], rows of
  const float* table;     // [vocabulary, inputs]
  size_t vocabulary;
  const float* mask;      // [batch, steps] or null
  std::vector<StackUnit> units;  // in order of layers
};

struct StackOutput {
  float* y;                    // [batch, steps, units of the last layer] or null
  std::vector<float*> h, c;    // of every unit; each may be null
};

// Rows of a slice in order of time, for all steps or for one range of them.
struct Rows {
  Block block;
  size_t stride = 0, steps = 0;  // steps held, the slot before the first one included where there is one
  bool all = false;
  // Where the range that begins with step `first` of the slice's `batch` rows from `start` on lies.
  float* at(size_t start, size_t batch, size_t first) const {
    return block.data() + (start * steps + (all ? first * batch : 0)) * stride;
  }
};

// What forward leaves for backward.
struct UnitSaved {
  Rows gates, h_input, h_plain, c_state, reset;
  Rows own_rows;  // inputs times the dropout mask
};
struct StackSaved {
  size_t slices = 0;
  std::vector<UnitSaved> units;
  std::vector<Rows> layer_rows;  // inputs of each layer, where they are not the states of the one below
};

struct UnitGradients {
  const float *dh, *dc;                                // each may be null
  float *dkernel, *drecurrent_kernel, *dbias, *dh0, *dc0;  // those that are wanted
};
struct StackGradients {
  const float* dy;
  float* dx;      // those that are wanted
  float* dtable;
  std::vector<UnitGradients> units;
};

// Weights in the order that the kernels read them; may be used again while the weights stay the same.
struct RecurrentWeights {
  PackedPanels kernel, recurrent;
  Block bias;
};

// Which weights are kept in bfloat16.
struct Narrow {
  bool kernel, recurrent;
};

RecurrentWeights pack_weights(const Context& context, const StackUnit& unit, Narrow narrow = {false, false});
// What forward leaves for backward. Of the pointers of the stack it matters only which are null.
size_t saved_bytes(const Context& context, const Stack& stack);
// `saved` is null when no gradient will be asked for.
void stack_forward(const Context& context, const Stack& stack, const std::vector<const RecurrentWeights*>& weights,
                   const StackOutput& output, StackSaved* saved);
// Writes over the gates in `saved`, which serves one call.
void stack_backward(const Context& context, const Stack& stack, StackSaved* saved, const StackGradients& gradients);

}  // namespace lstm_native
