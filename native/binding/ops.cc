/** The entries of ops that tensors are made of: element by element, and folds. */
#include "arguments.h"
#include "choose.h"
#include "entries.h"
#include "parts.h"

namespace elman {

/** Ops from this number on answer with true or false. */
constexpr int firstTruth = 26, lastOp = 35;

/** elementwise(op, out, at, a, b, plan): out from `at` on, row-major; the plan has the shape and where a and b lie. */
static napi_value elementwise(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "elementwise");
  const int op = int(args.whole(0, lastOp));
  const size_t at = args.whole(2);
  return ofFloats(args, 3, [&](auto* a, size_t length) {
    using T = std::remove_pointer_t<decltype(a)>;
    const Array other = args.array(4);
    const T* b = args.of<T>(4, 0);
    Plan plan(args, 5);
    Walk walk;
    const double places = plan.pair(walk, a, length, b, other.length);
    const Array out = args.array(1);
    if (out.type != (op < firstTruth ? TypeOf<T>::type : napi_uint8_array)) args.fail(1, "an array of the result's type");
    if (!(double(at) + places <= double(out.length))) args.fail(1, "room for the result");
    if (!args.isFine() || places == 0) return;
    walk.simplify(2);
    char* to = static_cast<char*>(out.data) + at * (op < firstTruth ? sizeof(T) : 1);
    inParts(size_t(places), 1, [&](size_t first, size_t last) { chosenKernels()->of<T>().elementwise(op, walk, first, last, to); });
  });
}

/** scatter(to, from, plan): writes `from` where the plan says that `to` is; it has the shape and where both lie. */
static napi_value scatter(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "scatter");
  return ofFloats(args, 1, [&](auto* from, size_t length) {
    using T = std::remove_pointer_t<decltype(from)>;
    const Array to = args.array(0);
    const T* out = args.of<T>(0, 0);
    Plan plan(args, 2);
    Walk walk;
    const double places = plan.pair(walk, from, length, out, to.length);
    if (!(places <= double(to.length))) args.fail(0, "room for the result");
    if (!args.isFine() || places == 0) return;
    walk.simplify(2);
    if (walk.dims == 0) walk.shape[walk.dims++] = 1;
    const size_t row = walk.shape[walk.dims - 1];
    inParts(size_t(places) / row, row, [&](size_t first, size_t last) { chosenKernels()->of<T>().scatter(walk, first, last); });
  });
}

/** where(out, a, b, condition, plan) */
static napi_value where(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "where");
  return ofFloats(args, 1, [&](auto* a, size_t length) {
    using T = std::remove_pointer_t<decltype(a)>;
    const Array other = args.array(2), condition = args.array(3);
    const T* b = args.of<T>(2, 0);
    const uint8_t* c = args.of<uint8_t>(3, 0);
    Plan plan(args, 4);
    Walk walk;
    const double places = plan.pair(walk, a, length, b, other.length);
    plan.operand(walk, 2, c, condition.length);
    const Array out = args.array(0);
    if (out.type != TypeOf<T>::type || !(places <= double(out.length))) args.fail(0, "room for the result");
    if (!args.isFine() || places == 0) return;
    walk.simplify(3);
    T* to = static_cast<T*>(out.data);
    inParts(size_t(places), 1, [&](size_t first, size_t last) { chosenKernels()->of<T>().where(walk, first, last, to); });
  });
}

/** reduce(op, out, x, plan): the plan has what is kept and what is folded, each a shape and strides, and the offset of x. */
static napi_value reduce(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "reduce");
  const int op = int(args.whole(0, 3));
  return ofFloats(args, 2, [&](auto* x, size_t length) {
    using T = std::remove_pointer_t<decltype(x)>;
    Plan plan(args, 3);
    Walk kept, folded;
    const double places = plan.shape(kept);
    const double last = plan.strides(kept, 0);
    const double each = plan.shape(folded);
    const double furthest = plan.strides(folded, 0);
    const size_t offset = plan.next();
    if (last >= 0 && furthest >= 0 && !(double(offset) + last + furthest < double(length))) args.fail(3, "places within the array");
    const Array out = args.array(1);
    if (out.type != TypeOf<T>::type || !(places <= double(out.length))) args.fail(1, "room for the result");
    if (!args.isFine() || places == 0) return;
    kept.simplify(1);
    folded.simplify(1);
    const T* from = each == 0 ? x : x + offset;
    T* to = static_cast<T*>(out.data);
    inParts(size_t(places), size_t(each), [&](size_t first, size_t last) {
      chosenKernels()->of<T>().reduce(op, from, kept, folded, first, last, to);
    });
  });
}

const Entry opEntries[] = {{"elementwise", elementwise}, {"scatter", scatter}, {"where", where}, {"reduce", reduce}, {nullptr, nullptr}};

}  // namespace elman
