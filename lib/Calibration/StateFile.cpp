#include "Calibration/StateFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/xxhash.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace mlc {

static constexpr char kMagic[] = {'M', 'L', 'C', 'C', 'A', 'L', 'I', 'B'};
static constexpr uint32_t kVersion = 1;
static constexpr size_t kPiece = 1 << 20;
using Hash = uint64_t;

static Hash hashOf(const std::vector<char> &piece) {
  return llvm::xxh3_64bits(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(piece.data()), piece.size()));
}

StateWriter::StateWriter(const std::string &path, int64_t limit) : path_(path), piece_(sizeof(Hash)), left_(limit) {
  std::filesystem::path whole(path);
  temporary_ = (whole.parent_path() / fmt::format(".{}.mlc-{}", whole.filename().string(), ::getpid())).string();
  unfinished_ = Unfinished([&] {
    file_.reset(std::fopen(temporary_.c_str(), "wb"));
    return file_ ? std::filesystem::path(temporary_) : std::filesystem::path();
  });
  if (!file_)
    failure_ = std::strerror(errno);
  else if (std::fwrite(kMagic, sizeof kMagic, 1, file_.get()) != 1 ||
           std::fwrite(&kVersion, sizeof kVersion, 1, file_.get()) != 1)
    failure_ = std::strerror(errno);
}

StateWriter::~StateWriter() {
  if (!file_)
    return;
  file_.reset();
  ::unlink(temporary_.c_str());
}

void StateWriter::bytes(const void *data, size_t size) {
  if ((left_ -= static_cast<int64_t>(size)) < 0 && failure_.empty())
    failure_ = "it would be too large";
  for (const char *from = static_cast<const char *>(data); size > 0 && failure_.empty();) {
    size_t part = std::min(size, kPiece + sizeof(Hash) - piece_.size());
    piece_.insert(piece_.end(), from, from + part);
    from += part;
    size -= part;
    if (piece_.size() == kPiece + sizeof(Hash))
      flush();
  }
}

void StateWriter::flush() {
  auto size = static_cast<uint32_t>(piece_.size() - sizeof(Hash));
  Hash hash = hashOf(piece_);
  if (std::fwrite(&size, sizeof size, 1, file_.get()) != 1 || std::fwrite(&hash, sizeof hash, 1, file_.get()) != 1 ||
      std::fwrite(piece_.data() + sizeof hash, 1, size, file_.get()) != size)
    failure_ = std::strerror(errno);
  std::memcpy(piece_.data(), &hash, sizeof hash);
  piece_.resize(sizeof hash);
}

Result<void> StateWriter::commit() {
  if (failure_.empty() && piece_.size() > sizeof(Hash))
    flush();
  if (failure_.empty())
    flush();
  if (failure_.empty() && (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0 ||
                           std::rename(temporary_.c_str(), path_.c_str()) != 0))
    failure_ = std::strerror(errno);
  if (!failure_.empty())
    return badInput(fmt::format("cannot write '{}': {}", path_, failure_));
  file_.reset();
  unfinished_.done();
  return {};
}

StateReader::StateReader(const std::string &path) : file_(std::fopen(path.c_str(), "rb")), piece_(sizeof(Hash)) {
  char magic[sizeof kMagic];
  uint32_t version = 0;
  ok_ = file_ && std::fread(magic, sizeof magic, 1, file_.get()) == 1 &&
        std::memcmp(magic, kMagic, sizeof magic) == 0 && std::fread(&version, sizeof version, 1, file_.get()) == 1 &&
        version == kVersion;
  at_ = piece_.size();
}

bool StateReader::next() {
  uint32_t size = 0;
  Hash hash = 0;
  if (end_ || std::fread(&size, sizeof size, 1, file_.get()) != 1 || size > kPiece ||
      std::fread(&hash, sizeof hash, 1, file_.get()) != 1)
    return false;
  piece_.resize(sizeof hash + size);
  if (std::fread(piece_.data() + sizeof hash, 1, size, file_.get()) != size || hashOf(piece_) != hash)
    return false;
  std::memcpy(piece_.data(), &hash, sizeof hash);
  at_ = sizeof hash;
  end_ = size == 0;
  return true;
}

void StateReader::bytes(void *data, size_t size) {
  for (char *to = static_cast<char *>(data); ok_ && size > 0;) {
    if (at_ == piece_.size() && (!next() || end_)) {
      ok_ = false;
      return;
    }
    size_t part = std::min(size, piece_.size() - at_);
    std::memcpy(to, piece_.data() + at_, part);
    to += part;
    at_ += part;
    size -= part;
  }
}

bool StateReader::finished() { return ok_ && at_ == piece_.size() && next() && end_ && std::fgetc(file_.get()) == EOF; }

} // namespace mlc
