/** Certificates by ACME (RFC 8555): an order, its proof, its renewal. It writes one file, which others watch. */
export { CertificateKeeper, type KeeperEvents, type KeeperOptions } from './keeper.ts';
