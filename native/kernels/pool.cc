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
#if defined(__linux__)
#include <sched.h>
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

/** A number that some change and others wait for. */
class Word {
public:
  std::atomic<std::uint64_t> value{0};

  /** Called after every change that somebody may wait for. */
  void changed() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (sleepers_.load() == 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }

  /** Returns when `is` is true of the number: looks for about as long as it takes to wake up, before it sleeps. */
  template <class F> void wait(const F& is) {
    for (int i = 0; i < 5000; i++) {
      if (is(value.load(std::memory_order_acquire))) return;
      pause();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    awake_.wait(lock, [&] { return is(value.load()); });
    sleepers_.fetch_sub(1);
  }

private:
  std::atomic<int> sleepers_{0};
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

class Board {
public:
  /** The phase, above 32 bits for the parts that are taken. */
  alignas(64) Word phase;
  alignas(64) std::atomic<int> done{0};
};

int Team::take(int parts) {
  std::uint64_t now = board_->phase.value.load(std::memory_order_acquire);
  while (now >> 32 == phase_) {
    const std::uint32_t open = ~std::uint32_t(now) & (parts == 32 ? ~0u : (1u << parts) - 1);
    if (open == 0) return -1;
    const int part = id_ < parts && (open >> id_ & 1) != 0 ? id_ : __builtin_ctz(open);
    if (board_->phase.value.compare_exchange_weak(now, now | 1ull << part, std::memory_order_acq_rel)) return part;
  }
  return -1;
}

void Team::finish(int parts) {
  if (board_->done.fetch_add(1, std::memory_order_acq_rel) + 1 < parts) return;
  board_->done.store(0, std::memory_order_relaxed);
  board_->phase.value.store(std::uint64_t(phase_ + 1) << 32, std::memory_order_release);
  board_->phase.changed();
}

void Team::pass() {
  board_->phase.wait([&](std::uint64_t now) { return now >> 32 != phase_; });
  phase_++;
}

static thread_local Block blocks[places];

void* scratch(Place place, std::size_t bytes) {
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

/** Gives back what is more than a thread may keep from call to call. */
void tidy() {
  for (Block& block : blocks) {
    if (block.bytes <= std::size_t(1) << 26) continue;
    std::free(block.at);
    block = {};
  }
}

/** What a team is to do. */
struct Work {
  int count;
  bool flush;
  void (*job)(const void*, Team&);
  const void* argument;

  void as(Team team) const {
    const Denormals denormals(flush);
    job(argument, team);
    tidy();
  }
};

/** The threads beside the callers'. */
class Pool {
public:
  /** 0 until somebody says. */
  std::atomic<int> wanted{0};

  ~Pool() { resize(1); }

  void run(const Work& work) {
    if (work.count < 2 || !busy_.try_lock()) return work.as(Team());
    const std::lock_guard<std::mutex> held(busy_, std::adopt_lock);
    const bool isNew = resize(std::max(wanted.load(), 1));
    const int count = std::min(work.count, int(helpers_.size()) + 1);
    if (count == 1) return work.as(Team());
    keepOff(isNew);
    work_ = {count, work.flush, work.job, work.argument};
    board_.phase.value.store(0);
    members_.value.store(0);
    for (int i = 1; i < count; i++) helpers_[i - 1]->call();
    work_.as(Team(count, 0, &board_));
    // Nobody joins any more; whoever did is waited for, since what they look at goes.
    members_.value.fetch_or(closed);
    members_.wait([](std::uint64_t members) { return members == closed; });
  }

private:
  static constexpr std::uint64_t closed = 1ull << 32;

  struct Helper {
    Word calls;
    std::thread thread;

    void call() {
      calls.value.fetch_add(1);
      calls.changed();
    }
  };

  /** Whether there are new helpers. */
  bool resize(int count) {
    if (helpers_.size() + 1 == std::size_t(count)) return false;
    ends_.store(true);
    for (const auto& helper : helpers_) helper->call();
    for (const auto& helper : helpers_) helper->thread.join();
    ends_.store(false);
    helpers_.clear();
    try {
      for (int id = 1; id < count; id++) {
        auto helper = std::make_unique<Helper>();
        helper->thread = std::thread([this, id, calls = &helper->calls] { help(id, *calls); });
        helpers_.push_back(std::move(helper));
      }
    } catch (const std::system_error&) {
      // The system gives no more threads: those that are there serve.
      wanted.store(int(helpers_.size()) + 1);
    }
    return true;
  }

  /**
   * Keeps the helpers off the caller's core. In a virtual machine idle cores look busy to Linux, which wakes a helper there,
   * where it waits for milliseconds until the caller has done its work alone.
   */
  void keepOff([[maybe_unused]] bool areNew) {
#if defined(__linux__)
    cpu_set_t others;
    if (sched_getaffinity(0, sizeof others, &others) != 0) return;
    if (CPU_COUNT(&others) > 1) CPU_CLR(sched_getcpu(), &others);
    if (!areNew && CPU_EQUAL(&others, &others_)) return;
    others_ = others;
    for (const auto& helper : helpers_) pthread_setaffinity_np(helper->thread.native_handle(), sizeof others, &others);
#endif
  }

  void help(int id, Word& calls) {
    for (std::uint64_t seen = 0;;) {
      calls.wait([&](std::uint64_t now) { return now != seen; });
      seen = calls.value.load();
      if (ends_.load()) return;
      std::uint64_t members = members_.value.load();
      while (members < closed && !members_.value.compare_exchange_weak(members, members + 1)) {
      }
      if (members >= closed) continue;
      work_.as(Team(work_.count, id, &board_));
      members_.value.fetch_sub(1);
      members_.changed();
    }
  }

#if defined(__linux__)
  /** The cores that helpers may use. */
  cpu_set_t others_;
#endif
  std::mutex busy_;
  std::vector<std::unique_ptr<Helper>> helpers_;
  std::atomic<bool> ends_{false};
  Work work_{};
  Board board_;
  /** How many helpers are at work, and whether more may join. */
  Word members_;
};

Pool pool;

}  // namespace

void share(int wanted, bool flush, void (*job)(const void*, Team&), const void* argument) {
  pool.run({std::min(wanted, threads()), flush, job, argument});
}
int threads() { return pool.wanted.load(); }
void setThreads(int count) { pool.wanted.store(std::min(count, 32)); }

}  // namespace elman
