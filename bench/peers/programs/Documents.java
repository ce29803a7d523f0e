import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.ObjectId;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A stand-in for MongoDB where there is no mongod: mongo-java-server in memory, with two things that medici counts on and it has not. A write is in a journal
 * file and synced before it is answered, one sync for all that wait; and legs are found by their journal with an index. It does less than a database does: the
 * journal is never read, and documents stay in memory.
 *
 *   java -cp JARS Documents.java FILE PORT       on loopback; ends when its standard input does
 */
public final class Documents {
  /** The field by which medici reads back what it has just written. */
  static final String INDEXED = "_journal";
  static final Set<String> WRITES = Set.of("insert", "update", "delete", "findAndModify");

  static final class Journal {
    private final FileChannel file;
    private final Object sync = new Object();
    private volatile long written;
    private long synced;

    Journal(Path path) throws IOException {
      file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Returns when it is on disk. */
    void append(Document command) {
      ByteBuf bytes = Unpooled.buffer();
      BsonEncoder.encodeDocument(command, bytes);
      try {
        long mine;
        synchronized (file) {
          ByteBuffer buffer = bytes.nioBuffer();
          while (buffer.hasRemaining()) written += file.write(buffer);
          mine = written;
        }
        // Whoever waited here while another synced may find its own write on disk.
        synchronized (sync) {
          if (synced >= mine) return;
          long until = written;
          file.force(false);
          synced = until;
        }
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  static final class Backend extends MemoryBackend {
    private final Journal journal;

    Backend(Journal journal) {
      this.journal = journal;
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      Document answer = super.handleCommand(channel, database, command, query);
      if (WRITES.contains(command)) journal.append(query);
      return answer;
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new MemoryDatabase(name, getCursorRegistry()) {
        @Override
        protected MemoryCollection openOrCreateCollection(String collection, CollectionOptions options) {
          return new Collection(this, collection, options);
        }
      };
    }

    private final class Collection extends MemoryCollection {
      // Made on demand: the constructor of the class above may already add documents.
      private Map<Object, List<Integer>> index;

      Collection(MemoryDatabase database, String name, CollectionOptions options) {
        super(database, name, options, getCursorRegistry());
      }

      @Override
      protected Integer addDocumentInternal(Document document) {
        Integer position = super.addDocumentInternal(document);
        if (index == null) index = new HashMap<>();
        if (document.get(INDEXED) instanceof ObjectId key) index.computeIfAbsent(key, (one) -> new ArrayList<>()).add(position);
        return position;
      }

      @Override
      protected QueryResult matchDocuments(Document query, Document order, int skip, int limit, int batch, Document fields) {
        if (index == null || !(query.get(INDEXED) instanceof ObjectId key)) return super.matchDocuments(query, order, skip, limit, batch, fields);
        return matchDocuments(query, index.getOrDefault(key, List.of()), order, skip, limit, batch, fields);
      }
    }
  }

  /** The oldest one that today's clients talk to. */
  static final class Version implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  }

  public static void main(String[] args) throws Exception {
    MongoServer server = new MongoServer(new Backend(new Journal(Path.of(args[0]))).version(new Version()));
    // A thread for each of 16 callers: one that waits for the disk keeps nobody else from it.
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])), 1, 16);
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }
}
