//===- Streams.cpp - queued work ------------------------------------------===//
//
// Work waits in its stream until somebody waits for it, and then other streams
// come on by a random amount first. What a program forgot to order or to wait
// for, and memory that it gave back too early, therefore shows.
//
//===----------------------------------------------------------------------===//

#include "test/cuda/Machine.h"

using namespace fakecuda;

void Machine::enqueue(CUstream_st &stream, std::function<int()> run) {
  stream.queue.push_back({++lastNumber, std::move(run)});
}

void Machine::runUpTo(CUstream_st &stream, uint64_t number) {
  const Context context = stream.context;
  CUstream_st &byDefault = context->defaultStream;
  while (!stream.queue.empty() && stream.queue.front().number <= number) {
    const Operation operation = std::move(stream.queue.front());
    stream.queue.pop_front();
    // The default stream and the streams that block with it wait for what was
    // queued before in the other.
    if (&stream == &byDefault) {
      for (auto &[handle, other] : streams)
        if (other->context == context && other->isBlocking)
          runUpTo(*other, operation.number);
    } else if (stream.isBlocking) {
      runUpTo(byDefault, operation.number);
    }
    if (context->sticky == Success)
      context->sticky = operation.run();
  }
}

void Machine::runAll(Context context) {
  runAll(context->defaultStream);
  for (auto &[handle, stream] : streams)
    if (stream->context == context)
      runAll(*stream);
}

void Machine::runSomeOf(Context context) {
  for (auto &[handle, stream] : streams) {
    if (stream->context != context || stream->queue.empty())
      continue;
    const size_t count = random() % (stream->queue.size() + 1);
    if (count)
      runUpTo(*stream, stream->queue[count - 1].number);
  }
}
