/**
 * Products: c (+)= a·b in tiles of registers, b packed in panels.
 *
 * A panel is `wide` vectors of columns, and lies as [k][vector][lane], so that the innermost loop reads it from front to
 * back; what is left at the end lies in panels of one vector. A tile is some rows of a times a panel, or, where there
 * are few rows, times several panels, so that additions need not wait for each other. Whatever the tile, each number is
 * one sum over k from front to back: its bits depend on neither the tile nor the number of threads.
 */
#pragma once
#include <cstddef>

#include "pool.h"
#include "runs.h"
#include "vectors.h"

namespace elman::ELMAN_SPACE {

#if defined(__aarch64__) || ELMAN_WIDTH == 64
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif
/** Vectors of a panel. */
constexpr int wide = registers == 32 ? 4 : 2;
/** Sums that a tile keeps in registers: the others hold b, an element of a, and a product where it is not fused. */
constexpr int most = registers == 32 ? 24 : ELMAN_WIDTH == 16 ? 8 : 12;
/** Sums that have to be under way for the additions not to wait. */
constexpr int enough = 8;
/** Rows of a tile over a panel of so many vectors. */
constexpr int rowsOf(int vectors) { return most / vectors; }
/** Panels side by side for a tile of so few rows. */
constexpr int panelsOf(int rows, int vectors) {
  const int count = (enough + rows * vectors - 1) / (rows * vectors);
  return rows * vectors * count <= most ? count : 1;
}

/** Element k of row r of a is at[r·row + k·column]. */
template <class T> struct Rows {
  const T* at;
  std::ptrdiff_t row, column;
};

/** The sums of a tile: [panel][row][vector]. */
template <class T, int R, int W, int B> using Sums = Vector<T>[B][R][W];

/** sums += a·b for K elements of each row; panels are `step` numbers apart. */
template <class T, int R, int W, int B>
ELMAN_INLINE void multiply(Sums<T, R, W, B>& sums, Rows<T> a, const T* b, std::ptrdiff_t step, int K) {
  for (int k = 0; k < K; k++, b += W * lanes<T>, a.at += a.column) {
    ELMAN_UNROLL for (int p = 0; p < B; p++) {
      Vector<T> y[W];
      ELMAN_UNROLL for (int w = 0; w < W; w++) y[w] = load(b + p * step + w * lanes<T>);
      ELMAN_UNROLL for (int r = 0; r < R; r++) {
        const Vector<T> x = splat(a.at[r * a.row]);
        ELMAN_UNROLL for (int w = 0; w < W; w++) sums[p][r][w] += x * y[w];
      }
    }
  }
}

/** The panels of N columns: which columns each has. */
template <class T> class Panels {
public:
  const int full, count;
  explicit ELMAN_INLINE Panels(int N) : full(N / units), count(full + (N - full * units + lanes<T> - 1) / lanes<T>) {}
  ELMAN_INLINE int first(int panel) const { return panel < full ? panel * units : full * units + (panel - full) * lanes<T>; }
  ELMAN_INLINE int vectors(int panel) const { return panel < full ? wide : 1; }

private:
  static constexpr int units = wide * lanes<T>;
};
/** Numbers of the panels of [K, N]. */
template <class T> ELMAN_INLINE std::size_t panelSize(std::size_t K, std::size_t N) {
  return K * ((N + lanes<T> - 1) / lanes<T>) * lanes<T>;
}

/** What a product does: rows of c begin as `bias` [N], or as they are, or as zeros. */
template <class T> struct Product {
  Rows<T> a;
  const T* panels;
  T* c;
  std::ptrdiff_t row;
  int M, N, K;
  const T* bias;
  bool accumulate;
};

/** How much of K and of M is done at a time: a panel's share stays in the first cache, a block of rows in the second. */
constexpr int slice = 256, block = 96;

/** One tile: B panels, `count` columns from the first on. */
template <class T, int R, int W, int B>
__attribute__((noinline)) void productTile(Rows<T> a, const T* b, std::ptrdiff_t step, int K, T* c, std::ptrdiff_t cRow,
                                           const T* begin, std::ptrdiff_t beginRow, int count) {
  constexpr int V = lanes<T>;
  Sums<T, R, W, B> sums;
  ELMAN_UNROLL for (int p = 0; p < B; p++) ELMAN_UNROLL for (int r = 0; r < R; r++) ELMAN_UNROLL for (int w = 0; w < W; w++) {
    const int n = (p * W + w) * V;
    sums[p][r][w] = begin == nullptr ? Vector<T>{} : load(begin + r * beginRow + n, count - n);
    // What was not read is fetched for the writing meanwhile.
    if (beginRow == 0) __builtin_prefetch(c + r * cRow + n, 1);
  }
  multiply<T, R, W, B>(sums, a, b, step, K);
  ELMAN_UNROLL for (int p = 0; p < B; p++) ELMAN_UNROLL for (int r = 0; r < R; r++) ELMAN_UNROLL for (int w = 0; w < W; w++) {
    const int n = (p * W + w) * V;
    store(c + r * cRow + n, sums[p][r][w], count - n);
  }
}

/** Calls `tile` with the number of rows, R at most, as a constant. */
template <int R, class F> ELMAN_INLINE void withRows(int rows, const F& tile) {
  if constexpr (R > 1) {
    if (rows < R) return withRows<R - 1>(rows, tile);
  }
  tile(std::integral_constant<int, R>());
}

/**
 * Calls tile(rows, vectors, panels) with constants, for panels of one gate: `rows` rows times some panels from `panel`
 * on, before `last`. Several at once only where `alone` says that no other rows go with them. Returns how many.
 */
template <class T, class F> ELMAN_INLINE int withTile(int rows, const Panels<T>& all, int panel, int last, bool alone, const F& tile) {
  int did = 1;
  withRows<rowsOf(wide)>(rows, [&](auto known) {
    constexpr int R = decltype(known)::value, B = panelsOf(R, wide);
    using Rows = std::integral_constant<int, R>;
    using One = std::integral_constant<int, 1>;
    using Wide = std::integral_constant<int, wide>;
    if (panel >= all.full) tile(Rows(), One(), One());
    else if (B > 1 && alone && panel + B <= last && panel + B <= all.full) {
      tile(Rows(), Wide(), std::integral_constant<int, B>());
      did = B;
    } else tile(Rows(), Wide(), One());
  });
  return did;
}

/** Rows of a from the slice of K, as [tile][k][row]; a transposed matrix is read in the order in which it lies. */
template <class T> ELMAN_INLINE void gather(Rows<T> a, int count, int K, T* to) {
  constexpr int R = rowsOf(wide);
  for (int k = 0; k < K; k++) {
    const T* const from = a.at + k * a.column;
    int m = 0;
    // Rows of a great matrix are pages apart, where the processor does not look ahead by itself.
    for (int line = 0; line < count; line += 64 / int(sizeof(T))) __builtin_prefetch(from + 8 * a.column + line * a.row);
    if (a.row == 1)
      for (; m + R <= count; m += R) __builtin_memcpy(to + m * K + k * R, from + m, R * sizeof(T));
    for (; m < count; m += R) {
      const int rows = count - m < R ? count - m : R;
      for (int r = 0; r < rows; r++) to[m * K + k * rows + r] = from[(m + r) * a.row];
    }
  }
}

/** The rows `top` to `bottom` of c, in the columns of the panels `left` to `right`. */
template <class T> void productPart(const Product<T>& p, int top, int bottom, int left, int right) {
  constexpr int V = lanes<T>, R = rowsOf(wide);
  const Panels<T> all(p.N);
  const bool isPacked = p.a.column != 1 && p.M > 1;
  T* const packedRows = isPacked ? scratchOf<T>(gathered, block * slice) : nullptr;
  for (int m = top; m < bottom; m += block) {
    const int rows = bottom - m < block ? bottom - m : block;
    for (int k = 0; k == 0 || k < p.K; k += slice) {
      const int share = p.K - k < slice ? p.K - k : slice;
      const bool onto = k > 0 || p.accumulate;
      const T* const from = p.a.at + m * p.a.row + k * p.a.column;
      if (isPacked) gather<T>({from, p.a.row, p.a.column}, rows, share, packedRows);
      for (int panel = left, did; panel < right; panel += did) {
        const int n = all.first(panel), vectors = all.vectors(panel);
        const std::ptrdiff_t step = std::ptrdiff_t(p.K) * vectors * V;
        const T* const b = p.panels + std::ptrdiff_t(p.K) * n + k * vectors * V;
        for (int r = 0; r < rows; r += R) {
          const int count = rows - r < R ? rows - r : R;
          T* const c = p.c + (m + r) * p.row + n;
          const T* const begin = onto ? c : p.bias == nullptr ? nullptr : p.bias + n;
          const Rows<T> a = isPacked ? Rows<T>{packedRows + r * share, 1, count} : Rows<T>{from + r * p.a.row, p.a.row, p.a.column};
          did = withTile(count, all, panel, right, rows <= R, [&](auto height, auto width, auto panels) {
            productTile<T, decltype(height)::value, decltype(width)::value, decltype(panels)::value>(
              a, b, step, share, c, p.row, begin, onto ? p.row : 0, p.N - n);
          });
        }
      }
    }
  }
}

/** A product: parts of it are rows, or columns where there are more of them. */
template <class T> void product(const Product<T>& p, Team& team) {
  const int panels = Panels<T>(p.N).count, R = rowsOf(wide), tiles = (p.M + R - 1) / R;
  team.share([&](const Part& part) {
    if (tiles >= panels) {
      const int bottom = int(part.last(tiles)) * R;
      productPart(p, int(part.first(tiles)) * R, bottom < p.M ? bottom : p.M, 0, panels);
    } else productPart(p, 0, p.M, int(part.first(panels)), int(part.last(panels)));
  });
}

/** What is packed: b[k][n] at k·row + n·column, or where places say instead. */
template <class T> struct Source {
  const T* at;
  std::ptrdiff_t row, column;
  const std::int32_t *rows = nullptr, *columns = nullptr;
  /** The same from an element on. */
  ELMAN_INLINE Source from(std::ptrdiff_t k, std::ptrdiff_t n) const {
    const T* const first = at + (rows == nullptr ? k * row : 0) + (columns == nullptr ? n * column : 0);
    return {first, row, column, rows == nullptr ? nullptr : rows + k, columns == nullptr ? nullptr : columns + n};
  }
};

/** One panel: columns u to u + `count` of each of the gates, which stand H columns apart. */
template <class T> void packPanel(const Source<T>& b, int K, int H, int u, int vectors, int gates, T* to) {
  const int width = vectors * lanes<T>, left = H - u < width ? H - u : width;
  for (int g = 0; g < gates; g++, to += width) {
    const Source<T> s = b.from(0, std::ptrdiff_t(g) * H + u);
    T* out = to;
    for (int k = 0; k < K; k++, out += gates * width) {
      const T* const from = s.at + (s.rows == nullptr ? k * s.row : s.rows[k]);
      if (s.columns != nullptr) for (int j = 0; j < left; j++) out[j] = from[s.columns[j]];
      else for (int j = 0; j < left; j++) out[j] = from[j * s.column];
      for (int j = left; j < width; j++) out[j] = 0;
    }
  }
}

/** Packs [K, gates·H]: panels of one gate are those of a product, of several have a vector of units with all gates. */
template <class T> void pack(const Source<T>& b, int K, int H, int gates, T* to, Team& team) {
  const Panels<T> all(H);
  const int count = gates == 1 ? all.count : (H + lanes<T> - 1) / lanes<T>;
  team.share([&](const Part& part) {
    for (int panel = int(part.first(count)); panel < int(part.last(count)); panel++) {
      const int u = gates == 1 ? all.first(panel) : panel * lanes<T>;
      packPanel(b, K, H, u, gates == 1 ? all.vectors(panel) : 1, gates, to + std::ptrdiff_t(K) * gates * u);
    }
  });
}

/** Rows and columns of b that are packed at a time. */
constexpr int rowsAtOnce = 1024, columnsAtOnce = 4096;

/** The products from `first` to before `last`. */
template <class T> void productsOf(const Products<T>& p, std::ptrdiff_t first, std::ptrdiff_t last, T* panels, Team& team) {
  for (std::ptrdiff_t all = first; all < last; all++) {
    const std::ptrdiff_t i = all / p.groups, g = all % p.groups;
    const T* const a = p.a.at + i * p.a.batch + g * p.a.group;
    T* const c = p.c.at + i * p.c.batch + g * p.c.group;
    const Source<T> b{p.b.at + i * p.b.batch + g * p.b.group, p.b.row, p.b.column, p.rows, p.columns};
    for (int n = 0; n < p.N; n += columnsAtOnce) {
      const int N = p.N - n < columnsAtOnce ? p.N - n : columnsAtOnce;
      for (int k = 0; k == 0 || k < p.K; k += rowsAtOnce) {
        const int K = p.K - k < rowsAtOnce ? p.K - k : rowsAtOnce;
        pack<T>(b.from(k, n), K, N, 1, panels, team);
        product<T>({{a + k * p.a.column, p.a.row, p.a.column}, panels, c + n, p.c.row, p.M, N, K, nullptr, k > 0 || p.accumulate}, team);
      }
    }
  }
}

/** Room for the panels of a product, this thread's own. */
template <class T> ELMAN_INLINE T* panelsFor(const Products<T>& p) {
  return scratchOf<T>(packed, panelSize<T>(p.K < rowsAtOnce ? p.K : rowsAtOnce, p.N < columnsAtOnce ? p.N : columnsAtOnce));
}

/** Multiplications that are worth one more thread. */
constexpr double worthOneMore = 5e5;

template <class T> void products(const Products<T>& p) {
  struct Job {
    const Products<T>& p;
    std::ptrdiff_t count;
    T* panels;
  };
  const std::ptrdiff_t count = p.count * p.groups;
  const double wanted = double(count) * p.M * p.N * p.K / worthOneMore;
  const Job job{p, count, panelsFor(p)};
  share(wanted < 1e3 ? int(wanted) : 1000, true, [](const void* given, Team& team) {
    const Job& job = *static_cast<const Job*>(given);
    // A sum over the batch is made in its order.
    const bool isSum = job.p.count > 1 && job.p.c.batch == 0;
    if (isSum || job.count < team.count) return productsOf(job.p, 0, job.count, job.panels, team);
    // Enough for each member to make some alone.
    team.share([&](const Part& part) {
      Team alone;
      productsOf(job.p, part.first(job.count), part.last(job.count), panelsFor(job.p), alone);
    });
  }, &job);
}

template <class T> void packWeights(const Packing<T>& p) {
  Team alone;
  pack<T>({p.b.at, p.b.row, p.b.column}, p.K, p.H, p.gates, p.to, alone);
}

}  // namespace elman::ELMAN_SPACE
