// Memory for tensors and scratch: 64-byte aligned, handed out in size classes and kept for the next request.
#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace lstm_native {

class Memory {
 public:
  // Who works with the memory. With the last of them goes what is held for reuse: the library may be about to be unloaded.
  class User {
   public:
    User();
    ~User();
    User(const User&) = delete;
    User& operator=(const User&) = delete;
  };

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
  size_t idle_ = 0, users_ = 0;
};

// Has fresh memory come in pages of 2 MiB where it is large and the system has them.
void prefer_huge_pages(void* pointer, size_t bytes);

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
