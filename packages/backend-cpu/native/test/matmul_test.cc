#include "subject.h"

namespace lstm_native_test {

using namespace lstm_native;

void test_matmul(const Subject& subject) {
  const KernelTable& k = *subject.context.kernels;
  Numbers numbers(9);
  std::vector<size_t> sizes = {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 24, 25, 31, 32, 33, 47, 48, 64, 65};
  for (int round = 0; round < 600; round++) {
    const size_t m = round < 200 ? sizes[numbers.below(sizes.size())] : 1 + numbers.below(100);
    const size_t n = round < 200 ? sizes[numbers.below(sizes.size())] : 1 + numbers.below(100);
    const size_t depth = round % 50 == 7 ? 1100 : round % 20 == 0 ? 400 : round < 200 ? sizes[numbers.below(sizes.size())] : 1 + numbers.below(70);
    const bool ta = numbers.below(2) == 1, tb = numbers.below(2) == 1, with_bias = numbers.below(2) == 1;
    const int activation = static_cast<int>(numbers.below(5));
    const bool in_bfloat16 = !ta && depth % 2 == 0 && numbers.below(2) == 0;
    const std::vector<float> a = numbers.vector(m * depth), bias = numbers.vector(n);
    std::vector<float> b = numbers.vector(depth * n);
    if (in_bfloat16)  // a quarter of the numbers that bfloat16 has, with no rounding left to do
      for (float& value : b) value = std::round(value * 64) / 64;
    std::vector<double> expected(m * n);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        double sum = with_bias ? bias[j] : 0;
        for (size_t p = 0; p < depth; p++)
          sum += static_cast<double>(ta ? a[p * m + i] : a[i * depth + p]) * (tb ? b[j * depth + p] : b[p * n + j]);
        expected[i * n + j] = activation == kTanhActivation          ? std::tanh(sum)
                              : activation == kSigmoidActivation     ? 1 / (1 + std::exp(-sum))
                              : activation == kHardSigmoidActivation ? std::fmin(1, std::fmax(0, sum / 6 + 0.5))
                              : activation == kReluActivation        ? std::fmax(0, sum)
                                                                     : sum;
      }
    std::vector<float> panels(k.packed_size(depth, n)), c(m * n + 16, 7.0f);
    k.pack(b.data(), tb ? depth : n, tb, depth, n, panels.data());
    const MatmulOperand operand = {a.data(), ta ? m : depth, ta};
    const size_t cut = numbers.below(m + 1);
    std::vector<uint16_t> halves(panels.size() + 64);
    if (in_bfloat16) k.narrow(panels.data(), panels.size(), halves.data());
    const Panels packed = {in_bfloat16 ? nullptr : panels.data(), in_bfloat16 ? halves.data() : nullptr};
    k.matmul(&operand, &packed, depth, n, c.data(), 0, cut, with_bias ? bias.data() : nullptr, activation);
    k.matmul(&operand, &packed, depth, n, c.data(), cut, m, with_bias ? bias.data() : nullptr, activation);
    char what[96];
    std::snprintf(what, sizeof what, "%s matmul %zux%zux%zu ta %d tb %d bias %d activation %d bfloat16 %d", k.name, m, n, depth, ta, tb,
                  with_bias, activation, in_bfloat16);
    expect_close(c.data(), expected, depth > 100 ? 2e-5 : 2e-6, what);
    bool clean = true;
    for (size_t i = m * n; i < c.size(); i++) clean = clean && c[i] == 7.0f;
    expect(clean, std::string(what) + " writes past the end");
  }
}

}  // namespace lstm_native_test
