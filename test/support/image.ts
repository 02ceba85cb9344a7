import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { pack, type Pack } from 'tar-stream'
import { Digest } from '../../src/shared/domain/artifact'

/** How an image misbehaves. `as-told`: where the file `/told/how` says so, by one of the words `boot`, `unhealthy` and `crash`. */
export type Bad = 'boot' | 'unhealthy' | 'crash' | 'flapping' | 'wrong-version' | 'slow' | 'redirect' | 'as-told'

export interface ImageOptions {
  version: string
  bad?: Bad
  /** Ballast in a layer of its own: so many bytes, or these. */
  ballast?: number | Buffer
}

export interface TestImage {
  digest: Digest
  /** The archive that `docker load` takes. */
  archive: Buffer
}

/** What the health path answers, as a CGI script. */
function health({ version, bad }: ImageOptions): string {
  const said = bad === 'wrong-version' ? 'v0' : version
  const good = `printf 'X-Version: ${said}\\r\\nContent-Type: text/plain\\r\\n\\r\\nok\\n'`
  const sick = `printf 'Status: 500 Sick\\r\\nContent-Type: text/plain\\r\\n\\r\\nsick\\n'`
  switch (bad) {
    case 'unhealthy':
      return sick
    case 'as-told':
      return `case "$(cat /told/how 2>/dev/null)" in unhealthy) ${sick};; *) ${good};; esac`
    case 'redirect':
      return `printf 'Status: 302 Found\\r\\nLocation: http://169.254.169.254/\\r\\n\\r\\n'`
    case 'slow':
      return `sleep 30; ${good}`
    case 'flapping':
      return `n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n + 1)) > /tmp/n; if [ $((n % 2)) = 0 ]; then ${good}; else ${sick}; fi`
    default:
      return good
  }
}

/** The program: says what it is, serves, and ends when it is asked to. */
function main({ version, bad }: ImageOptions): string {
  if (bad === 'boot') return `echo "cannot start: no database"; exit 3`
  const crash = bad === 'crash' ? '( sleep 4; echo "crashed after a while"; kill -9 $pid ) &' : ''
  const told = bad === 'as-told' ? '[ "$(cat /told/how 2>/dev/null)" != boot ] || { echo "cannot start here"; exit 3; }' : ''
  return `${told}
echo "listening as ${version} $SLIPWAY_RELEASE"
busybox httpd -f -p 8080 -h /www & pid=$!
trap 'echo bye; kill $pid; exit 0' TERM INT
${crash}
n=0
while kill -0 $pid 2>/dev/null; do n=$((n + 1)); echo "${version} tick $n"; sleep 1 & wait $!; done
exit 4`
}

const add = (tar: Pack, name: string, body: Buffer | string, mode = 0o755) => tar.entry({ name, mode, mtime: new Date(0) }, body)
const folder = (tar: Pack, name: string) => tar.entry({ name, type: 'directory', mode: 0o755, mtime: new Date(0) })

async function rootLayer(options: ImageOptions): Promise<Buffer> {
  const tar = pack()
  for (const name of ['bin', 'tmp', 'www', 'www/cgi-bin']) folder(tar, name)
  add(tar, 'bin/busybox', readFileSync('/bin/busybox'))
  for (const applet of ['sh', 'sleep', 'cat', 'echo', 'printf', 'kill', 'env', 'ls', 'stty'])
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime: new Date(0) })
  add(tar, 'main', `#!/bin/sh\n${main(options)}\n`)
  add(tar, 'www/index.html', `${options.version}\n`, 0o644)
  add(tar, 'www/cgi-bin/health', `#!/bin/sh\n${health(options)}\n`)
  tar.finalize()
  return buffer(tar)
}

function filled(bytes: number): Buffer {
  const block = Buffer.alloc(bytes)
  for (let i = 0; i < bytes; i += 64) block.writeUInt32LE((i * 2_654_435_761) % 4_294_967_296, i)
  return block
}

async function ballastLayer(ballast: number | Buffer): Promise<Buffer> {
  const tar = pack()
  add(tar, 'ballast', typeof ballast === 'number' ? filled(ballast) : ballast, 0o644)
  tar.finalize()
  return buffer(tar)
}

const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

/** A small real image with a web server in it, made without an Engine and without a registry: equal options, equal digest. */
export async function testImage(options: ImageOptions): Promise<TestImage> {
  const layers = [...(options.ballast ? [await ballastLayer(options.ballast)] : []), await rootLayer(options)]
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: {
      Cmd: ['/main'],
      Env: ['PATH=/bin'],
      ExposedPorts: { '8080/tcp': {} },
      Labels: { 'org.opencontainers.image.version': options.version },
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha(layer)}`) },
    history: layers.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'a test' })),
  })
  const tar = pack()
  const names = layers.map((layer) => `${sha(layer)}/layer.tar`)
  layers.forEach((layer, i) => {
    folder(tar, sha(layer))
    add(tar, names[i] ?? '', layer, 0o644)
  })
  add(tar, `${sha(config)}.json`, config, 0o644)
  add(tar, 'manifest.json', JSON.stringify([{ Config: `${sha(config)}.json`, RepoTags: null, Layers: names }]), 0o644)
  tar.finalize()
  return { digest: Digest.parse(`sha256:${sha(config)}`), archive: await buffer(tar) }
}

/** Writes the archive where `docker load` can read it. */
export async function writeImage(file: string, options: ImageOptions): Promise<Digest> {
  const { digest, archive } = await testImage(options)
  writeFileSync(file, archive)
  return digest
}
