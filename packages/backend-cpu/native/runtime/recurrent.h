// A whole recurrent layer: packs the weights and spreads slices of the batch over the threads.
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

struct RecurrentLayer {
  int cell, activation, recurrent_activation;
  bool reverse, zero_masked;
  size_t batch, steps, inputs, units;
  const float *x, *kernel, *recurrent_kernel, *bias, *h0, *c0, *mask, *dropout, *recurrent_dropout;
};

struct RecurrentOutput {
  float *y, *h, *c;  // each may be null
};

// What forward leaves for backward.
struct RecurrentSaved {
  size_t slices = 0;
  Block gates, h_input, h_plain, c_state;
};

struct RecurrentGradients {
  const float *dy, *dh, *dc;  // each may be null
  float *dx, *dkernel, *drecurrent_kernel, *dbias, *dh0, *dc0;  // those that are wanted
};

// Weights in the order that the kernels read them; may be used again while the weights stay the same.
struct RecurrentWeights {
  Block kernel, recurrent, bias;
};

RecurrentWeights pack_weights(const Context& context, const RecurrentLayer& layer);
// `saved` is null when no gradient will be asked for.
void recurrent_forward(const Context& context, const RecurrentLayer& layer, const RecurrentWeights& weights,
                       const RecurrentOutput& output, RecurrentSaved* saved);
void recurrent_backward(const Context& context, const RecurrentLayer& layer, const RecurrentSaved& saved,
                        const RecurrentGradients& gradients);

}  // namespace lstm_native
