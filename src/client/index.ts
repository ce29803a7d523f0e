export { type Client, type ClientInitArgs, type CreateClient, createClientWith, type Opener } from './client.ts';
export { id } from './id.ts';
export { ObjectLedger } from './object-ledger.ts';
export { ErrorCodes, RequestError } from './request-error.ts';
