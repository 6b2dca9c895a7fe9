// A TLS certificate and its key as two PEM files, looked at before they are used, and again when they have changed: certificates are
// renewed while the gateway runs.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { CliFailure } from '../cli-failure.ts';

export type CertificateFiles = { cert: string; key: string };
/** PEM texts, fit for `tls.createSecureContext`; the second is secret. */
export type CertificatePair = { cert: string; key: string };

/** Reads and checks them. Throws a `CliFailure` that names the file, and says what is wrong with it. */
export async function readCertificate(files: CertificateFiles): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readPem(files.cert, '--tls-cert'), readPem(files.key, '--tls-key')]);
  const certificate = parse(() => new X509Certificate(cert));
  if (certificate === null) throw new CliFailure(`--tls-cert ${files.cert} holds no certificate in PEM form.`);
  const privateKey = parse(() => createPrivateKey(key));
  if (privateKey === null) {
    throw new CliFailure(`--tls-key ${files.key} holds no private key in PEM form, or one with a passphrase.`);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CliFailure(`--tls-key ${files.key} is not the key of the certificate ${files.cert}.`);
  }
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new CliFailure(`--tls-cert ${files.cert} has expired on ${certificate.validTo}; renew it.`);
  }
  return { cert, key };
}

/** The first host name that it is for; null: it names none, or patterns only. */
export function certificateName({ cert }: CertificatePair): string | null {
  const names = new X509Certificate(cert).subjectAltName ?? '';
  return /(?:^|, )DNS:([a-z0-9.-]+)(?:,|$)/i.exec(names)?.[1] ?? null;
}

/** What changes when one of the files does, behind symbolic links too. */
export async function certificateStamp({ cert, key }: CertificateFiles): Promise<string> {
  const stamps = [cert, key].map(async (path) => {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  });
  return (await Promise.all(stamps)).join(' ');
}

async function readPem(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(`${flag} ${path} cannot be read (${why}).`);
  }
}

function parse<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
