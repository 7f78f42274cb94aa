// Prints the GFLOP/s of as many independent multiply-adds as the processor takes, on the given number of threads: the speed
// that the benchmark relates its figures to. It uses the widest vectors that this processor has.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

constexpr int kChains = 12;  // enough to hide the latency of two units
constexpr long kSteps = 40000;
constexpr int kPieces = 400;

#define DEFINE_LOOP(name, bytes, attribute)                                              \
  attribute void name(long steps, float* out) {                                          \
    typedef float vector __attribute__((vector_size(bytes)));                            \
    constexpr int lanes = bytes / static_cast<int>(sizeof(float));                       \
    vector sum[kChains], factor, term;                                                   \
    for (int i = 0; i < lanes; i++) factor[i] = 0.999f, term[i] = 0.001f;                \
    for (int c = 0; c < kChains; c++) sum[c] = term * static_cast<float>(c);             \
    for (long step = 0; step < steps; step++)                                            \
      for (int c = 0; c < kChains; c++) sum[c] = sum[c] * factor + term;                 \
    for (int c = 0; c < kChains; c++) out[c] = sum[c][0];                                \
  }

#if defined(__x86_64__)
DEFINE_LOOP(loop512, 64, __attribute__((target("avx512f,fma"))))
DEFINE_LOOP(loop256, 32, __attribute__((target("avx2,fma"))))
#endif
DEFINE_LOOP(loop128, 16, )

struct Loop {
  void (*run)(long, float*);
  int lanes;
};

Loop widest_loop() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return {loop512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {loop256, 8};
#endif
  return {loop128, 4};
}

}  // namespace

int main(int count, char** arguments) {
  using Clock = std::chrono::steady_clock;
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  const Loop loop = widest_loop();
  const double operations = 2.0 * kChains * loop.lanes * kSteps;
  // All threads work at once; each takes the best of its short pieces, which no other program interrupted.
  std::atomic<int> ready{0};
  std::vector<double> best(static_cast<size_t>(threads));
  std::vector<std::thread> team;
  for (double& own : best)
    team.emplace_back([&] {
      float out[kChains];
      ready++;
      while (ready < threads) std::this_thread::yield();
      for (int piece = 0; piece < kPieces; piece++) {
        const auto start = Clock::now();
        loop.run(kSteps, out);
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        own = std::max(own, operations / seconds * 1e-9);
      }
    });
  for (auto& thread : team) thread.join();
  double sum = 0;
  for (const double own : best) sum += own;
  std::printf("%.2f\n", sum);
  return 0;
}
