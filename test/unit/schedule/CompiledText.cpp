#include "CompiledText.h"

#include "Graph/Graph.h"
#include "Reference/Evaluate.h"

#include "mlir/Parser/Parser.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>

using namespace mlir;

namespace mlc::test {

std::string compileText(const std::string &text, const std::string &path, bool multithreaded, LibraryReport *report) {
  Session session;
  session.context().disableMultithreading(!multithreaded);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &session.context());
  if (!module)
    return session.error(ExitCode::BadInput, "the text does not parse").message;
  auto host = findTarget("host");
  if (!host)
    return host.error().message;
  LibraryOptions options;
  options.modelName = "text";
  options.soname = "libtext.so";
  options.outputPath = path;
  options.toolVersion = "test";
  auto built = compileGraph(session, std::move(module), *host, options);
  if (!built)
    return built.error().message;
  if (report)
    *report = *built;
  return "";
}

CompiledText::CompiledText(const std::string &text, bool multithreaded) : text_(text) {
  std::string pattern = (std::filesystem::temp_directory_path() / "mlc-schedule-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()));
  path_ = pattern + "/libtext.so";
  std::string error = compileText(text, path_, multithreaded, &report_);
  REQUIRE(error == "");
  SessionOptions options;
  options.threads = 1;
  auto opened = LoadedModel::open(path_, options);
  INFO((opened ? "" : opened.error().message));
  REQUIRE(opened);
  model_.emplace(std::move(*opened));
}

CompiledText::~CompiledText() { std::filesystem::remove_all(std::filesystem::path(path_).parent_path()); }

std::vector<Tensor> CompiledText::check(const std::vector<Tensor> &inputs) {
  Session session;
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text_, &session.context());
  REQUIRE(module);
  auto expected = evaluate(module->lookupSymbol<func::FuncOp>("main"), inputs);
  INFO((expected ? "" : expected.error().message));
  REQUIRE(expected);
  auto actual = model_->run(inputs);
  INFO((actual ? "" : actual.error().message));
  REQUIRE(actual);
  REQUIRE(actual->size() == expected->size());
  for (size_t i = 0; i < actual->size(); ++i) {
    const Tensor &x = (*expected)[i], &y = (*actual)[i];
    INFO("output " << i);
    REQUIRE(y.dtype == x.dtype);
    REQUIRE(y.shape == x.shape);
    if (x.dtype != DType::Float32) {
      CHECK(y.bytes == x.bytes);
      continue;
    }
    for (int64_t k = 0; k < x.numElements(); ++k) {
      INFO("element " << k);
      CHECK(y.data<float>()[k] == Approx(x.data<float>()[k]).epsilon(1e-5).margin(1e-6));
    }
  }
  return std::move(*actual);
}

} // namespace mlc::test
