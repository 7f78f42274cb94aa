// The border between the kernels and everything else: plain structures and one table of function pointers per
// instruction set. No inline functions here: this header is compiled with different instruction sets.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace lstm_native {

enum UnaryKind { kNeg, kAbs, kSign, kExp, kExpm1, kLog, kLog1p, kSqrt, kRecip, kFloor, kErf, kRelu, kSigmoid, kTanh };
// kSigmoidGradient, kTanhGradient: from the gradient of an output and the output.
enum BinaryKind { kAdd, kSub, kMul, kDiv, kPow, kMax, kMin, kLess, kEqual, kSigmoidGradient, kTanhGradient };
enum Activation { kLinearActivation, kTanhActivation, kSigmoidActivation, kHardSigmoidActivation, kReluActivation };
enum Cell { kLstm, kGru, kSimpleRnn, kGruBefore };  // kGruBefore: the reset gate acts before the recurrent product

enum { kMaxRank = 8 };

// An elementwise walk over a result of shape dims[0..rank): strides of each input in elements, 0 where it is repeated.
struct Walk {
  int rank;
  size_t dims[kMaxRank];
  size_t strides[3][kMaxRank];
};

// Recurrent layers work on a slice of the batch, on a range of steps [first, first + count) at a time. What is handed between
// steps and layers lies in rows in order of time: row s * batch + b belongs to step first + s of sequence b.

// Inputs as rows: from one of x, tokens and rows.
struct InputRows {
  size_t batch, steps, first, count, width;
  const float* x;               // [batch, steps, width]
  const int32_t* tokens;        // [batch, steps], rows of `table`
  const float* table;
  const float* rows;            // [count * batch, rows_stride]
  size_t rows_stride;
  const float* mask;            // [batch, steps] or null: rows of masked steps are zero, whatever they held
  const float* dropout;         // [batch, width] or null
  float* out;                   // [count * batch, out_stride]
  size_t out_stride;
};

// Rows back to [batch, steps, width]; zero where masked.
struct OutputRows {
  size_t batch, steps, first, count, width;
  const float* rows;
  size_t rows_stride;
  const float* mask;
  float* out;
};

// Packed weights, in float32 or in bfloat16 (the upper halves of float32; two vectors lie in each other, so the depth is even).
struct Panels {
  const float* wide = nullptr;
  const uint16_t* narrow = nullptr;
};
// Always inlined: a copy compiled for wider instructions must not become the one that all use.
__attribute__((always_inline)) inline Panels panels_at(const Panels& panels, size_t offset) {
  Panels moved = panels;
  if (moved.wide != nullptr) moved.wide += offset;
  if (moved.narrow != nullptr) moved.narrow += offset;
  return moved;
}

// One layer walked one way. The states have a slot before the first step and one after each: [count + 1, batch, state_stride].
// A step reads the slot before it and writes the one after it, walked in reverse the other way round.
struct Recurrent {
  int cell, activation, recurrent_activation;
  bool reverse, zero_masked, training;
  size_t batch, steps, inputs, units;
  size_t first, count;
  const float* x_rows;          // [count * batch, x_stride], unless tokens are given
  size_t x_stride;
  const int32_t* tokens;        // [batch, steps] or null
  const float* token_gates;     // the projected row of each token, [.., gate_stride]
  const float* mask;            // [batch, steps] or null
  const float* recurrent_dropout;  // [batch, units] or null
  const float* bias;            // from pack_recurrent
  Panels kernel_panels, recurrent_panels;
  const float* h0;              // [batch, units] or null
  const float* c0;
  float* y;                     // row of step t of sequence b: y + (b * steps + t) * y_stride; or null
  size_t y_stride;
  float* h;                     // the final states, [batch, units] or null
  float* c;
  float* gates;                 // [count * batch, gate_stride]; activated in training
  float* h_input;               // the state as it enters the recurrent product
  float* h_plain;               // the state itself where recurrent_dropout is given, else equal to h_input
  float* c_state;               // LSTM
  float* reset;                 // kGruBefore: r * h, [count * batch, state_stride] in training, else [batch, state_stride]
};

// Blocks of units [first, end), of the layout's `blocks`.
struct Blocks {
  size_t first, end;
};

// Ranges come in the order opposite to the walk.
struct RecurrentBackward {
  Recurrent forward;            // gates become the gradients before the activations
  const float* dy;              // like y, or null
  size_t dy_stride;
  const float* dy_rows;         // or rows, [count * batch, dy_stride]
  const float* dh;              // of the final states, [batch, units] or null
  const float* dc;
  const float* kernel_panels;   // of the transposed weights
  const float* recurrent_panels;
  float* dx_rows;               // [count * batch, dx_stride] or null
  size_t dx_stride;
  const float* dropout;         // [batch, inputs] or null
  float* dh0;                   // [batch, units] or null
  float* dc0;
  float* scratch;               // recurrent_backward_scratch floats, kept from range to range
};

// One block of columns of the weight gradients, summed over slices in order: products[0] is the kernel's, products[1] the
// recurrent kernel's; they go together where the same gates feed on both.
enum Feed { kKernelFeed, kRecurrentFeed, kCandidateFeed };
struct WeightGradientSlice {
  const float* rows[2];         // inputs and states, [count, row_stride]
  const float* gates;           // [count, gate_stride]
  size_t count;
};
struct WeightGradientProduct {
  size_t height, row_stride;
  float* out;                   // [height, gates * units] or null
};
struct WeightGradient {
  int cell;
  int feed;                     // which gates
  size_t units, block;
  WeightGradientProduct products[2];
  const WeightGradientSlice* slices;
  size_t slice_count;
  float* bias_out;              // [gates * units] or null
  float* scratch;               // weight_gradient_scratch floats
};

struct RecurrentLayout {
  size_t blocks, gate_stride, state_stride, input_stride, chunk_rows;
  size_t kernel_panels, recurrent_panels, bias;                // floats
  size_t kernel_panels_transposed, recurrent_panels_transposed;
  size_t weight_gradient_scratch;
};

struct MatmulOperand {
  const float* data;
  size_t stride;
  bool transposed;
};

struct OptimizerNumbers {
  int rule;                     // 0 sgd, 1 adam, 2 rmsprop
  float learning_rate, momentum, beta1, beta2, epsilon, weight_decay, rho;
  float rest1, rest2, rest;     // 1 - beta1, 1 - beta2, 1 - rho, rounded once: 1 - 0.999f is off by 1e-5
  bool nesterov, decoupled, centered;
  float corrected_rate;         // adam: learning rate * sqrt(1 - beta2^step) / (1 - beta1^step)
  float clip_value;             // 0: none
  float scale;                  // of every gradient (global norm clipping)
};

// What Philox is keyed by.
struct RandomStream {
  uint32_t key[2];
  uint64_t step;
};

struct KernelTable {
  const char* name;
  size_t lanes;
  void (*peak)(size_t iterations, float* out);  // 24 * lanes multiply-adds an iteration
  void (*unary)(int kind, const float* x, float* y, size_t n);
  void (*binary)(int kind, const Walk* walk, const float* a, const float* b, float* y, size_t begin, size_t end);
  void (*select)(const Walk* walk, const float* c, const float* a, const float* b, float* y, size_t begin, size_t end);
  void (*reduce_sum)(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner);
  void (*reduce_max)(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner);
  void (*argmax)(const float* x, int32_t* y, size_t begin, size_t end, size_t length, size_t inner);
  size_t (*packed_size)(size_t depth, size_t columns);
  void (*pack)(const float* b, size_t stride, bool transposed, size_t depth, size_t columns, float* panels);
  // bfloat16 of float32, rounded to even: panels of an even depth. And the same left in float32.
  void (*narrow)(const float* from, size_t n, uint16_t* to);
  void (*round_to_bfloat16)(const float* x, float* y, size_t n);
  // Blocks [begin, end) of four elements each: 1 where the random word is at least the threshold, else 0.
  void (*bernoulli)(const RandomStream* stream, uint32_t threshold, uint32_t begin, uint32_t end, float* out);
  // Rows [begin, end) of act(A * B + bias); A is [rows, depth] or its transpose.
  void (*matmul)(const MatmulOperand* a, const Panels* panels, size_t depth, size_t columns, float* c, size_t begin,
                 size_t end, const float* bias, int activation);
  void (*activation_backward)(int activation, const float* y, const float* dy, float* dx, size_t n);
  void (*column_sums)(const float* x, size_t rows, size_t columns, float* out);
  void (*transpose2d)(const float* x, size_t rows, size_t columns, size_t x_stride, float* y, size_t y_stride);
  void (*softmax_cross_entropy)(const float* logits, const int32_t* labels, float* losses, float* lse, size_t rows,
                                size_t classes);
  void (*softmax_cross_entropy_backward)(const float* logits, const int32_t* labels, const float* lse,
                                         const float* dlosses, float* dlogits, size_t rows, size_t classes);
  void (*softmax)(const float* x, float* y, size_t rows, size_t classes);
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* statistics,
                     size_t rows, size_t features);
  void (*layer_norm_backward)(const float* x, const float* gamma, const float* statistics, const float* dy, float* dx,
                              float* dgamma, float* dbeta, size_t rows, size_t features);
  double (*sum_of_squares)(const float* x, size_t n, float clip_value);
  void (*optimizer)(const OptimizerNumbers* numbers, float* p, const float* g, float* s0, float* s1, float* s2, size_t n);
  void (*recurrent_layout)(int cell, size_t inputs, size_t units, RecurrentLayout* layout);
  void (*pack_recurrent)(int cell, const float* kernel, const float* recurrent, const float* bias, size_t inputs,
                         size_t units, size_t block, float* kernel_panels, float* recurrent_panels, float* bias_out);
  void (*pack_recurrent_transposed)(int cell, const float* weights, bool recurrent, size_t height, size_t units,
                                    float* panels);
  void (*input_rows)(const InputRows* r);
  void (*output_rows)(const OutputRows* r);
  // A range of a walk: start, project all rows unless they are tokens, each step in order of the walk, end. The blocks of a
  // phase may be shared among threads; all of them must be done before the next phase or step.
  void (*recurrent_start)(const Recurrent* r);
  void (*recurrent_project)(const Recurrent* r, size_t rows, Blocks blocks);  // gates = x_rows * kernel + bias
  Blocks (*recurrent_part)(size_t units, size_t parts, size_t part);
  int (*recurrent_phases)(int cell);
  void (*recurrent_step)(const Recurrent* r, size_t step, int phase, Blocks blocks);
  void (*recurrent_end)(const Recurrent* r);
  // All of it on the calling thread.
  void (*recurrent_forward)(const Recurrent* r);
  // out (+)= gradients before the activations * kernel^T
  void (*input_gradient)(int cell, size_t units, size_t inputs, const float* gates, const float* panels, size_t rows,
                         float* out, size_t stride, bool add);
  size_t (*recurrent_backward_scratch)(const Recurrent* r);
  void (*recurrent_backward)(const RecurrentBackward* r);
  void (*weight_gradient)(const WeightGradient* w);
  // out = the sum of `parts` arrays that start `stride` apart.
  void (*add_up)(const float* x, size_t stride, size_t parts, float* out, size_t n);
  void (*add_to)(const float* x, float* sum, size_t n);
};

}  // namespace lstm_native

extern "C" {
const lstm_native::KernelTable* lstm_kernels_baseline(void);
const lstm_native::KernelTable* lstm_kernels_avx2(void);
const lstm_native::KernelTable* lstm_kernels_avx512(void);
}
