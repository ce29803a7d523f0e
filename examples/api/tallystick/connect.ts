import { type ConnectOptions, connect, connectGrpc, type Ledger, TallystickError } from 'tallystick';

const options: ConnectOptions = { retry: true, timeoutMs: 2_000, lane: 'high' };

/** What a program does with a server; here nothing listens. */
async function tried(connecting: Promise<Ledger>): Promise<string> {
  try {
    const ledger = await connecting;
    await ledger.close();
    return 'connected';
  } catch (error) {
    if (!(error instanceof TallystickError)) throw error;
    return `${error.code}, ${error.retriable ? 'try again' : 'do not try again'}`;
  }
}

// `tallystick serve ./books --create` listens at port 3000, and with `--grpc-port 50051` there, too.
console.log(await tried(connect('tcp://127.0.0.1:3999', options))); // unreachable, try again
console.log(await tried(connectGrpc('grpc://127.0.0.1:3998', { retry: true }))); // unreachable, try again
