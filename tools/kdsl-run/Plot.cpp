//===- Plot.cpp - a picture of an output ----------------------------------===//

#include "Plot.h"
#include "Failure.h"
#include "Svg.h"
#include <algorithm>
#include <numeric>
#include <set>

using namespace kdslrun;

/// More marks than this make a heavy file and no better picture.
static constexpr int64_t maxMarks = 20000;
static constexpr int64_t maxSeries = 6;

/// Feature `feature` of every `step`-th row.
static std::vector<double> column(const Array &array, int64_t features,
                                  int64_t feature, int64_t step) {
  std::vector<double> values;
  for (int64_t k = feature; k < array.count(); k += features * step)
    values.push_back(array.at(k));
  return values;
}

namespace {
/// Places [M, 1 or 2] for the rows of an output, and the values there.
struct PlotData {
  const kdsl_arg *output = nullptr;
  const Array *values = nullptr;
  const kdsl_arg *place = nullptr; ///< null: row numbers
  const Array *places = nullptr;
  int64_t rows = 0, step = 1;

  std::vector<double> valuesOf(int64_t feature) const {
    return column(*values, output->row_elems, feature, step);
  }
  std::vector<double> placesOf(int64_t feature) const {
    if (place)
      return column(*places, place->row_elems, feature, step);
    std::vector<double> numbers;
    for (int64_t row = 0; row < rows; row += step)
      numbers.push_back(double(row));
    return numbers;
  }
};
} // namespace

static PlotData gather(const Call &call, uint32_t output) {
  const kdsl_kernel &kernel = call.program();
  PlotData data;
  data.output = &kernel.args[output];
  data.values = &call.array(output);
  data.rows = call.size(uint32_t(data.output->axes[0]));
  for (uint32_t k = 0; k < kernel.n_args && !data.place; ++k) {
    const kdsl_arg &arg = kernel.args[k];
    if (arg.is_output || arg.n_axes != 1 || arg.row_elems > 2 ||
        arg.axes[0] != data.output->axes[0] ||
        !isFloatType(kdsl_type(arg.type)))
      continue;
    data.place = &arg;
    data.places = &call.array(k);
  }
  return data;
}

static double fractionIn(Range range, double value) {
  return (value - range.low) / range.width();
}

static std::string drawCurves(const std::string &title, PlotData data) {
  data.step = data.rows / maxMarks + 1;
  const std::vector<double> places = data.placesOf(0);
  std::vector<size_t> order(places.size());
  std::iota(order.begin(), order.end(), size_t(0));
  // NaN places, which are not drawn, come last.
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const bool isNumberA = places[a] == places[a];
    if (isNumberA != (places[b] == places[b]))
      return isNumberA;
    return places[a] != places[b] && isNumberA ? places[a] < places[b] : a < b;
  });
  auto sorted = [&](const std::vector<double> &values) {
    std::vector<double> result;
    for (size_t k : order)
      result.push_back(values[k]);
    return result;
  };
  const int64_t series = std::min(data.output->row_elems, maxSeries);
  std::vector<double> all;
  for (int64_t feature = 0; feature < series; ++feature) {
    const std::vector<double> values = data.valuesOf(feature);
    all.insert(all.end(), values.begin(), values.end());
  }
  Picture picture(title, rangeOf(places), rangeOf(all), /*hasColors=*/false);
  for (int64_t feature = 0; feature < series; ++feature)
    picture.line(sorted(places), sorted(data.valuesOf(feature)),
                 unsigned(feature));
  picture.labels(data.place ? data.place->name : "row", data.output->name);
  return picture.finish();
}

static double markRadius(size_t marks) {
  return marks > 5000 ? 1.5 : marks > 500 ? 2.5 : 4;
}

/// Points of the plane that are colored by a value, as dots or, when they fill
/// a grid of `columns` by `lines`, as cells.
static std::string drawColored(const std::string &title, PlotData data,
                               size_t columns, size_t lines) {
  const std::vector<double> x = data.placesOf(0), y = data.placesOf(1);
  const std::vector<double> values = data.valuesOf(0);
  const Range colors = rangeOf(values);
  Range xRange = rangeOf(x), yRange = rangeOf(y);
  const bool isGrid = columns > 0;
  const double width = isGrid ? xRange.width() / double(columns - 1) : 0;
  const double height = isGrid ? yRange.width() / double(lines - 1) : 0;
  xRange = {xRange.low - width / 2, xRange.high + width / 2};
  yRange = {yRange.low - height / 2, yRange.high + height / 2};
  Picture picture(title, xRange, yRange, /*hasColors=*/true);
  for (size_t k = 0; k < values.size(); ++k) {
    const std::string color = colorOf(fractionIn(colors, values[k]));
    if (isGrid)
      picture.cell(x[k], y[k], width, height, color);
    else
      picture.dot(x[k], y[k], color, markRadius(values.size()));
  }
  picture.colorBar(colors);
  picture.labels(std::string(data.place->name) + "[0]",
                 std::string(data.place->name) + "[1]");
  return picture.finish();
}

static std::string drawPlane(const std::string &title, PlotData data) {
  // As many different places on each side as make a full grid of the rows.
  const std::vector<double> x = data.placesOf(0), y = data.placesOf(1);
  const size_t columns = std::set<double>(x.begin(), x.end()).size();
  const size_t lines = std::set<double>(y.begin(), y.end()).size();
  const bool isGrid = columns > 1 && lines > 1 &&
                      int64_t(columns * lines) == data.rows &&
                      data.rows <= 4 * maxMarks;
  if (isGrid)
    return drawColored(title, data, columns, lines);
  data.step = data.rows / maxMarks + 1;
  return drawColored(title, data, 0, 0);
}

static std::string drawPoints(const std::string &title, PlotData data) {
  data.step = data.rows / maxMarks + 1;
  const std::vector<double> x = data.valuesOf(0), y = data.valuesOf(1);
  Picture picture(title, rangeOf(x), rangeOf(y), /*hasColors=*/false);
  for (size_t k = 0; k < x.size(); ++k)
    picture.dot(x[k], y[k], seriesColor(0), markRadius(x.size()));
  picture.labels(std::string(data.output->name) + "[0]",
                 std::string(data.output->name) + "[1]");
  return picture.finish();
}

llvm::Expected<std::string> kdslrun::plot(const Call &call, uint32_t output) {
  const kdsl_arg &arg = call.program().args[output];
  if (arg.n_axes != 1 || call.array(output).count() == 0)
    return usageError("'{}' has shape {}, expected rows along one axis to plot",
                      arg.name, shapeText(call.array(output).shape));
  const PlotData data = gather(call, output);
  const std::string title =
      fmt::format("{} of {}", arg.name, call.program().name);
  if (data.place && data.place->row_elems == 2 && arg.row_elems == 1)
    return drawPlane(title, data);
  if (arg.row_elems == 2 && (!data.place || data.place->row_elems == 2))
    return drawPoints(title, data);
  PlotData curves = data;
  if (curves.place && curves.place->row_elems != 1)
    curves.place = nullptr;
  return drawCurves(title, curves);
}
