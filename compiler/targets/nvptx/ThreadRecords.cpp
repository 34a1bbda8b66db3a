//===- ThreadRecords.cpp - rows j of a block of threads in shared memory --===//

#include "compiler/targets/nvptx/ThreadTile.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kdslc::nvptx {

const Record::Field *Record::find(ktile::LoadOp load) const {
  auto found = llvm::find_if(fields, [&](const Field &field) {
    ktile::LoadOp known = field.load;
    return known.getRows() == load.getRows() &&
           known.getIndices() == load.getIndices();
  });
  return found == fields.end() ? nullptr : &*found;
}

/// What a record holds: converted once for the block, not by each thread.
static Type elementOf(ktile::LoadOp load) {
  return heldType(load.getRows().getType().getElement());
}

/// Whether tensor cores tell what a filtered sweep leaves out.
static bool hasTensorFilter(ktile::SweepOp sweep) {
  return sweep.getFiltered() &&
         sweep->getParentOfType<ktile::GridOp>().getSchedule().chain > 0;
}

/// Of so many bytes of features.
static int64_t bytesOfRecord(int64_t used) {
  return int64_t(used <= 16 ? llvm::PowerOf2Ceil(uint64_t(used))
                            : llvm::alignTo(uint64_t(used), 16));
}

Record recordOf(ktile::SweepOp sweep) {
  Record record;
  if (hasTensorFilter(sweep))
    return record;
  if (sweep.getFiltered()) {
    record.used = 4 * filterNumbers(ktile::foldedDistance(sweep)->features);
    record.bytes = bytesOfRecord(record.used);
    return record;
  }
  std::optional<InnerProduct> product = findInnerProduct(sweep);
  std::optional<WeightedValues> weighted = findWeightedValues(sweep);
  // Large elements first: each is aligned to its own size then.
  for (int64_t size : {8, 4, 2, 1})
    sweep.walk([&](ktile::LoadOp load) {
      if (bytesOf(elementOf(load)) != size || !readsSweptRow(load) ||
          readsTileRow(load) || record.find(load) ||
          (product && load == product->ofSweep) ||
          (weighted && load == weighted->values))
        return;
      record.fields.push_back({load, record.used});
      record.used += load.getRows().getType().getWidth() * size;
    });
  record.bytes = bytesOfRecord(record.used);
  return record;
}

int64_t bytesOfRecords(ktile::SweepOp sweep, const Record &record) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  return int64_t(llvm::alignTo(uint64_t(record.bytes * schedule.stage), 16));
}

WeightedSums::Tiles tilesOf(const WeightedValues &weighted,
                            const std::optional<InnerProduct> &product) {
  ktile::FoldOp fold = weighted.op;
  return WeightedSums::tilesOf(
      fold.getState().getType().getWidth(),
      product ? TensorProducts::registersOfRows(
                    int64_t(ktile::ContractOp(product->op).getSize()),
                    partsOf(product->factors))
              : 0);
}

/// Of rows j, and of what tensor cores multiply of them.
static int64_t bytesOfRowsAndProducts(ktile::SweepOp sweep,
                                      const Record &record) {
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  const int64_t window = windowOf(sweep);
  auto product = findInnerProduct(sweep);
  return bytesOfRecords(sweep, record) +
         (product ? TensorProducts::sharedBytes(int64_t(product->op.getSize()),
                                                partsOf(product->factors),
                                                schedule, window)
                  : WeightedSums::weightBytes(schedule.lanes, window));
}

int64_t bytesBeforeValues(ktile::SweepOp sweep, const Record &record) {
  return int64_t(
      llvm::alignTo(uint64_t(bytesOfRowsAndProducts(sweep, record)), 16));
}

int64_t sharedBytes(ktile::SweepOp sweep) {
  if (isRest(sweep))
    return 0;
  if (sweep->getParentOfType<ktile::GridOp>().getSchedule().halved)
    return ThreadTile::turnedBytes(sweep);
  const Record record = recordOf(sweep);
  int64_t bytes = bytesOfRowsAndProducts(sweep, record);
  auto schedule = sweep->getParentOfType<ktile::GridOp>().getSchedule();
  if (hasTensorFilter(sweep))
    bytes += TensorFilter::sharedBytes(ktile::foldedDistance(sweep)->features,
                                       schedule);
  auto weighted = findWeightedValues(sweep);
  if (weighted && schedule.values)
    bytes =
        bytesBeforeValues(sweep, record) +
        WeightedSums::valueBytes(tilesOf(*weighted, findInnerProduct(sweep)),
                                 weighted->isOfHalves, schedule.collect);
  return bytes;
}

unsigned Record::alignmentAt(int64_t offset) const {
  uint64_t whole = std::min<uint64_t>(16, uint64_t(bytes));
  return unsigned(llvm::MinAlign(whole, uint64_t(offset)));
}

/// Where a feature of a field is in a record; none: it is not known which one.
static std::optional<int64_t> offsetOf(const Record::Field &field,
                                       Value feature) {
  APInt known;
  if (!matchPattern(feature, m_ConstantInt(&known)))
    return std::nullopt;
  return field.offset + known.getSExtValue() * bytesOf(elementOf(field.load));
}

static unsigned alignmentOf(const Record &record, const Record::Field &field,
                            Value feature) {
  auto offset = offsetOf(field, feature);
  return offset ? record.alignmentAt(*offset) : 0;
}

/// The same for row `place` of a group, whose records are aligned as a whole,
/// so that those of neighbours can be read at once.
static unsigned alignmentInGroup(const Record &record,
                                 const Record::Field &field, Value place,
                                 Value feature, bool isAligned) {
  auto sweep = field.load->getParentOfType<ktile::SweepOp>();
  auto offset = offsetOf(field, feature);
  APInt known(64, 0);
  auto sum = place.getDefiningOp<arith::AddIOp>();
  if (sum)
    matchPattern(sum.getRhs(), m_ConstantInt(&known));
  if (!offset || sweep.getRanges()) // what is left of a slice is no whole group
    return alignmentOf(record, field, feature);
  // Where rows j take their share, each lane is at a row of its own.
  const uint64_t together = isAligned ? sweep.getGroup() : 1;
  auto whole = together * uint64_t(record.bytes);
  return unsigned(
      llvm::MinAlign(llvm::MinAlign(16, whole),
                     uint64_t(known.getSExtValue() * record.bytes + *offset)));
}

/// Whole records are read, 16 bytes at once.
void ThreadTile::padRecord(const Record &record, Value to) {
  for (int64_t at = record.used; at < record.bytes;) {
    int64_t size = at % 4 ? 1 : 4;
    Value zero =
        arith::ConstantIntOp::create(builder, loc, 0, unsigned(8 * size));
    memory.store(zero, memory.address(to, number(at), builder.getI8Type()),
                 record.alignmentAt(at));
    at += size;
  }
}

/// Copies rows first .. first + count - 1 to shared memory, in turn among the
/// threads.
void ThreadTile::stageRows(const Record &record, Value first, Value count) {
  for (int64_t k = 0; k < grid.getSchedule().stage; k += lanes)
    stageRow(record, first, count, add(thread, number(k)));
}

/// One of them, if there are so many.
void ThreadTile::stageRow(const Record &record, Value first, Value count,
                          Value local) {
  Value takesPart = isLess(local, count);
  auto copies = scf::IfOp::create(builder, loc, takesPart,
                                  /*withElseRegion=*/filter.has_value());
  OpBuilder::InsertionGuard guard(builder);
  auto placeOfRecord = [&] {
    Value place = turned.servesBoth ? placeOfTurning(local) : local;
    return memory.address(shared, times(place, record.bytes),
                          builder.getI8Type());
  };
  if (filter) {
    builder.setInsertionPointToStart(copies.elseBlock());
    fillGroup(record, local, count, placeOfRecord());
  }
  builder.setInsertionPointToStart(copies.thenBlock());
  Value to = placeOfRecord(), row = add(first, local);
  if (filter)
    stageNumbers(record, row, to);
  SmallVector<Value> copiesOfRow{to};
  if (turned.servesBoth)
    copiesOfRow.push_back(memory.address(to, number(warpSize * record.bytes),
                                         builder.getI8Type()));
  for (const Record::Field &field : record.fields) {
    const Access &access = accessOf(field.load);
    const Memory::Array &array = arrayOf(access.rows);
    forEachFeature(array.width, [&](Value feature) {
      Value value =
          loadAt(field.load, access.base, row, sweptStride(access), feature);
      for (Value copy : copiesOfRow) {
        Value place =
            memory.address(copy, number(field.offset), builder.getI8Type());
        memory.store(value,
                     memory.address(place, feature, elementOf(field.load)),
                     alignmentOf(record, field, feature));
      }
    });
  }
  for (Value copy : copiesOfRow)
    padRecord(record, copy);
}

Value ThreadTile::loadSweptRow(ktile::LoadOp op, Value place, Value feature) {
  const Access &access = accessOf(op);
  if (!staged)
    return loadAt(op, access.base, place, sweptStride(access), feature);
  const Record::Field &field = *staged->find(op);
  Value local = subtract(place, stagedFirst);
  Type byte = builder.getI8Type();
  Value record = memory.address(shared, times(local, staged->bytes), byte);
  Value start = memory.address(record, number(field.offset), byte);
  return memory.load(elementOf(op),
                     memory.address(start, feature, elementOf(op)),
                     alignmentInGroup(*staged, field, place, feature,
                                      /*isAligned=*/!turned.servesBoth));
}

} // namespace kdslc::nvptx
