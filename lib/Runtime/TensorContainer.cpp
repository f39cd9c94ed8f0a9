#include "Runtime/TensorContainer.h"

#include "Support/FileBytes.h"

#include <cstring>

namespace mlc {

static constexpr char kMagic[9] = "MLCTENS1";

namespace {

struct TensorHeader {
  int32_t dtype;
  uint32_t rank;
  uint64_t nameBytes;
  uint64_t dataBytes;
};

uint64_t padded(uint64_t size) { return (size + 7) / 8 * 8; }

/// Takes bytes from the front of a file and says when there are not enough.
class Reader {
public:
  explicit Reader(const std::vector<std::byte> &bytes) : at_(bytes.data()), left_(bytes.size()) {}

  const std::byte *take(uint64_t size) {
    if (size > left_)
      return nullptr;
    const std::byte *start = at_;
    at_ += size;
    left_ -= size;
    return start;
  }
  template <typename T> bool read(T &value) {
    const std::byte *bytes = take(sizeof value);
    if (bytes)
      std::memcpy(&value, bytes, sizeof value);
    return bytes;
  }
  uint64_t left() const { return left_; }

private:
  const std::byte *at_;
  uint64_t left_;
};

bool readTensor(Reader &reader, NamedTensor &result) {
  TensorHeader header;
  if (!reader.read(header) || header.rank > reader.left() / 8 || header.nameBytes > reader.left() ||
      header.dataBytes > reader.left() || byteSize(static_cast<DType>(header.dtype)) == 0)
    return false;
  result.tensor.dtype = static_cast<DType>(header.dtype);
  result.tensor.shape.resize(header.rank);
  uint64_t bytes = byteSize(result.tensor.dtype);
  for (int64_t &dim : result.tensor.shape)
    if (!reader.read(dim) || dim < 0 || __builtin_mul_overflow(bytes, static_cast<uint64_t>(dim), &bytes))
      return false;
  const std::byte *name = reader.take(padded(header.nameBytes));
  const std::byte *data = reader.take(padded(header.dataBytes));
  if (!name || !data || bytes != header.dataBytes)
    return false;
  result.name.assign(reinterpret_cast<const char *>(name), header.nameBytes);
  result.tensor.bytes.assign(data, data + header.dataBytes);
  return true;
}

} // namespace

Result<void> writeTensorContainer(const std::string &path, const std::vector<NamedTensor> &tensors) {
  std::string out(kMagic, 8);
  auto put = [&](const void *data, size_t size) { out.append(static_cast<const char *>(data), size); };
  auto pad = [&] { out.resize(padded(out.size())); };
  uint64_t count = tensors.size();
  put(&count, sizeof count);
  for (const NamedTensor &named : tensors) {
    const Tensor &tensor = named.tensor;
    TensorHeader header{static_cast<int32_t>(tensor.dtype), static_cast<uint32_t>(tensor.shape.size()),
                        named.name.size(), tensor.bytes.size()};
    put(&header, sizeof header);
    put(tensor.shape.data(), tensor.shape.size() * sizeof(int64_t));
    put(named.name.data(), named.name.size());
    pad();
    put(tensor.bytes.data(), tensor.bytes.size());
    pad();
  }
  return writeFile(path, out);
}

Result<std::vector<NamedTensor>> readTensorContainer(const std::string &path) {
  auto bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  Reader reader(*bytes);
  const std::byte *magic = reader.take(8);
  uint64_t count = 0;
  if (!magic || std::memcmp(magic, kMagic, 8) != 0 || !reader.read(count))
    return badInput("'" + path + "' is not a tensor container");
  std::vector<NamedTensor> tensors;
  for (uint64_t i = 0; i < count; ++i) {
    NamedTensor tensor;
    if (!readTensor(reader, tensor))
      return badInput("'" + path + "': tensor " + std::to_string(i) + " is cut short or contradicts itself");
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

} // namespace mlc
