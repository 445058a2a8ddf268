/** The threads of pool.h. */
#include "pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace elman {

namespace {

/** While it lives, denormal numbers are zero on their way in and out, if they are to be. */
class Denormals {
public:
#if defined(__x86_64__) || defined(_M_X64)
  explicit Denormals(bool flush) : before_(_mm_getcsr()) {
    if (flush) _mm_setcsr(before_ | 0x8040);
  }
  ~Denormals() { _mm_setcsr(before_); }

private:
  const unsigned before_;
#elif defined(__aarch64__)
  explicit Denormals(bool flush) {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    if (flush) asm volatile("msr fpcr, %0" ::"r"(before_ | (1 << 24)));
  }
  ~Denormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }

private:
  std::uint64_t before_;
#endif
};

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** A count that only grows, and who waits for it to grow. */
class Signal {
public:
  std::uint32_t now() const { return word_.load(std::memory_order_acquire); }

  void advance() {
    word_.fetch_add(1);
    if (sleepers_.load() == 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }

  /** Returns when the count is no longer `old`. */
  void pass(std::uint32_t old) {
    for (int i = 0; i < patience; i++) {
      if (now() != old) return;
      pause();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    awake_.wait(lock, [&] { return word_.load() != old; });
    sleepers_.fetch_sub(1);
  }

private:
  /** Looks before it sleeps: about as long as it takes to wake up. */
  static constexpr int patience = 5000;

  alignas(64) std::atomic<std::uint32_t> word_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable awake_;
};

/** Memory that is given back with its thread. */
struct Block {
  void* at = nullptr;
  std::size_t bytes = 0;
  ~Block() { std::free(at); }
};

}  // namespace

class Barrier {
public:
  void meet(std::uint32_t count) {
    const std::uint32_t round = rounds_.now();
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < count) return rounds_.pass(round);
    arrived_.store(0, std::memory_order_relaxed);
    rounds_.advance();
  }

private:
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  Signal rounds_;
};

void Team::meet() { barrier->meet(count); }

void* scratch(Place place, std::size_t bytes) {
  static thread_local Block blocks[places];
  Block& block = blocks[place];
  if (block.bytes < bytes) {
    std::free(block.at);
    block.bytes = 0;
    const std::size_t pages = (bytes + bytes / 8 + 4095) / 4096;
    block.at = std::aligned_alloc(4096, pages * 4096);
    if (block.at == nullptr) throw std::bad_alloc();
    block.bytes = pages * 4096;
  }
  return block.at;
}

namespace {

/** What a team is to do. */
struct Work {
  void (*job)(const void*, Team&);
  const void* argument;
  bool flush;
  /** How many take part; 0 ends those who are called. */
  int count;

  void as(int id, Barrier* inside) const {
    const Denormals denormals(flush);
    Team team(id, count, inside);
    job(argument, team);
  }
};

/** The threads beside the callers'. */
class Pool {
public:
  ~Pool() { resize(1); }

  void run(Work work) {
    if (work.count > 1 && busy_.try_lock()) {
      const std::lock_guard<std::mutex> held(busy_, std::adopt_lock);
      resize(wanted_.load());
      work.count = std::min(work.count, int(helpers_.size()) + 1);
      work_ = work;
      for (int i = 1; i < work.count; i++) helpers_[i - 1]->call.advance();
      work.as(0, &inside_);
      if (work.count > 1) ended_.meet(work.count);
    } else {
      work.count = 1;
      work.as(0, nullptr);
    }
  }

  std::atomic<int> wanted_{1};

private:
  struct Helper {
    Signal call;
    std::thread thread;
  };

  void resize(int count) {
    if (helpers_.size() + 1 == std::size_t(count)) return;
    work_ = {nullptr, nullptr, false, 0};
    for (const auto& helper : helpers_) helper->call.advance();
    for (const auto& helper : helpers_) helper->thread.join();
    helpers_.clear();
    try {
      for (int id = 1; id < count; id++) {
        auto helper = std::make_unique<Helper>();
        helper->thread = std::thread([this, id, call = &helper->call] { help(id, *call); });
        helpers_.push_back(std::move(helper));
      }
    } catch (const std::system_error&) {
      // The system gives no more threads: those that are there serve.
      wanted_.store(int(helpers_.size()) + 1);
    }
  }

  void help(int id, Signal& call) {
    for (std::uint32_t seen = 0;; seen++) {
      call.pass(seen);
      const Work work = work_;
      if (work.count == 0) return;
      work.as(id, &inside_);
      ended_.meet(work.count);
    }
  }

  std::mutex busy_;
  std::vector<std::unique_ptr<Helper>> helpers_;
  Work work_{};
  Barrier inside_, ended_;
};

Pool pool;

}  // namespace

void share(int wanted, bool flush, void (*job)(const void*, Team&), const void* argument) {
  pool.run({job, argument, flush, std::min(wanted, threads())});
}
int threads() { return pool.wanted_.load(); }
void setThreads(int count) { pool.wanted_.store(count); }

}  // namespace elman
