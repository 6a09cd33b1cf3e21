import { expect, test } from 'vitest'
import { parseCgroup, runnerOf } from './cgroup.ts'

const ID = 'deadbeef'.repeat(8)
const INNER = '0badcafe'.repeat(8)

test.each([
  ['/system.slice/nginx.service', 'nginx.service', null],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/code.service', 'code.service', null],
  ['/user.slice/user-1000.slice/session-2.scope', 'session-2.scope', null],
  ['/init.scope', 'init.scope', null],
  ['/', null, null],
  [`/docker/${ID}`, null, ID],
  [`/system.slice/docker-${ID}.scope`, null, ID],
  [`/system.slice/docker-${ID}.scope/system.slice/nginx.service`, 'nginx.service', ID],
  [`/docker/${ID}/docker/${INNER}`, null, INNER],
  [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podaa_bb.slice/cri-containerd-${ID}.scope`,
    null,
    ID,
  ],
  [`/kubepods.slice/kubepods-podaa.slice/crio-${ID}.scope`, null, ID],
  [`/kubepods/burstable/podaa-bb/${ID}`, null, ID],
  [`/system.slice/containerd.service/kubepods-besteffort-podaa.slice:cri-containerd:${ID}`, null, ID],
  [`/machine.slice/libpod-${ID}.scope/container`, null, ID],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`, null, ID],
  [`/machine.slice/libpod-conmon-${ID}.scope`, null, null],
  [`/default/${ID}`, null, ID],
  [`/docker/${ID.slice(1)}`, null, null],
])('the control group %s is run by unit %s and container %s', (path, unit, container) => {
  expect(runnerOf(path)).toEqual({ unit, container })
})

test('of the hierarchies of version 1 the one that knows is believed', () => {
  const text = `12:cpuset:/\n9:name=systemd:/system.slice/docker-${ID}.scope\n8:pids:/docker/${ID}\n0::/\n`
  expect(parseCgroup(text)).toEqual({ unit: null, container: ID })
  expect(parseCgroup('9:name=systemd:/system.slice/a.service\n0::/system.slice/b.service\n').unit).toBe(
    'b.service',
  )
  expect(parseCgroup('')).toEqual({ unit: null, container: null })
})
