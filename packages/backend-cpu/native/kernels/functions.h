// The kernels of one instruction set, as its table lists them.
#pragma once
#include "table.h"

namespace lstm_native {
namespace KERNEL_NS {

void peak(size_t iterations, float* out);
void unary(int kind, const float* x, float* y, size_t n);
void binary(int kind, const Walk* walk, const float* a, const float* b, float* y, size_t begin, size_t end);
void select(const Walk* walk, const float* c, const float* a, const float* b, float* y, size_t begin, size_t end);
void reduce_sum(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner);
void reduce_max(const float* x, float* y, size_t begin, size_t end, size_t length, size_t inner);
void argmax(const float* x, int32_t* y, size_t begin, size_t end, size_t length, size_t inner);
size_t matmul_packed_size(size_t depth, size_t columns);
void pack(const float* b, size_t ldb, bool transposed, size_t depth, size_t columns, float* panels);
void narrow(const float* from, size_t n, uint16_t* to);
void round_to_bfloat16(const float* x, float* y, size_t n);
void bernoulli(const RandomStream* stream, uint32_t threshold, uint32_t begin, uint32_t end, float* out);
void matmul(const MatmulOperand* a, const Panels* panels, size_t depth, size_t columns, float* c, size_t begin,
            size_t end, const float* bias, int activation);
void activation_backward(int activation, const float* y, const float* dy, float* dx, size_t n);
void column_sums(const float* x, size_t rows, size_t columns, float* out);
void transpose2d(const float* x, size_t rows, size_t columns, size_t x_stride, float* y, size_t y_stride);
void softmax_cross_entropy(const float* logits, const int32_t* labels, float* losses, float* lse, size_t rows,
                           size_t classes);
void softmax_cross_entropy_backward(const float* logits, const int32_t* labels, const float* lse, const float* dlosses,
                                    float* dlogits, size_t rows, size_t classes);
void softmax(const float* x, float* y, size_t rows, size_t classes);
void layer_norm(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* statistics,
                size_t rows, size_t features);
void layer_norm_backward(const float* x, const float* gamma, const float* statistics, const float* dy, float* dx,
                         float* dgamma, float* dbeta, size_t rows, size_t features);
double sum_of_squares(const float* x, size_t n, float clip_value);
void optimizer(const OptimizerNumbers* numbers, float* p, const float* g, float* s0, float* s1, float* s2, size_t n);
void recurrent_layout(int cell, size_t inputs, size_t units, RecurrentLayout* layout);
void pack_recurrent(int cell, const float* kernel, const float* recurrent, const float* bias, size_t inputs,
                    size_t units, size_t block, float* kernel_panels, float* recurrent_panels, float* bias_out);
void pack_recurrent_transposed(int cell, const float* weights, bool recurrent, size_t height, size_t units,
                               float* panels);
void input_rows(const InputRows* r);
void output_rows(const OutputRows* r);
void recurrent_start(const Recurrent* r);
void recurrent_project(const Recurrent* r, size_t rows, Blocks blocks);
Blocks recurrent_part(size_t units, size_t parts, size_t part);
int recurrent_phases(int cell);
void recurrent_step(const Recurrent* r, size_t step, int phase, Blocks blocks);
void recurrent_end(const Recurrent* r);
void recurrent_forward(const Recurrent* r);
void input_gradient(int cell, size_t units, size_t inputs, const float* gates, const float* panels, size_t rows, float* out,
                    size_t stride, bool add);
size_t recurrent_backward_scratch(const Recurrent* r);
void recurrent_backward(const RecurrentBackward* r);
void weight_gradient(const WeightGradient* w);
void add_up(const float* x, size_t stride, size_t parts, float* out, size_t n);
void add_to(const float* x, float* sum, size_t n);

}  // namespace KERNEL_NS
}  // namespace lstm_native
