#include "Reference/Elements.h"

namespace mlc::reference {

// Eigen's 16-bit floats convert implicitly to float only.
static double native(Float16 value) { return static_cast<double>(static_cast<float>(value)); }
static double native(BFloat16 value) { return static_cast<double>(static_cast<float>(value)); }
template <typename T> static T native(T value) { return value; }

template <typename C> void load(const Tensor &tensor, int64_t offset, int64_t stride, int64_t count, C *out) {
  dispatch(tensor.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *in = tensor.data<T>() + offset;
    for (int64_t i = 0; i < count; ++i)
      out[i] = convert<C>(native(in[i * stride]));
  });
}

template <typename C> void store(Tensor &tensor, int64_t offset, int64_t stride, int64_t count, const C *in) {
  dispatch(tensor.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T *out = tensor.data<T>() + offset;
    for (int64_t i = 0; i < count; ++i)
      out[i * stride] = convert<T>(in[i]);
  });
}

template void load(const Tensor &, int64_t, int64_t, int64_t, double *);
template void load(const Tensor &, int64_t, int64_t, int64_t, int64_t *);
template void load(const Tensor &, int64_t, int64_t, int64_t, uint64_t *);
template void store(Tensor &, int64_t, int64_t, int64_t, const double *);
template void store(Tensor &, int64_t, int64_t, int64_t, const int64_t *);
template void store(Tensor &, int64_t, int64_t, int64_t, const uint64_t *);

} // namespace mlc::reference
