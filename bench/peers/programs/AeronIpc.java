import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.nio.file.Files;
import java.util.Arrays;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Aeron over IPC inside one machine: messages of `size` bytes answered by messages of `answer` bytes, `window` in flight, the other side in a thread of its
 * own. It carries bytes; nothing is executed or made durable. Prints JSON.
 */
public final class AeronIpc {
  static void offer(ExclusivePublication to, UnsafeBuffer buffer, int size) {
    while (to.offer(buffer, 0, size) < 0) Thread.onSpinWait();
  }

  public static void main(String[] args) throws Exception {
    int size = Integer.parseInt(args[0]);
    int answer = Integer.parseInt(args[1]);
    int window = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    String folder = Files.createTempDirectory("aeron-peer").toString();
    var driver = MediaDriver.launch(new MediaDriver.Context().aeronDirectoryName(folder).threadingMode(ThreadingMode.SHARED)
        .dirDeleteOnStart(true).dirDeleteOnShutdown(true).ipcTermBufferLength(16 * 1024 * 1024));
    var aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(folder));
    Subscription requests = aeron.addSubscription("aeron:ipc", 1);
    Subscription answers = aeron.addSubscription("aeron:ipc", 2);
    ExclusivePublication ask = aeron.addExclusivePublication("aeron:ipc", 1);
    ExclusivePublication reply = aeron.addExclusivePublication("aeron:ipc", 2);
    while (!ask.isConnected() || !reply.isConnected()) Thread.sleep(1);
    Thread other = new Thread(() -> {
      var out = new UnsafeBuffer(new byte[answer]);
      var handler = new FragmentAssembler((buffer, offset, length, header) -> {
        out.putLong(0, buffer.getLong(offset));
        offer(reply, out, answer);
      });
      var idle = new BusySpinIdleStrategy();
      while (!Thread.interrupted()) idle.idle(requests.poll(handler, 16));
    });
    other.setDaemon(true);
    other.start();
    var out = new UnsafeBuffer(new byte[size]);
    int warmup = Math.min(rounds, 20_000);
    long[] sent = new long[rounds + warmup];
    long[] took = new long[rounds + warmup];
    int[] back = {0};
    var handler = new FragmentAssembler((buffer, offset, length, header) -> {
      int at = (int) buffer.getLong(offset);
      took[at] = System.nanoTime() - sent[at];
      back[0]++;
    });
    long began = 0;
    for (int i = 0; i < rounds + warmup; ) {
      if (i == warmup && began == 0) began = System.nanoTime();
      if (i - back[0] < window) {
        sent[i] = System.nanoTime();
        out.putLong(0, i);
        offer(ask, out, size);
        i++;
      } else answers.poll(handler, 16);
    }
    while (back[0] < rounds + warmup) answers.poll(handler, 16);
    double seconds = (System.nanoTime() - began) / 1e9;
    long[] times = Arrays.copyOfRange(took, warmup, took.length);
    Arrays.sort(times);
    System.out.printf("{\"messages_per_second\":%.0f,\"latency_ms\":{\"p50\":%.4f,\"p99\":%.4f,\"p100\":%.4f}}%n", rounds / seconds,
        times[rounds / 2] / 1e6, times[(int) (rounds * 0.99)] / 1e6, times[rounds - 1] / 1e6);
    other.interrupt();
    other.join();
    aeron.close();
    driver.close();
  }
}
