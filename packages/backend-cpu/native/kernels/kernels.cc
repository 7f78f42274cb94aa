#include "functions.h"
#include "simd.h"

#define JOIN_TOKENS(a, b) a##b
#define JOIN(a, b) JOIN_TOKENS(a, b)
#define QUOTE_TOKEN(a) #a
#define QUOTE(a) QUOTE_TOKEN(a)

namespace lstm_native {
namespace KERNEL_NS {

// As many independent multiply-adds as the unit takes: the speed that a benchmark relates its figures to.
void peak(size_t iterations, float* out) {
  vf sum[12];
  for (int i = 0; i < 12; i++) sum[i] = splat(static_cast<float>(i));
  const vf factor = splat(0.999f), term = splat(0.001f);
  for (size_t k = 0; k < 2 * iterations; k++)
    for (int i = 0; i < 12; i++) sum[i] = sum[i] * factor + term;
  for (int i = 0; i < 12; i++) store(out + i * kLanes, sum[i]);
}

namespace {
const KernelTable table = {QUOTE(KERNEL_NS),
                           kLanes,
                           peak,
                           unary,
                           binary,
                           select,
                           reduce_sum,
                           reduce_max,
                           argmax,
                           matmul_packed_size,
                           pack,
                           narrow,
                           round_to_bfloat16,
                           bernoulli,
                           matmul,
                           activation_backward,
                           column_sums,
                           transpose2d,
                           softmax_cross_entropy,
                           softmax_cross_entropy_backward,
                           softmax,
                           layer_norm,
                           layer_norm_backward,
                           sum_of_squares,
                           optimizer,
                           recurrent_layout,
                           pack_recurrent,
                           pack_recurrent_transposed,
                           input_rows,
                           output_rows,
                           recurrent_start,
                           recurrent_project,
                           recurrent_part,
                           recurrent_phases,
                           recurrent_step,
                           recurrent_end,
                           recurrent_forward,
                           input_gradient,
                           recurrent_backward_scratch,
                           recurrent_backward,
                           weight_gradient,
                           add_up,
                           add_to};
}  // namespace

}  // namespace KERNEL_NS
}  // namespace lstm_native

extern "C" const lstm_native::KernelTable* JOIN(lstm_kernels_, KERNEL_NS)(void) {
  return &lstm_native::KERNEL_NS::table;
}
