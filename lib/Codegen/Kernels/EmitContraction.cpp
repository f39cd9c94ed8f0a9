// Kernels of matrix products and convolutions: register blocks of rows × columns whose accumulators live in
// registers over the whole sum.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Codegen/Kernels/RegisterBlock.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace mlc::codegen {
namespace {

// A dimension of the result except the last (columns), with what one step of it moves in the operands.
struct Row {
  Value extent;
  Value lhsStride;           // elements of the left operand
  Value rhsStride;           // elements of an unpacked right operand; null: none
  SmallVector<int64_t> dims; // dimensions of the result that it runs through, as one
};

// Window positions: each adds an offset to the left operand.
struct Taps {
  int64_t count;
  Value lhsStride;
};

// Neighbouring columns of a block that share an accumulator register.
struct ColumnVector {
  int64_t offset; // from the block's first column
  const ContractionRow *row;
  Value mask; // null: all

  int64_t lanes() const { return row->lanes; }
};

class ContractionEmitter : public RootEmitter {
public:
  explicit ContractionEmitter(Operation *op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    Builder &b = kernel.b;
    SmallVector<Value> extents = itemExtents(b);
    if (Value lone = isLoneRow(b)) {
      Shape shape = takeLoneRow(b);
      SmallVector<Value> wide = itemExtents(b);
      restore(shape);
      for (auto [extent, other] : llvm::zip(extents, wide))
        extent = extent == other ? extent : arith::SelectOp::create(b, lone, other, extent).getResult();
    }
    return extents;
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    analyse(kernel);
    if (!table_)
      return op_->emitError("no kernel of the target multiplies these element types");
    Builder &b = kernel.b;
    auto emit = [&] {
      SmallVector<Value> extents = itemExtents(b);
      itemLoop(b, begin, end, extents, [&](ValueRange item) {
        if (!chunkBlocks_) {
          columns(kernel, item[0], item[1], item.drop_front(2).drop_back(1), item.back());
          return;
        }
        size_t n = item.size();
        Value block = add(b, mul(b, item[n - 3], extents.back()), item[n - 1]);
        auto work = [&] { columns(kernel, item[0], item[n - 2], item.drop_front(1).drop_back(3), block); };
        branch(b, less(b, block, rowBlocks(b)), work);
      });
    };
    if (Value lone = isLoneRow(b))
      branch(
          b, lone,
          [&] {
            Shape shape = takeLoneRow(b);
            emit();
            restore(shape);
          },
          emit);
    else
      emit();
    return success();
  }

private:
  // ---- what the op says
  void analyse(Kernel &kernel) {
    Builder &b = kernel.b;
    kernel_ = &kernel;
    outer_.clear();
    taps_.clear();
    const Buffer &lhs = kernel.buffer(op_->getOperand(0));
    lhs_ = &lhs;
    rhs_ = &kernel.buffer(op_->getOperand(1));
    init_ = nullptr;
    const Buffer &out = kernel.destination();
    table_ = contractionRow(kernel.target, lhs.element);
    half_ = table_ ? kernel.target.halfOf(*table_) : nullptr;
    groups_ = 1;
    columns_ = out.sizes.back();

    SmallVector<Row> rows;
    Value one = constantIndex(b, 1);
    if (auto matmul = dyn_cast<kernel::MatmulOp>(op_)) {
      packed_ = matmul.getPacked();
      if (matmul.getInit())
        init_ = &kernel.buffer(matmul.getInit());
      depth_ = lhs.sizes.back();
      depthStride_ = one;
      size_t batch = lhs.sizes.size() - 2;
      for (size_t i = 0; i <= batch; ++i) {
        Row row{lhs.sizes[i], lhs.strides[i], nullptr, {static_cast<int64_t>(i)}};
        if (!packed_ && i < batch && rhs_->sizes.size() > 2)
          row.rhsStride = constantOf(rhs_->sizes[i]) == 1 ? nullptr : rhs_->strides[i];
        rows.push_back(row);
      }
    } else {
      auto conv = cast<kernel::ConvOp>(op_);
      packed_ = true;
      if (conv.getInit())
        init_ = &kernel.buffer(conv.getInit());
      groups_ = conv.getGroup();
      columns_ = div(b, out.sizes.back(), constantIndex(b, groups_));
      int first = conv.getChannelsFirst() ? 2 : 1; // spatial dimension
      int channels = conv.getChannelsFirst() ? 1 : 3;
      depth_ = div(b, lhs.sizes[channels], constantIndex(b, groups_));
      depthStride_ = lhs.strides[channels];
      Value strides[] = {constantIndex(b, conv.getStrides()[0]), constantIndex(b, conv.getStrides()[1])};
      rows.push_back({out.sizes[0], lhs.strides[0], nullptr, {0}});
      for (int i = 0; i < 2; ++i)
        rows.push_back({out.sizes[i + 1], mul(b, lhs.strides[i + first], strides[i]), nullptr, {i + 1}});
      for (int i = 0; i < 2; ++i)
        taps_.push_back(
            {conv.getKernel()[i], mul(b, lhs.strides[i + first], constantIndex(b, conv.getDilations()[i]))});
    }
    mergeRows(b, rows);
    chooseBlock();
    chooseChunk();
  }

  // Dimensions through which the left operand runs as through one become one long row space.
  void mergeRows(Builder &b, SmallVector<Row> rows) {
    bool unitWindow = true, unitStride = true;
    if (auto conv = dyn_cast<kernel::ConvOp>(op_)) {
      // Channels first: other channels lie between the images.
      unitWindow = !conv.getChannelsFirst() && llvm::all_of(conv.getKernel(), [](int64_t k) { return k == 1; });
      unitStride = llvm::all_of(conv.getStrides(), [](int64_t s) { return s == 1; });
    }
    Row merged = rows.back();
    rows.pop_back();
    int64_t lead = merged.dims.front(); // the first dimension that moves
    while (!rows.empty() && !rows.back().rhsStride && !merged.rhsStride) {
      Row next = rows.back();
      if (constantOf(merged.extent) == 1) {
        // Rows of one element: the dimension before them is the row.
        next.dims.insert(next.dims.begin(), merged.dims.begin(), merged.dims.end());
        merged = next;
        lead = next.dims.back();
      } else if (constantOf(next.extent) == 1) {
        merged.dims.insert(merged.dims.begin(), next.dims.begin(), next.dims.end());
      } else if (unitWindow && unitStride && epilogueMerges(next.dims.front(), lead)) {
        merged.extent = mul(b, next.extent, merged.extent);
        merged.dims.insert(merged.dims.begin(), next.dims.begin(), next.dims.end());
        lead = next.dims.front();
      } else {
        break;
      }
      rows.pop_back();
    }
    row_ = merged;
    outer_ = rows;
  }

  // Both dimensions side by side, or neither, in every operand of the epilogue.
  bool epilogueMerges(int64_t first, int64_t second) {
    linalg::GenericOp epilogue = kernel_->epilogue.op;
    if (!epilogue)
      return true;
    for (AffineMap map : epilogue.getIndexingMapsArray()) {
      auto position = [&](int64_t dim) -> int64_t {
        for (auto [i, result] : llvm::enumerate(map.getResults()))
          if (auto d = dyn_cast<AffineDimExpr>(result); d && static_cast<int64_t>(d.getPosition()) == dim)
            return i;
        return -1;
      };
      int64_t x = position(first), y = position(second);
      if ((x < 0) != (y < 0) || (x >= 0 && y != x + 1))
        return false;
    }
    return true;
  }

  // The block: as many rows and vectors of columns as registers allow, fitted to a known number of rows.
  void chooseBlock() {
    if (!table_)
      return;
    lanes_ = table_->lanes;
    auto columns = constantOf(columns_), rows = constantOf(row_.extent);
    int64_t panels = columns ? std::max<int64_t>(1, (*columns + lanes_ - 1) / lanes_) : table_->vectorsPerRow();
    vectors_ = std::min<int64_t>(table_->vectorsPerRow(), panels);
    blockRows_ = mostRows(vectors_);
    if (!rows || *rows <= 0)
      return;
    // What a step of the sum takes, in products: those of all blocks, and loads, which run beside them.
    constexpr int64_t kMostVectors = 8, kLatency = 8;
    constexpr double kLoad = 0.25, kConflict = 1.4; // measured on Zen 4
    double least = std::numeric_limits<double>::infinity();
    for (int64_t vectors = 1; vectors <= std::min(panels, kMostVectors); ++vectors) {
      int64_t blocks = (*rows + mostRows(vectors) - 1) / mostRows(vectors), height = (*rows + blocks - 1) / blocks;
      double one =
          static_cast<double>(std::max(height * vectors, kLatency)) + kLoad * static_cast<double>(height + vectors);
      if (sharesSet(height))
        one *= kConflict;
      double all = static_cast<double>(blocks * ((panels + vectors - 1) / vectors)) * one;
      if (all < least) {
        least = all;
        vectors_ = vectors;
        blockRows_ = height;
      }
    }
  }

  int64_t mostRows(int64_t vectors) {
    constexpr int64_t kMostRows = 16;
    return std::clamp<int64_t>(table_->mostRows(vectors), 1, kMostRows);
  }

  // More rows of the left operand in one set of the first cache than its eight ways hold: each load misses.
  bool sharesSet(int64_t rows) {
    constexpr int64_t kWays = 8, kWayBytes = 4096;
    auto stride = constantOf(row_.lhsStride);
    int64_t bytes = std::max<int64_t>(1, lhs_->element.getIntOrFloatBitWidth() / 8);
    return stride && rows * std::gcd(*stride * bytes, kWayBytes) > kWays * kWayBytes;
  }

  Value columnBlocks(Builder &b) { return ceilDiv(b, columns_, constantIndex(b, vectors_ * lanes_)); }
  Value rowBlocks(Builder &b) { return ceilDiv(b, row_.extent, constantIndex(b, blockRows_)); }

  // The right operand's columns stay in a cache while all rows go by, and those come from farther away for each block
  // of columns; where they do not fit the second cache, chunks of them that do take their turns. (group, column block,
  // outer dimensions, row block), or (group, outer dimensions, chunk, column block, row block of the chunk).
  SmallVector<Value> itemExtents(Builder &b) {
    SmallVector<Value> extents{constantIndex(b, groups_)};
    if (!chunkBlocks_)
      extents.push_back(columnBlocks(b));
    for (const Row &row : outer_)
      extents.push_back(row.extent);
    Value rows = rowBlocks(b);
    if (chunkBlocks_) {
      // Chunks of one size, so that threads get equal shares.
      Value chunks = ceilDiv(b, rows, constantIndex(b, chunkBlocks_));
      extents.push_back(chunks);
      extents.push_back(columnBlocks(b));
      rows = ceilDiv(b, rows, maximum(b, chunks, constantIndex(b, 1)));
    }
    extents.push_back(rows);
    return extents;
  }

  void chooseChunk() {
    chunkBlocks_ = 0;
    bool sharesRight = llvm::none_of(outer_, [](const Row &row) { return static_cast<bool>(row.rhsStride); });
    if (!table_ || (!outer_.empty() && sharesRight))
      return; // the rows of one image alone are too few
    constexpr int64_t kTypicalDepth = 512;
    int64_t depth = constantOf(depth_).value_or(kTypicalDepth);
    int64_t bytes = std::max<int64_t>(1, lhs_->element.getIntOrFloatBitWidth() / 8);
    int64_t rows = kernel_->target.l2Bytes / 4 / std::max<int64_t>(1, depth * bytes);
    auto known = constantOf(row_.extent);
    if (sharesRight && (rows < 2 * vectors_ * lanes_ || (known && *known <= rows)))
      return;
    chunkBlocks_ = std::max<int64_t>(1, rows / blockRows_);
    if (known && *known > 0) {
      int64_t blocks = (*known + blockRows_ - 1) / blockRows_, chunks = (blocks + chunkBlocks_ - 1) / chunkBlocks_;
      chunkBlocks_ = (blocks + chunks - 1) / chunks;
    }
  }

  // ---- one row
  // A product of a row count that only a run tells is often one of a vector: that takes as many columns at a time as
  // hide the latency of a sum, where a block has its rows for that.
  struct Shape {
    Value extent;
    int64_t vectors, blockRows, chunkBlocks;
  };

  Value isLoneRow(Builder &b) {
    if (!packed_ || !table_ || constantOf(row_.extent) || !taps_.empty())
      return {};
    return equal(b, row_.extent, constantIndex(b, 1));
  }
  Shape takeLoneRow(Builder &b) {
    Shape before{row_.extent, vectors_, blockRows_, chunkBlocks_};
    row_.extent = constantIndex(b, 1);
    chooseBlock();
    if (chunkBlocks_)
      chunkBlocks_ = 1;
    return before;
  }
  void restore(const Shape &shape) {
    row_.extent = shape.extent;
    vectors_ = shape.vectors;
    blockRows_ = shape.blockRows;
    chunkBlocks_ = shape.chunkBlocks;
  }

  // ---- columns of a block: whole vectors, or the last ones under masks
  void columns(Kernel &kernel, Value group, Value block, ValueRange outer, Value rowBlock) {
    Builder &b = kernel.b;
    int64_t width = vectors_ * lanes_;
    Value first = mul(b, block, constantIndex(b, width));
    auto known = constantOf(columns_);
    SmallVector<ColumnVector> all;
    for (int64_t j = 0; j < vectors_; ++j)
      all.push_back({j * lanes_, table_, {}});
    auto whole = [&] { rows(kernel, group, first, outer, rowBlock, all); };
    if (known) {
      int64_t rest = *known % width;
      auto tail = [&] {
        SmallVector<ColumnVector> some(ArrayRef<ColumnVector>(all).take_front((rest + lanes_ - 1) / lanes_));
        if (int64_t last = rest % lanes_) {
          // Few of them in a register of half the size, which takes half the time.
          if (half_ && last <= half_->lanes)
            some.back().row = half_;
          if (last != some.back().lanes())
            some.back().mask = firstLanes(b, constantIndex(b, last), some.back().lanes());
        }
        rows(kernel, group, first, outer, rowBlock, some);
      };
      if (rest == 0)
        return whole();
      if (*known < width)
        return tail();
      return branch(b, less(b, block, constantIndex(b, *known / width)), whole, tail);
    }
    Value end = add(b, first, constantIndex(b, width));
    Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, end, columns_);
    branch(b, fits, whole, [&] {
      for (ColumnVector &column : all) {
        Value left = sub(b, columns_, add(b, first, constantIndex(b, column.offset)));
        column.mask = firstLanes(b, maximum(b, left, constantIndex(b, 0)), lanes_);
      }
      rows(kernel, group, first, outer, rowBlock, all);
    });
  }

  // ---- rows of a block
  void rows(Kernel &kernel, Value group, Value column, ValueRange outer, Value rowBlock,
            ArrayRef<ColumnVector> columns) {
    Builder &b = kernel.b;
    startPrefetch(b, group, column, outer, rowBlock);
    auto emit = [&](Value first, int64_t count) { block(kernel, group, column, outer, first, count, columns); };
    Value start = mul(b, rowBlock, constantIndex(b, blockRows_));
    if (auto known = constantOf(row_.extent)) {
      // The last block starts earlier: some rows are computed twice, to the same bits.
      emit(minimum(b, start, constantIndex(b, *known - blockRows_)), blockRows_);
      return;
    }
    // What is left of the rows goes into a block of all, of half or of one row, whichever computes fewest of them
    // twice.
    Value count = row_.extent, rest = sub(b, count, start), half = constantIndex(b, blockRows_ / 2);
    auto ending = [&](int64_t rows) { emit(sub(b, count, constantIndex(b, rows)), rows); };
    auto few = [&] {
      auto singly = [&] { forLoop(b, start, count, 1, [&](Value i) { emit(i, 1); }); };
      if (blockRows_ < 4)
        return singly();
      branch(b, less(b, count, half), singly, [&] {
        emit(start, blockRows_ / 2);
        branch(b, less(b, half, count), [&] { ending(blockRows_ / 2); });
      });
    };
    auto tail = [&] {
      Value enough = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, count, constantIndex(b, blockRows_));
      branch(
          b, enough,
          [&] {
            branch(
                b, less(b, rest, constantIndex(b, 2)), [&] { ending(1); },
                [&] {
                  if (blockRows_ < 4)
                    return ending(blockRows_);
                  branch(b, less(b, half, rest), [&] { ending(blockRows_); }, [&] { ending(blockRows_ / 2); });
                });
          },
          few);
    };
    branch(b, less(b, rest, constantIndex(b, blockRows_)), tail, [&] { emit(start, blockRows_); });
  }

  // ---- the right operand of the next columns
  // It comes from memory while the blocks of these columns are computed: each fetches its share.
  void startPrefetch(Builder &b, Value group, Value column, ValueRange outer, Value rowBlock) {
    prefetchFrom_ = prefetchStep_ = nullptr;
    if (!packed_ || llvm::any_of(taps_, [](const Taps &tap) { return tap.count != 1; }))
      return;
    Value blocks = rowBlocks(b), number = constantIndex(b, 0);
    for (auto [index, row] : llvm::zip(outer, outer_)) {
      number = add(b, mul(b, number, row.extent), index);
      blocks = mul(b, blocks, row.extent);
    }
    number = add(b, mul(b, number, rowBlocks(b)), rowBlock);
    int64_t lineBytes = lanes_ * table_->k0 * std::max<int64_t>(1, rhs_->element.getIntOrFloatBitWidth() / 8);
    Value steps = ceilDiv(b, depth_, constantIndex(b, table_->k0));
    prefetchStep_ = ceilDiv(b, constantIndex(b, vectors_ * lineBytes), maximum(b, blocks, constantIndex(b, 1)));
    Value panels = ceilDiv(b, columns_, constantIndex(b, lanes_));
    Value next =
        add(b, add(b, mul(b, group, panels), div(b, column, constantIndex(b, lanes_))), constantIndex(b, vectors_));
    Value start = mul(b, mul(b, next, steps), constantIndex(b, lineBytes));
    start = add(b, start, mul(b, mul(b, number, steps), prefetchStep_));
    // A lone block reads its columns from memory itself: two streams would only get into each other's way.
    if (auto known = constantOf(blocks)) {
      if (*known <= 1) {
        prefetchStep_ = nullptr;
        return;
      }
    } else {
      Value several = less(b, constantIndex(b, 1), blocks);
      start = arith::SelectOp::create(b, several, start, constantIndex(b, 0));
      prefetchStep_ = arith::SelectOp::create(b, several, prefetchStep_, constantIndex(b, 0));
    }
    prefetchFrom_ = LLVM::GEPOp::create(b, rhs_->base.getType(), b.getI8Type(), rhs_->base,
                                        ValueRange(arith::IndexCastOp::create(b, b.getI64Type(), start)));
  }

  void prefetch(Builder &b, Value k) {
    if (!prefetchFrom_)
      return;
    Value offset = arith::IndexCastOp::create(b, b.getI64Type(), mul(b, k, prefetchStep_));
    Value at = LLVM::GEPOp::create(b, prefetchFrom_.getType(), b.getI8Type(), prefetchFrom_, ValueRange(offset));
    constexpr unsigned kSecondCache = 2, kData = 1;
    LLVM::Prefetch::create(b, at, /*rw=*/0, kSecondCache, kData);
  }

  // ---- the register block
  void block(Kernel &kernel, Value group, Value column, ValueRange outer, Value firstRow, int64_t count,
             ArrayRef<ColumnVector> columns) {
    Builder &b = kernel.b;
    int64_t k0 = table_->k0, vectors = columns.size();
    Type accElement = elementType(b.getContext(), table_->acc);

    Value lhsOffset = add(b, mul(b, mul(b, group, depth_), depthStride_), mul(b, firstRow, row_.lhsStride));
    Value rhsBatch = constantIndex(b, 0);
    for (auto [index, row] : llvm::zip(outer, outer_)) {
      lhsOffset = add(b, lhsOffset, mul(b, index, row.lhsStride));
      if (row.rhsStride)
        rhsBatch = add(b, rhsBatch, mul(b, index, row.rhsStride));
    }
    Value groupColumn = add(b, mul(b, group, columns_), column);

    SmallVector<Value> accumulators(count * vectors);
    for (auto [j, vector] : llvm::enumerate(columns)) {
      Value start;
      if (init_)
        start =
            loadVector(b, *init_, add(b, groupColumn, constantIndex(b, vector.offset)), vector.lanes(), vector.mask);
      else
        start = arith::ConstantOp::create(b, b.getZeroAttr(VectorType::get({vector.lanes()}, accElement)));
      for (int64_t i = 0; i < count; ++i)
        accumulators[i * vectors + j] = start;
    }

    // Packed: [group][panel][tap…][depth / k0][lanes][k0]. Unpacked: rows of columns_.
    Value steps = ceilDiv(b, depth_, constantIndex(b, k0));
    Value tapCount = constantIndex(b, 1);
    for (const Taps &tap : taps_)
      tapCount = mul(b, tapCount, constantIndex(b, tap.count));
    Value panelSize = mul(b, mul(b, tapCount, steps), constantIndex(b, lanes_ * k0));
    Value rhsOffset;
    if (packed_) {
      Value panels = ceilDiv(b, columns_, constantIndex(b, lanes_));
      Value panel = add(b, mul(b, group, panels), div(b, column, constantIndex(b, lanes_)));
      rhsOffset = mul(b, panel, panelSize);
    } else {
      rhsOffset = add(b, rhsBatch, column);
    }
    SmallVector<Value> sums = sumTaps(kernel, 0, lhsOffset, rhsOffset, panelSize, count, columns, accumulators);

    for (int64_t i = 0; i < count; ++i) {
      SmallVector<Value> indices(kernel.destination().sizes.size() - 1, constantIndex(b, 0));
      for (auto [index, row] : llvm::zip(outer, outer_))
        indices[row.dims.front()] = index;
      placeRow(b, add(b, firstRow, constantIndex(b, i)), indices);
      for (auto [j, vector] : llvm::enumerate(columns))
        finish(kernel, indices, add(b, groupColumn, constantIndex(b, vector.offset)), sums[i * vectors + j],
               vector.lanes(), vector.mask);
    }
  }

  // A merged row's index belongs to its last dimension, whose stride carries over to the ones before: they are dense
  // there (or of size 1).
  void placeRow(Builder &b, Value row, SmallVectorImpl<Value> &indices) {
    for (int64_t dim : row_.dims)
      indices[dim] = constantIndex(b, 0);
    indices[row_.dims.back()] = row;
  }

  SmallVector<Value> sumTaps(Kernel &kernel, size_t level, Value lhsOffset, Value rhsOffset, Value panelSize,
                             int64_t count, ArrayRef<ColumnVector> columns, ValueRange accumulators) {
    Builder &b = kernel.b;
    int64_t k0 = table_->k0;
    if (level < taps_.size()) {
      const Taps &tap = taps_[level];
      if (tap.count == 1)
        return sumTaps(kernel, level + 1, lhsOffset, rhsOffset, panelSize, count, columns, accumulators);
      Value inner = constantIndex(b, 1);
      for (size_t i = level + 1; i < taps_.size(); ++i)
        inner = mul(b, inner, constantIndex(b, taps_[i].count));
      Value rhsStep = mul(b, mul(b, inner, ceilDiv(b, depth_, constantIndex(b, k0))), constantIndex(b, lanes_ * k0));
      return forLoopCarrying(
          b, constantIndex(b, 0), constantIndex(b, tap.count), 1, accumulators, [&](Value t, ValueRange carried) {
            return sumTaps(kernel, level + 1, add(b, lhsOffset, mul(b, t, tap.lhsStride)),
                           add(b, rhsOffset, mul(b, t, rhsStep)), panelSize, count, columns, carried);
          });
    }
    Value steps = ceilDiv(b, depth_, constantIndex(b, k0));
    SmallVector<const ContractionRow *> tables;
    for (const ColumnVector &vector : columns)
      tables.push_back(vector.row);
    auto right = [&](Value k) {
      SmallVector<Value> vectors;
      prefetch(b, k);
      for (const ColumnVector &vector : columns) {
        Value at, load;
        if (packed_) {
          at = add(b, add(b, rhsOffset, mul(b, panelSize, constantIndex(b, vector.offset / lanes_))),
                   mul(b, k, constantIndex(b, lanes_ * k0)));
          load = stored(b, at, vector.lanes() * k0, {});
        } else {
          at = add(b, add(b, rhsOffset, constantIndex(b, vector.offset)), mul(b, k, columns_));
          load = stored(b, at, vector.lanes(), vector.mask);
        }
        vectors.push_back(load);
      }
      return vectors;
    };
    Value rowStart;
    auto left = [&](Value k, int64_t i) {
      if (i == 0)
        rowStart = add(b, lhsOffset, mul(b, mul(b, k, constantIndex(b, k0)), depthStride_));
      return address(b, *lhs_, add(b, rowStart, mul(b, constantIndex(b, i), row_.lhsStride)));
    };
    return sumOfProducts(b, steps, tables, accumulators, right, left);
  }

  // Weights that are stored as half floats for a row that multiplies f32 are widened once for all rows of a block.
  Value stored(Builder &b, Value at, int64_t lanes, Value mask) {
    return table_->rhs == ElementKind::F32 ? loadWidened(b, *rhs_, at, lanes, mask)
                                           : loadVector(b, *rhs_, at, lanes, mask);
  }

  Operation *op_;
  Kernel *kernel_ = nullptr;
  const ContractionRow *table_ = nullptr, *half_ = nullptr;
  const Buffer *lhs_ = nullptr, *rhs_ = nullptr, *init_ = nullptr;
  bool packed_ = false;
  int64_t groups_ = 1;
  Value columns_, depth_; // of one group
  Value depthStride_;     // elements of the left operand from one step of the sum to the next
  SmallVector<Row> outer_;
  Row row_;
  SmallVector<Taps> taps_;
  int64_t lanes_ = 1, vectors_ = 1, blockRows_ = 1;
  int64_t chunkBlocks_ = 0;           // blocks of rows that take turns; 0: all
  Value prefetchFrom_, prefetchStep_; // address, bytes a step of K; null: nothing to fetch
};

} // namespace

const ContractionRow *contractionRow(const Target &target, Type lhs) {
  if (isa<IntegerType>(lhs))
    return target.row(lhs.isInteger(16) ? ElementKind::S16 : ElementKind::U8, ElementKind::S8);
  ElementKind kind = lhs.isBF16() ? ElementKind::BF16 : ElementKind::F32;
  return target.row(kind, kind);
}

std::unique_ptr<RootEmitter> contractionEmitter(Operation *op) { return std::make_unique<ContractionEmitter>(op); }

} // namespace mlc::codegen
