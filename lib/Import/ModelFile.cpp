#include "Import/ModelFile.h"
#include "Support/MissingFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <fcntl.h>
#include <unistd.h>

namespace mlc::importer {

namespace {

struct FileDescriptor {
  int fd;
  ~FileDescriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

struct ReadingStopped {
  bool truncated;
  int64_t field; // number of the top-level field in which reading stopped
};

// Walks the top-level fields of a message that did not parse, to tell a file that ends too early from one that was
// never a model. A model's first field has a small number and every length fits the file, up to the one that is cut.
ReadingStopped findCause(int fd, int64_t size) {
  ::lseek(fd, 0, SEEK_SET);
  google::protobuf::io::FileInputStream file(fd);
  google::protobuf::io::CodedInputStream stream(&file);
  stream.SetTotalBytesLimit(INT_MAX);
  for (bool first = true;; first = false) {
    uint32_t tag = stream.ReadTag();
    uint32_t field = tag >> 3, wire = tag & 7;
    if (tag == 0 || field == 0 || field > 100 || (wire != 0 && wire != 1 && wire != 2 && wire != 5))
      return {false, first ? 0 : static_cast<int64_t>(field)};
    uint64_t value = wire == 1 ? 8 : wire == 5 ? 4 : 0;
    if ((wire == 0 || wire == 2) && !stream.ReadVarint64(&value))
      return {true, field};
    if (wire == 0)
      continue;
    // Skipping a file's end is no failure, so the length is compared.
    int64_t rest = size - stream.CurrentPosition();
    if (value > INT_MAX || static_cast<int64_t>(value) > rest)
      return {value <= INT_MAX, field};
    stream.Skip(static_cast<int>(value));
    if (static_cast<int64_t>(value) == rest)
      return {false, field};
  }
}

} // namespace

Result<std::unique_ptr<onnx::ModelProto>> readModelFile(const std::string &path) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return badInput(fmt::format("cannot read '{}': {}{}", path, error.message(), didYouMeanFile(path)));
  if (llvm::sys::fs::is_directory(status))
    return badInput(fmt::format("'{}' is a folder; give the .onnx file in it", path));
  if (status.getSize() == 0)
    return badInput(fmt::format("'{}' is empty; copy or download it again", path));
  if (status.getSize() > INT_MAX)
    return badInput(fmt::format("'{}' has {} bytes; a protobuf ends at 2 GiB: save the model with its weights as "
                                "external data",
                                path, status.getSize()));
  FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0)
    return badInput(
        fmt::format("cannot read '{}': {}", path, std::error_code(errno, std::generic_category()).message()));

  auto model = std::make_unique<onnx::ModelProto>();
  bool parsed;
  {
    google::protobuf::LogSilencer silent;
    google::protobuf::io::FileInputStream stream(file.fd);
    google::protobuf::io::CodedInputStream coded(&stream);
    coded.SetTotalBytesLimit(INT_MAX);
    parsed = model->ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
  }
  if (!parsed) {
    ReadingStopped cause = findCause(file.fd, static_cast<int64_t>(status.getSize()));
    if (cause.truncated)
      return badInput(fmt::format("'{}' is truncated: its {} bytes end inside a field of the model; copy or download "
                                  "it again",
                                  path, status.getSize()));
    if (cause.field != 0)
      return badInput(fmt::format("'{}' is damaged: it begins like an ONNX model, but cannot be parsed", path));
    constexpr llvm::StringLiteral pointer = "version https://git-lfs";
    char begin[pointer.size()];
    if (::pread(file.fd, begin, sizeof begin, 0) == sizeof begin && llvm::StringRef(begin, sizeof begin) == pointer)
      return badInput(
          fmt::format("'{}' stands for a model in Git LFS; fetch the file itself with 'git lfs pull'", path));
    return badInput(fmt::format("'{}' is not an ONNX model: it is not a protobuf", path));
  }
  if (!model->has_graph() || (!model->has_ir_version() && model->opset_import_size() == 0))
    return badInput(fmt::format("'{}' is not an ONNX model: it is a protobuf without {}", path,
                                model->has_graph() ? "version" : "graph"));
  return model;
}

ExternalData::ExternalData(const std::string &modelPath) : folder_(llvm::sys::path::parent_path(modelPath)) {}

Result<ExternalData::Bytes> ExternalData::find(const onnx::TensorProto &tensor, int64_t expectedBytes) {
  std::string location;
  int64_t offset = 0, length = -1;
  auto number = [&](const std::string &text, int64_t &value) {
    return !llvm::StringRef(text).getAsInteger(10, value) && value >= 0;
  };
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if ((entry.key() == "offset" && !number(entry.value(), offset)) ||
             (entry.key() == "length" && !number(entry.value(), length)))
      return badInput(fmt::format("tensor '{}': external data has {} '{}', which is not a size", tensor.name(),
                                  entry.key(), entry.value()));
  }
  if (location.empty())
    return badInput(fmt::format("tensor '{}': external data without a location", tensor.name()));
  // A model must not read other files of the machine.
  bool leaves = llvm::sys::path::is_absolute(location);
  for (auto part = llvm::sys::path::begin(location); part != llvm::sys::path::end(location); ++part)
    leaves |= *part == "..";
  if (leaves)
    return badInput(
        fmt::format("tensor '{}': external data '{}' is outside the model's folder, where no file is read; move it "
                    "beside the model and save its new place in the model",
                    tensor.name(), location));

  auto &file = files_[location];
  llvm::SmallString<256> path(folder_);
  llvm::sys::path::append(path, location);
  if (!file) {
    auto mapped = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!mapped)
      return badInput(fmt::format("tensor '{}': external data '{}' cannot be read: {}; keep it beside the model",
                                  tensor.name(), path.str().str(), mapped.getError().message()));
    file = std::move(*mapped);
  }
  auto size = static_cast<int64_t>(file->getBufferSize());
  if (length >= 0 && length != expectedBytes)
    return badInput(fmt::format("tensor '{}': external data has {} bytes, its shape needs {}", tensor.name(), length,
                                expectedBytes));
  if (offset > size || expectedBytes > size - offset)
    return badInput(
        fmt::format("tensor '{}': external data '{}' has {} bytes, too few for {} from byte {}; copy or download it "
                    "again",
                    tensor.name(), path.str().str(), size, expectedBytes, offset));
  return Bytes{llvm::ArrayRef<char>(file->getBufferStart() + offset, expectedBytes), file};
}

} // namespace mlc::importer
