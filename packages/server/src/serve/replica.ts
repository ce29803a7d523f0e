/** A server's ledger as one of several that hold the same. What keeps them the same is a package of its own. */
import type { EngineOptions, OpenEngine } from 'tallystick/internal/engine';
import type { Port } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
import type { Logger, Standing } from '../observe/index.ts';

export interface Replica extends OpenEngine {
  /** Takes requests in place of the engine. */
  readonly port: Port;
  /** Who this node is among the others, now. */
  readonly standing: Standing;
  /** The number of this node's lead, once it has the replies to all that was done before; undefined: it has none. */
  readonly lead: () => number | undefined;
  /** Where clients find the HTTP door of the node that leads; undefined: no other one does, or it has none. */
  readonly leaderHttp: () => string | undefined;
  /** Lets another node lead; requests that come now are refused with `not_leader`. */
  resign(): Promise<void>;
  /** Ends everything but the engine. */
  leave(): Promise<void>;
}

/** Where clients find a server; empty until its doors are open. */
export interface Whereabouts {
  address(): string;
  /** Its HTTP door; empty where that is closed. */
  http(): string;
}

/** The server of a replica, as far as that sees it. */
export interface ReplicaHost extends Whereabouts {
  /** With secrets in the places of their references. */
  readonly configuration: Configuration;
  readonly log: Logger;
  readonly folder: string;
  /** Opens the folder, with options besides the server's own. */
  open(options: EngineOptions): Promise<OpenEngine>;
}

export type Replicate = (host: ReplicaHost) => Promise<Replica>;
