// Inputs to rows in order of time, and their gradients back.
#include "functions.h"
#include "recurrent.h"

namespace lstm_native {
namespace KERNEL_NS {

namespace {

void input_row(const InputRows& r, size_t b, size_t s) {
  const size_t at = b * r.steps + r.first + s;
  float* to = r.out + (s * r.batch + b) * r.out_stride;
  if (r.mask != nullptr && r.mask[at] == 0.0f) {
    zero_row(to, r.width);
    return;
  }
  const float* from = r.x != nullptr        ? r.x + at * r.width
                      : r.tokens != nullptr ? r.table + static_cast<size_t>(r.tokens[at]) * r.width
                                            : r.rows + (s * r.batch + b) * r.rows_stride;
  if (r.dropout != nullptr) {
    multiply_row(from, r.dropout + b * r.width, to, r.width);
  } else {
    copy_row(from, to, r.width);
  }
}

// Rows of a table lie anywhere: those of the next step are asked for while this one's are copied.
void rows_of_tokens(const InputRows& r) {
  for (size_t s = 0; s < r.count; s++)
    for (size_t b = 0; b < r.batch; b++) {
      if (s + 1 < r.count)
        prefetch_row(r.table + static_cast<size_t>(r.tokens[b * r.steps + r.first + s + 1]) * r.width, r.width);
      input_row(r, b, s);
    }
}

}  // namespace

// Sequence by sequence: what is read or written far away is then read or written in one go.
void input_rows(const InputRows* parameters) {
  const InputRows& r = *parameters;
  if (r.tokens != nullptr) {
    rows_of_tokens(r);
    return;
  }
  for (size_t b = 0; b < r.batch; b++)
    for (size_t s = 0; s < r.count; s++) input_row(r, b, s);
}

void output_rows(const OutputRows* parameters) {
  const OutputRows& r = *parameters;
  for (size_t b = 0; b < r.batch; b++)
    for (size_t s = 0; s < r.count; s++) {
      const size_t at = b * r.steps + r.first + s;
      if (r.mask != nullptr && r.mask[at] == 0.0f) {
        zero_row(r.out + at * r.width, r.width);
      } else {
        copy_row(r.rows + (s * r.batch + b) * r.rows_stride, r.out + at * r.width, r.width);
      }
    }
}

}  // namespace KERNEL_NS
}  // namespace lstm_native
