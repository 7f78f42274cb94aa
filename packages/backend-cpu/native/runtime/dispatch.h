// Which instruction set's kernels run, and on how many threads.
#pragma once
#include <string>
#include <vector>

#include "../kernels/table.h"

namespace lstm_native {

// Tables that this processor can run, slowest first.
const std::vector<const KernelTable*>& available_kernels();
// The fastest, or the one that the name asks for; null when there is none of this name.
const KernelTable* find_kernels(const std::string& name);
// Processors this process may use: affinity and container quota.
size_t usable_processors();

}  // namespace lstm_native
