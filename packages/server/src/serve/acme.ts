/** A certificate by ACME, as configured. */
import type { CertificateKeeper } from '../acme/index.ts';
import type { Configuration } from '../config/index.ts';
import type { Logger } from '../observe/index.ts';

/** Undefined: the server does not get its certificate itself. Rejects when there is none and none can be had. */
export async function openAcme(configuration: Configuration, log: Logger): Promise<CertificateKeeper | undefined> {
  const { 'acme.directory': directory, 'acme.folder': folder, 'acme.port': port, host } = configuration;
  if (directory === undefined || folder === undefined || port === 'off') return undefined;
  const { 'acme.eabId': id, 'acme.eabKey': key } = configuration;
  const names = configuration['acme.names'];
  // A fifth of all that a server loads, and few ask for it.
  const { CertificateKeeper } = await import('../acme/index.ts');
  return await CertificateKeeper.open(
    {
      directory,
      names,
      folder,
      host,
      port,
      challenge: configuration['acme.challenge'],
      contact: configuration['acme.contact'],
      ca: configuration['acme.ca'],
      external: id === undefined || key === undefined ? undefined : { id, key },
    },
    {
      renewed: (until) => log.info({ names, until }, 'a certificate was had by ACME'),
      problem: (err, againMs) =>
        log.error({ err, names, again_ms: Math.round(againMs) }, 'no new certificate could be had by ACME'),
    },
  );
}
