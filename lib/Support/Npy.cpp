#include "Support/Npy.h"

#include "Support/CheckedShape.h"
#include "Support/DTypeConversion.h"
#include "Support/FileBytes.h"
#include "Support/NarrowTypes.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace mlc {

namespace {
constexpr std::string_view magic("\x93NUMPY", 6);

struct Code {
  DType type;
  std::string_view code; ///< numpy's kind and size, without the byte order
};
constexpr Code codes[] = {
    {DType::Float32, "f4"}, {DType::UInt8, "u1"},   {DType::Int8, "i1"},   {DType::UInt16, "u2"},
    {DType::Int16, "i2"},   {DType::Int32, "i4"},   {DType::Int64, "i8"},  {DType::Bool, "b1"},
    {DType::Float16, "f2"}, {DType::Float64, "f8"}, {DType::UInt32, "u4"}, {DType::UInt64, "u8"},
};

struct Header {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Reads the Python dictionary of a header: exactly the three keys that the format defines.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  /// Nothing where the text is not such a dictionary.
  std::optional<Header> parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    if (!take('{'))
      return std::nullopt;
    while (!take('}')) {
      std::optional<std::string> key = string();
      if (!key || !take(':'))
        return std::nullopt;
      if (*key == "descr" && !descr) {
        std::optional<std::string> value = string();
        // A list is a structure; the caller reports what it finds.
        header.descr = value ? *value : "a structure";
        if (!value)
          return header;
        descr = true;
      } else if (*key == "fortran_order" && !order) {
        if (!boolean(header.fortranOrder))
          return std::nullopt;
        order = true;
      } else if (*key == "shape" && !shape) {
        if (!tuple(header.shape))
          return std::nullopt;
        shape = true;
      } else {
        return std::nullopt;
      }
      if (!take(',') && peek() != '}')
        return std::nullopt;
    }
    return descr && order && shape && peek() == 0 ? std::optional(header) : std::nullopt;
  }

private:
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
      ++at_;
    return at_ < text_.size() ? text_[at_] : 0;
  }

  bool take(char c) {
    if (peek() != c)
      return false;
    ++at_;
    return true;
  }

  std::optional<std::string> string() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return std::nullopt;
    size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  bool boolean(bool &value) {
    peek();
    for (std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        value = word == "True";
        return true;
      }
    return false;
  }

  bool tuple(std::vector<int64_t> &values) {
    if (!take('('))
      return false;
    while (!take(')')) {
      peek();
      int64_t value;
      const char *end = text_.data() + text_.size();
      auto [next, error] = std::from_chars(text_.data() + at_, end, value);
      if (error != std::errc())
        return false;
      at_ = size_t(next - text_.data());
      take('L'); // Python 2 wrote long integers so
      values.push_back(value);
      if (!take(',') && peek() != ')')
        return false;
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

/// Copies a column-major array into row-major order.
void transposeFromColumnMajor(const std::byte *source, Tensor &tensor) {
  size_t size = byteSize(tensor.dtype), rank = tensor.shape.size();
  std::vector<int64_t> index(rank), stride(rank);
  int64_t step = 1;
  for (size_t d = 0; d < rank; ++d) {
    stride[d] = step;
    step *= tensor.shape[d];
  }
  int64_t offset = 0;
  for (int64_t i = 0, count = tensor.numElements(); i < count; ++i) {
    std::memcpy(tensor.bytes.data() + size_t(i) * size, source + size_t(offset) * size, size);
    for (size_t d = rank; d-- > 0;) {
      offset += stride[d];
      if (++index[d] < tensor.shape[d])
        break;
      offset -= stride[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
}
} // namespace

Result<Tensor> parseNpy(std::span<const std::byte> bytes, const std::string &source) {
  auto fail = [&](const std::string &why) {
    return badInput(fmt::format("'{}' is not a usable .npy file: {}", source, why));
  };
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(magic))
    return fail("it does not begin with numpy's magic bytes");
  if (text.size() < 10)
    return fail("it is truncated in the header");
  unsigned major = uint8_t(text[6]);
  if (major < 1 || major > 3)
    return fail(fmt::format("version {} of the format is unknown (known: 1, 2, 3)", major));
  size_t start = major == 1 ? 10 : 12, length = 0;
  if (text.size() < start)
    return fail("it is truncated in the header");
  for (size_t i = start; i-- > 8;)
    length = length << 8 | uint8_t(text[i]);
  if (length > text.size() - start)
    return fail("it is truncated in the header");

  std::optional<Header> header = HeaderParser(text.substr(start, length)).parse();
  if (!header)
    return fail("its header is malformed");
  char order = header->descr.empty() ? 0 : header->descr[0];
  std::string_view kind(header->descr);
  if (order == '<' || order == '>' || order == '|' || order == '=')
    kind.remove_prefix(1);
  DType dtype = DType::Undefined;
  for (const Code &code : codes)
    if (code.code == kind || (kind == "?" && code.type == DType::Bool))
      dtype = code.type;
  if (dtype == DType::Undefined)
    return fail(fmt::format("element type '{}' is not supported; save the array as a bool, integer or float type",
                            header->descr));

  std::optional<int64_t> size = checkedByteCount(dtype, header->shape);
  if (!size)
    return fail("its shape is not one of an array in memory");
  size_t payload = text.size() - start - length;
  if (payload < size_t(*size))
    return fail(fmt::format("it is truncated: {} needs {} bytes of data, the file has {}",
                            describeType(dtype, header->shape), *size, payload));
  if (payload > size_t(*size))
    return fail(
        fmt::format("{} bytes follow the data of {}", payload - size_t(*size), describeType(dtype, header->shape)));

  Tensor tensor(dtype, header->shape);
  const std::byte *data = bytes.data() + start + length;
  if (header->fortranOrder && header->shape.size() > 1)
    transposeFromColumnMajor(data, tensor);
  else if (*size)
    std::memcpy(tensor.bytes.data(), data, size_t(*size));
  if (size_t element = byteSize(dtype); order == '>' && element > 1)
    for (size_t i = 0; i < tensor.bytes.size(); i += element)
      std::reverse(tensor.bytes.begin() + ptrdiff_t(i), tensor.bytes.begin() + ptrdiff_t(i + element));
  return tensor;
}

Result<Tensor> readNpy(const std::string &path) {
  Result<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  return parseNpy(*bytes, path);
}

std::string formatNpy(const Tensor &tensor) {
  if (numpyType(tensor.dtype) != tensor.dtype)
    return formatNpy(convert(tensor, numpyType(tensor.dtype)));
  std::string_view code;
  for (const Code &row : codes)
    if (row.type == tensor.dtype)
      code = row.code;
  std::string shape;
  for (int64_t dim : tensor.shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(dim);
  if (tensor.shape.size() == 1)
    shape += ',';
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   byteSize(tensor.dtype) == 1 ? '|' : '<', code, shape);
  // The data begins at a multiple of 64 bytes.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string file(magic);
  file += '\1';
  file += '\0';
  file += char(header.size() & 0xff);
  file += char(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char *>(tensor.bytes.data()), tensor.bytes.size());
  return file;
}

Result<void> writeNpy(const std::string &path, const Tensor &tensor) { return writeFile(path, formatNpy(tensor)); }

} // namespace mlc
