#include "dispatch.h"

#include <algorithm>
#include <fstream>
#include <thread>
#if defined(__linux__)
#include <sched.h>
#endif

#include "processor.h"

namespace lstm_native {

const std::vector<const KernelTable*>& available_kernels() {
  static const std::vector<const KernelTable*>* tables = [] {
    auto* found = new std::vector<const KernelTable*>{lstm_kernels_baseline()};
#if defined(LSTM_X64_KERNELS)
    if (has_avx2()) found->push_back(lstm_kernels_avx2());
    if (has_avx512()) found->push_back(lstm_kernels_avx512());
#endif
    return found;
  }();
  return *tables;
}

const KernelTable* find_kernels(const std::string& name) {
  if (name.empty()) return available_kernels().back();
  for (const KernelTable* table : available_kernels())
    if (name == table->name) return table;
  return nullptr;
}

namespace {

// The quota of a cgroup in processors, rounded up; 0 when there is none.
size_t container_quota() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) {
    const double processors = std::strtod(quota.c_str(), nullptr) / period;
    return processors <= 0 ? 0 : static_cast<size_t>(processors + 0.999);
  }
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double q = 0;
  if (v1_quota >> q && v1_period >> period && q > 0 && period > 0) return static_cast<size_t>(q / period + 0.999);
  return 0;
}

}  // namespace

size_t usable_processors() {
  size_t count = std::max(1u, std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) count = std::max(1, CPU_COUNT(&set));
#endif
  const size_t quota = container_quota();
  return quota == 0 ? count : std::min(count, quota);
}

}  // namespace lstm_native
