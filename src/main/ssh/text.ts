import type { HostKeyQuestion } from '../../shared/domain/server'
import { LinkLost, problemsFrom } from '../../shared/domain/problem'

type Asked = { hop: string; question: HostKeyQuestion }

const listed = (words: readonly string[]) => (words.length === 0 ? 'nothing' : words.join(', '))
const knownAt = (question: HostKeyQuestion) => question.known.map((one) => `${one.fingerprint} (${one.where})`).join(' and ')
const comparing = 'On the server, `ssh-keygen -lf` over /etc/ssh/ssh_host_*_key.pub prints what to compare it with.'

/** Problems of the way to a server. `hop` is the one of the hops that is in the way, as people know it. */
export const problem = problemsFrom({
  'server-name-unknown': ({ hop, host }: { hop: string; host: string }) => ({
    message: `${hop}: the name ${host} is not known to DNS.`,
    fix: 'Look at the spelling, or whether a VPN has to be on.',
  }),
  'server-refused': ({ hop }: { hop: string }) => ({
    message: `${hop} refused the connection: nothing listens on that port.`,
    fix: 'Look whether the SSH server runs there, and at the port.',
  }),
  'server-no-route': ({ hop, why }: { hop: string; why: string }) => ({
    message: `There is no way to ${hop} from here (${why}).`,
    fix: 'Look at the network, the VPN and the address.',
  }),
  'server-silent': ({ hop, seconds, waitingFor }: { hop: string; seconds: number; waitingFor: string }) => ({
    message: `${hop} has not answered for ${seconds} s (${waitingFor}).`,
    fix: 'Look whether the server is up and whether a firewall drops what is sent to it.',
  }),
  'server-not-ssh': ({ hop, said }: { hop: string; said: string }) => ({
    message: `What answers on ${hop} is not an SSH server. It said: “${said}”.`,
    fix: 'Look at the port: SSH is on 22 unless somebody moved it.',
  }),
  'server-busy': ({ hop, tries }: { hop: string; tries: number }) => ({
    message: `${hop} closed the connection before saying who it is, ${tries} times in a row.`,
    fix: 'It may have too many sign-ins at once (MaxStartups) or have banned this address (fail2ban). Try again in a minute.',
  }),
  'server-broke-off': ({ hop, during, why }: { hop: string; during: string; why: string }) => ({
    message: `${hop} broke off during ${during} (${why}).`,
    fix: 'Try again. If it stays so, the server’s own log says why.',
  }),
  'server-too-old': ({ hop, what }: { hop: string; what: string }) => ({
    message: `${hop} offers only ${what} that are not safe any more, or none that Slipway has.`,
    fix: 'Update its SSH server. Where that cannot be, allow weak algorithms for this one server.',
  }),
  'host-key-unknown': ({ hop, question }: Asked) => ({
    message: `${hop} is not known yet. It shows the ${question.keyType} key ${question.fingerprint}.`,
    fix: `Compare the fingerprint, then trust it. ${comparing}`,
  }),
  'host-key-authority': ({ hop, question, where }: Asked & { where: string }) => ({
    message: `${hop} belongs to a certificate authority (${where}). Slipway cannot check host certificates, and its plain ${question.keyType} key ${question.fingerprint} is not known.`,
    fix: `Compare the fingerprint of the plain key, then trust it. ${comparing}`,
  }),
  'host-key-changed': ({ hop, question }: Asked) => ({
    message: `${hop} shows another key than is known for ${question.name}: ${question.keyType} ${question.fingerprint}, known is ${knownAt(question)}. Somebody may be listening in. Nothing was sent.`,
    fix: `Ask who runs the server whether its key was changed. If it was, remove the old line (${question.known.map((one) => one.where).join(', ')}) and test again.`,
  }),
  'host-key-revoked': ({ hop, question }: Asked) => ({
    message: `${hop} shows a key that is marked as revoked: ${question.fingerprint} (${question.known.map((one) => one.where).join(', ')}). Nothing was sent.`,
    fix: 'The server needs a new host key: the old one is known to be in wrong hands.',
  }),
  'host-keys-unreadable': ({ file, why }: { file: string; why: string }) => ({
    message: `The file of known host keys ${file} cannot be read (${why}), so no host key can be checked. Nothing was opened.`,
    fix: 'Give your user the right to read it, or mend it.',
  }),
  'host-key-moved': ({ name, fingerprint }: { name: string; fingerprint: string }) => ({
    message: `${name} does not show the key ${fingerprint} any more. Nothing was trusted.`,
    fix: 'Test the connection again and compare what it shows now.',
  }),
  'sign-in-refused': ({
    hop,
    user,
    tried,
    offered,
    notes,
    said,
  }: {
    hop: string
    user: string
    tried: string[]
    offered: string[]
    notes: string[]
    said: string
  }) => ({
    message:
      `${hop} did not let ${user} in. Tried: ${listed(tried)}. It takes: ${listed(offered)}.` +
      notes.map((note) => ` ${note}`).join('') +
      (said === '' ? '' : ` It said: “${said}”.`),
    fix: 'Look at the user, and at which key or password this server knows for them.',
  }),
  'sign-in-too-many': ({ hop, user, tried }: { hop: string; user: string; tried: string[] }) => ({
    message: `${hop} took no more tries to sign in as ${user} (MaxAuthTries). Tried: ${listed(tried)}.`,
    fix: 'Name the one right key file, and turn the agent off for this server if it holds many keys.',
  }),
  'sign-in-unanswered': ({ hop, about }: { hop: string; about: string }) => ({
    message: `${hop}: the question about ${about} was not answered.`,
    fix: 'Open it again and answer, or keep the password or passphrase with the connection.',
  }),
  'key-missing': ({ file }: { file: string }) => ({
    message: `The key file ${file} does not exist.`,
    fix: 'Look at its path, or choose another key.',
  }),
  'key-unreadable': ({ file, why }: { file: string; why: string }) => ({
    message: `The key file ${file} cannot be read (${why}).`,
    fix: 'Give your user the right to read it.',
  }),
  'key-not-private': ({ file }: { file: string }) => ({
    message: `${file} is not a private key.`,
    fix: 'Name the private half: the file without .pub.',
  }),
  'key-unsupported': ({ file, why }: { file: string; why: string }) => ({
    message: `The key ${file} cannot be used: ${why}.`,
    fix: 'Convert it with `ssh-keygen -p` or PuTTYgen to an OpenSSH key, or use another.',
  }),
  'key-on-device': ({ file }: { file: string }) => ({
    message: `${file} belongs to a security key (FIDO). Slipway cannot sign with it.`,
    fix: 'Use a key file or an agent with an ordinary key for this server.',
  }),
  'key-passphrase-wrong': ({ file, tries }: { file: string; tries: number }) => ({
    message: `The passphrase of ${file} was wrong ${tries === 1 ? 'once' : `${tries} times`}.`,
    fix: 'Find the right one: `ssh-keygen -y -f` with the file tells whether a passphrase fits.',
  }),
  'forward-prohibited': ({ jump, hop }: { jump: string; hop: string }) => ({
    message: `${jump} does not allow to go on to ${hop}: TCP forwarding is off there.`,
    fix: 'Set AllowTcpForwarding yes (and look at PermitOpen) on the jump host, or go by another.',
  }),
  'forward-failed': ({ jump, hop, why }: { jump: string; hop: string; why: string }) => ({
    message: `${jump} does not reach ${hop} (${why}).`,
    fix: 'Look at the address as the jump host sees it, and whether the server behind it is up.',
  }),
  'hop-loop': ({ hop }: { hop: string }) => ({
    message: `The way goes through ${hop} twice.`,
    fix: 'Take one of the two out of the jump hosts.',
  }),
  'link-lost': ({ name, why }: { name: string; why: string }) => ({
    message: `The link to ${name} was lost (${why}). What was under way there is not known until it is read back.`,
    fix: 'Look at the network. Slipway connects again at the next use.',
  }),
})

export const linkLost = (name: string, why: string) => new LinkLost(problem('link-lost', { name, why }).problem)

// Control characters, and the marks that turn the direction of writing.
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g

/** A stranger's words as one line of plain text, of at most `limit` signs. */
export function plainText(text: string, limit = 200): string {
  const plain = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .replace(unprintable, '')
    .trim()
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain
}
