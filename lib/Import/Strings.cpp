#include "Import/Strings.h"
#include "Import/GraphImporter.h"

using namespace mlir;

namespace mlc::importer {

static constexpr StringLiteral kTable = "strings";

Value makeStrings(Node &n, const Strings &strings) {
  SmallVector<StringRef> table(strings.table.begin(), strings.table.end());
  Type type = TupleType::get(n.builder().getContext(), strings.places.getType());
  auto made = UnrealizedConversionCastOp::create(n.builder(), n.loc, type, strings.places);
  made->setAttr(kTable, n.builder().getStrArrayAttr(table));
  return made.getResult(0);
}

std::optional<Strings> stringsOf(Value value) {
  auto made = value ? value.getDefiningOp<UnrealizedConversionCastOp>() : nullptr;
  auto table = made ? made->getAttrOfType<ArrayAttr>(kTable) : nullptr;
  if (!table)
    return std::nullopt;
  Strings strings{made.getInputs().front(), {}};
  for (Attribute entry : table)
    strings.table.push_back(cast<StringAttr>(entry).getValue().str());
  return strings;
}

} // namespace mlc::importer
