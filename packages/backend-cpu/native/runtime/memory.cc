#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>
#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace lstm_native {

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kHuge = 2 * kHugePage;           // bytes from which such pages are asked for
constexpr size_t kIdleLimit = size_t{512} << 20;  // more than this goes back to the system

void* system_allocate(size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, kAlignment);
#else
  void* pointer = nullptr;
  // Weights and gates are walked in strides of pages: with pages of 2 MiB the walk stays in the translation cache.
  if (posix_memalign(&pointer, bytes >= kHuge ? kHugePage : kAlignment, bytes) != 0) return nullptr;
  prefer_huge_pages(pointer, bytes);
  return pointer;
#endif
}

void system_release(void* pointer) {
#if defined(_WIN32)
  _aligned_free(pointer);
#else
  std::free(pointer);
#endif
}

}  // namespace

void prefer_huge_pages(void* pointer, size_t bytes) {
#if defined(__linux__)
  if (bytes < kHuge) return;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(pointer) + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(pointer) + bytes) / kHugePage * kHugePage;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)pointer, (void)bytes;
#endif
}

Memory& Memory::shared() {
  static Memory* memory = new Memory;  // never destroyed: threads may outlive static destructors
  return *memory;
}

Memory::User::User() {
  Memory& memory = shared();
  const std::lock_guard<std::mutex> lock(memory.mutex_);
  memory.users_++;
}

Memory::User::~User() {
  Memory& memory = shared();
  {
    const std::lock_guard<std::mutex> lock(memory.mutex_);
    if (--memory.users_ > 0) return;
  }
  memory.trim();
}

// Four classes per power of two waste at most a fifth; small blocks are multiples of a cache line.
size_t Memory::size_class(size_t bytes) {
  if (bytes <= 1024) return bytes == 0 ? kAlignment : (bytes + kAlignment - 1) / kAlignment * kAlignment;
  size_t step = 256;
  while (step * 8 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

void* Memory::allocate(size_t bytes) {
  const size_t size = size_class(bytes);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = free_.find(size);
    if (found != free_.end() && !found->second.empty()) {
      void* pointer = found->second.back();
      found->second.pop_back();
      idle_ -= size;
      return pointer;
    }
  }
  void* pointer = system_allocate(size);
  if (pointer != nullptr) return pointer;
  trim();
  return system_allocate(size);
}

void Memory::release(void* pointer, size_t bytes) {
  if (pointer == nullptr) return;
  const size_t size = size_class(bytes);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_ + size <= kIdleLimit) {
      free_[size].push_back(pointer);
      idle_ += size;
      return;
    }
  }
  system_release(pointer);
}

void Memory::trim() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& entry : free_)
    for (void* pointer : entry.second) system_release(pointer);
  free_.clear();
  idle_ = 0;
}

size_t Memory::idle_bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return idle_;
}

Block::Block(size_t floats) : data_(Memory::shared().allocate(floats * sizeof(float))), bytes_(floats * sizeof(float)) {
  if (data_ == nullptr) throw std::bad_alloc();
}

Block& Block::operator=(Block&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Block::~Block() { Memory::shared().release(data_, bytes_); }

}  // namespace lstm_native
