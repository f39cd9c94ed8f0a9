#include "Import/GraphOrder.h"
#include "Support/EditDistance.h"

#include "llvm/ADT/StringMap.h"
#include <fmt/format.h>

#include <queue>

namespace mlc::importer {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

static const std::string *firstOutput(const onnx::NodeProto &node) {
  for (const std::string &output : node.output())
    if (!output.empty())
      return &output;
  return nullptr;
}

std::string nodeLabel(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return fmt::format("'{}' ({})", node.name(), node.op_type());
  const std::string *output = firstOutput(node);
  return output ? fmt::format("{} that gives '{}'", node.op_type(), *output) : node.op_type() + " without outputs";
}

std::string nodeName(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  const std::string *output = firstOutput(node);
  return output ? node.op_type() + ":" + *output : node.op_type();
}

static void collectFree(const onnx::NodeProto &node, const llvm::StringSet<> &defined, llvm::StringSet<> &free);

static void collectFree(const onnx::GraphProto &graph, const llvm::StringSet<> &outer, llvm::StringSet<> &free) {
  llvm::StringSet<> defined = outer;
  for (const auto &input : graph.input())
    defined.insert(input.name());
  for (const auto &tensor : graph.initializer())
    defined.insert(tensor.name());
  for (const auto &node : graph.node())
    for (const auto &output : node.output())
      defined.insert(output);
  for (const auto &node : graph.node())
    collectFree(node, defined, free);
  for (const auto &output : graph.output())
    if (!defined.contains(output.name()))
      free.insert(output.name());
}

static void collectFree(const onnx::NodeProto &node, const llvm::StringSet<> &defined, llvm::StringSet<> &free) {
  for (const std::string &input : node.input())
    if (!input.empty() && !defined.contains(input))
      free.insert(input);
  for (const auto &attribute : node.attribute()) {
    if (attribute.has_g())
      collectFree(attribute.g(), defined, free);
    for (const auto &graph : attribute.graphs())
      collectFree(graph, defined, free);
  }
}

llvm::StringSet<> freeNames(const Nodes &nodes, const llvm::StringSet<> &defined) {
  llvm::StringSet<> free;
  for (const auto &node : nodes)
    collectFree(node, defined, free);
  return free;
}

// The labels of one cycle among the nodes that could not be sorted: from any of them, always to a node it waits for.
static std::string describeCycle(const Nodes &nodes, const std::vector<std::vector<int>> &waitsFor,
                                 const std::vector<bool> &sorted) {
  int at = 0;
  while (sorted[at])
    ++at;
  std::vector<int> position(nodes.size(), -1), path;
  while (position[at] < 0) {
    position[at] = static_cast<int>(path.size());
    path.push_back(at);
    for (int next : waitsFor[at])
      if (!sorted[next]) {
        at = next;
        break;
      }
  }
  std::string text;
  size_t first = position[at], shown = std::min<size_t>(path.size() - first, 10);
  for (size_t i = 0; i < shown; ++i)
    text += (i ? ", which reads from " : "") + nodeLabel(nodes[path[first + i]]);
  return text + (shown < path.size() - first ? ", …" : ", which reads from the first");
}

Result<std::vector<int>> sortNodes(const Nodes &nodes, const llvm::StringSet<> &given,
                                   const std::vector<const llvm::StringSet<> *> &outer) {
  llvm::StringMap<int> maker;
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &output : nodes[i].output()) {
      if (output.empty())
        continue;
      if (given.contains(output))
        return badInput(fmt::format("node {} gives '{}', which is already the name of an input or initializer",
                                    nodeLabel(nodes[i]), output));
      auto [entry, isNew] = maker.try_emplace(output, i);
      if (!isNew)
        return badInput(fmt::format("'{}' is made twice: by node {} and by node {}", output,
                                    nodeLabel(nodes[entry->second]), nodeLabel(nodes[i])));
    }

  std::vector<std::vector<int>> waitsFor(nodes.size()), readers(nodes.size());
  std::vector<int> waiting(nodes.size());
  for (int i = 0; i < nodes.size(); ++i) {
    llvm::StringSet<> reads;
    collectFree(nodes[i], given, reads);
    for (const auto &name : reads) {
      auto made = maker.find(name.getKey());
      if (made != maker.end()) {
        waitsFor[i].push_back(made->second);
        readers[made->second].push_back(i);
        ++waiting[i];
        continue;
      }
      if (llvm::any_of(outer, [&](const llvm::StringSet<> *scope) { return scope->contains(name.getKey()); }))
        continue;
      std::vector<std::string> known;
      for (const auto &entry : given)
        known.push_back(entry.getKey().str());
      for (const auto &entry : maker)
        known.push_back(entry.getKey().str());
      std::sort(known.begin(), known.end());
      return badInput(fmt::format("node {} reads '{}', which no node, input or initializer gives{}",
                                  nodeLabel(nodes[i]), name.getKey().str(), didYouMean(name.getKey().str(), known)));
    }
  }

  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < nodes.size(); ++i)
    if (waiting[i] == 0)
      ready.push(i);
  std::vector<int> order;
  std::vector<bool> sorted(nodes.size(), false);
  while (!ready.empty()) {
    int i = ready.top();
    ready.pop();
    order.push_back(i);
    sorted[i] = true;
    for (int reader : readers[i])
      if (--waiting[reader] == 0)
        ready.push(reader);
  }
  if (static_cast<int>(order.size()) != nodes.size())
    return badInput("the graph has a cycle, which no order of its nodes can run: node " +
                    describeCycle(nodes, waitsFor, sorted));
  return order;
}

} // namespace mlc::importer
