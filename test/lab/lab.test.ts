import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './command'
import { startLab, type Lab } from './index'
import { partsOf, sweep } from './sweep'

const nothing = { containers: [], volumes: [], networks: [], folders: [] }

/** What OpenSSH itself says, in a time that a cut host cannot stretch. */
async function ssh({ sshConfigFile }: Lab, host: string, script: string): Promise<string | null> {
  const { code, stdout } = await run(['ssh', '-F', sshConfigFile, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', host, script])
  return code === 0 ? stdout.trim() : null
}

describe('a lab of three hosts and a bastion', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab({ hosts: 3, bastion: true })
  })
  afterAll(() => lab?.stop())

  test('every host is a whole machine that is up', async () => {
    const words = await Promise.all(
      lab.hosts.map((host) =>
        ssh(lab, host.name, 'hostname; systemctl is-system-running; systemctl is-active docker nginx haproxy'),
      ),
    )
    expect(words).toEqual(['web-1', 'web-2', 'web-3'].map((name) => `${name}\nrunning\nactive\nactive\nactive`))
  })

  test('no two hosts show the same key or the same machine', async () => {
    const words = await Promise.all(
      lab.hosts.map((host) => host.sh('cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub')),
    )
    expect(new Set(words.flatMap((one) => one.split('\n'))).size).toBe(6)
  })

  test('deploy may become root, admin only with a password, and root cannot sign in', async () => {
    expect(await ssh(lab, 'web-1', 'sudo -n id -u')).toBe('0')
    expect(await ssh(lab, 'admin@web-1', 'id -un')).toBe('admin')
    expect(await ssh(lab, 'admin@web-1', 'sudo -n id -u')).toBeNull()
    expect(await ssh(lab, 'admin@web-1', 'echo adminpw | sudo -S -p "" id -u')).toBe('0')
    expect(await ssh(lab, 'root@web-1', 'id -u')).toBeNull()
  })

  test('a container runs in it, and nginx leads to it', async () => {
    await lab.image('shop/web:v1', { version: 'v1' }, lab.hosts.slice(0, 1))
    await ssh(lab, 'web-1', 'docker run -d -p 127.0.0.1:8081:8080 shop/web:v1')
    await ssh(lab, 'web-1', 'echo "upstream shop_web { server 127.0.0.1:8081; }" | sudo tee /etc/nginx/conf.d/shop_web.conf')
    await ssh(lab, 'web-1', 'sudo nginx -t && sudo systemctl reload nginx')
    const answer = async () => (await (await fetch(`http://${lab.hosts[0]?.host}/`)).text()).trim()
    await expect.poll(answer, { timeout: 10_000 }).toBe('v1')
  })

  test('HAProxy takes orders on its socket', async () => {
    const slots = await ssh(lab, 'web-1', 'echo "show servers state shop_web" | sudo socat - /run/haproxy/admin.sock')
    expect(slots?.match(/slipway\d/g)).toHaveLength(8)
  })

  test('a host can be reached through the bastion alone', async () => {
    const [host] = lab.hosts
    await host?.admitOnly(lab.bastion?.host ?? '')
    expect(await ssh(lab, 'web-1', 'hostname')).toBeNull()
    expect(await ssh(lab, 'web-1-inside', 'hostname')).toBe('web-1')
    await host?.admitOnly(null)
    expect(await ssh(lab, 'web-1', 'hostname')).toBe('web-1')
  })

  test.each(['drop', 'reject', 'unplug'] as const)('a host that is cut (%s) is gone, and back when it is healed', async (how) => {
    const host = lab.hosts[1]
    await host?.cut(how)
    expect(await ssh(lab, 'web-2', 'hostname')).toBeNull()
    expect(await ssh(lab, 'web-3', 'hostname')).toBe('web-3')
    await host?.heal()
    expect(await ssh(lab, 'web-2', 'hostname')).toBe('web-2')
  })

  test('a host that is frozen takes a connection and says nothing', async () => {
    const host = lab.hosts[2]
    await host?.pause()
    expect(await ssh(lab, 'web-3', 'hostname')).toBeNull()
    const socket = connect(22, host?.host)
    await once(socket, 'connect')
    socket.destroy()
    await host?.resume()
    expect(await ssh(lab, 'web-3', 'hostname')).toBe('web-3')
  })

  test('when it is stopped nothing is left, even of a host that is frozen or cut', async () => {
    await lab.hosts[0]?.pause()
    await lab.hosts[1]?.cut('unplug')
    const before = await partsOf(lab.state.id)
    expect(before.containers).toHaveLength(4)
    await lab.stop()
    expect(await partsOf(lab.state.id)).toEqual(nothing)
    expect(existsSync(lab.state.folder)).toBe(false)
    expect(before.containers.flatMap((id) => globSync(`/sys/fs/cgroup/{,*/}docker/${id}`))).toEqual([])
  })
})

test('a lab whose owner was killed is swept by the next', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const owner = spawn(process.execPath, ['scripts/lab.mjs', 'hold'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [id] = (await once(createInterface(owner.stdout), 'line')) as [string]
  const exited = once(owner, 'exit')
  owner.kill('SIGKILL')
  await exited
  const before = await partsOf(id)
  expect(before.containers).toHaveLength(1)
  await sweep()
  expect(await partsOf(id)).toEqual(nothing)
  expect(before.folders.map((folder) => existsSync(folder))).toEqual([false])
})
