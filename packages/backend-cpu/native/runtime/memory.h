// Memory for tensors and scratch: 64-byte aligned, handed out in size classes and kept for the next request.
#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace lstm_native {

class Memory {
 public:
  static Memory& shared();
  // Null when the system has none left. `bytes` may be 0.
  void* allocate(size_t bytes);
  void release(void* pointer, size_t bytes);
  void trim();
  // Bytes held for reuse.
  size_t idle_bytes();

 private:
  static size_t size_class(size_t bytes);
  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;
  size_t idle_ = 0;
};

// A block of floats that returns to the pool with its owner.
class Block {
 public:
  Block() = default;
  explicit Block(size_t floats);  // throws std::bad_alloc
  Block(Block&& other) noexcept : data_(other.data_), bytes_(other.bytes_) { other.data_ = nullptr; }
  Block& operator=(Block&& other) noexcept;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();
  float* data() const { return static_cast<float*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace lstm_native
