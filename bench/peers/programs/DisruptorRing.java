import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** LMAX Disruptor, one producer and one consumer that spin, 16 longs written into each slot and one read: the work of bench/ring.ts. Prints JSON. */
public final class DisruptorRing {
  static final int SLOTS = 32_768;

  static final class Event {
    final long[] words = new long[16];
  }

  /** Sums what it reads, and says when it has read `last` events. */
  static final class Sum implements EventHandler<Event> {
    long sum;
    volatile long last;
    long taken;
    volatile CountDownLatch done = new CountDownLatch(1);

    @Override
    public void onEvent(Event event, long sequence, boolean endOfBatch) {
      sum += event.words[0];
      if (++taken == last) done.countDown();
    }
  }

  static Disruptor<Event> disruptor(int slots) {
    return new Disruptor<>(Event::new, slots, DaemonThreadFactory.INSTANCE, ProducerType.SINGLE, new BusySpinWaitStrategy());
  }

  static long throughput(int batch, long events) throws Exception {
    var disruptor = disruptor(SLOTS);
    var sum = new Sum();
    disruptor.handleEventsWith(sum);
    RingBuffer<Event> ring = disruptor.start();
    long rate = 0;
    // The first two rounds warm the compiler up.
    for (int round = 0; round < 3; round++) {
      sum.done = new CountDownLatch(1);
      sum.taken = 0;
      sum.last = events;
      long began = System.nanoTime();
      for (long i = 0; i < events; i += batch) {
        long high = ring.next(batch);
        for (long at = high - batch + 1; at <= high; at++) Arrays.fill(ring.get(at).words, i);
        ring.publish(high - batch + 1, high);
      }
      sum.done.await();
      rate = events * 1_000_000_000L / (System.nanoTime() - began);
    }
    disruptor.shutdown();
    return rate;
  }

  /** One event at a time, there and back over two rings: half of the time. */
  static String hops(int rounds) throws Exception {
    var there = disruptor(1024);
    var back = disruptor(1024);
    RingBuffer<Event> answers = back.getRingBuffer();
    there.handleEventsWith((event, sequence, end) -> {
      long at = answers.next();
      answers.get(at).words[0] = event.words[0];
      answers.publish(at);
    });
    var seen = new java.util.concurrent.atomic.AtomicLong(-1);
    RingBuffer<Event> ring = there.start();
    long[] times = new long[rounds];
    int warmup = 200_000;
    for (int i = -warmup; i < rounds; i++) {
      long began = System.nanoTime();
      long at = ring.next();
      Arrays.fill(ring.get(at).words, i);
      ring.publish(at);
      while (answers.getCursor() < at) Thread.onSpinWait();
      seen.lazySet(answers.get(at).words[0]);
      if (i >= 0) times[i] = (System.nanoTime() - began) / 2;
    }
    there.shutdown();
    Arrays.sort(times);
    return String.format("{\"p50\":%d,\"p99\":%d,\"p99.9\":%d,\"p100\":%d}", times[rounds / 2], times[(int) (rounds * 0.99)], times[(int) (rounds * 0.999)], times[rounds - 1]);
  }

  public static void main(String[] args) throws Exception {
    long events = Long.parseLong(args[0]);
    System.out.printf(
        "{\"ring_cells\":%d,\"cells_per_second_by_1\":%d,\"cells_per_second_by_16\":%d,\"cells_per_second_by_128\":%d,\"hop_ns\":%s}%n",
        SLOTS, throughput(1, events), throughput(16, events), throughput(128, events), hops(200_000));
  }
}
