import { expect, test } from 'vitest'
import { namespaceLabels, namespaceMounts, namespaceName } from './namespace.ts'

const plain = { inode: '4026532246', table: 4026531910, first: false, container: null, name: null }

test('a namespace is called by what people know: first, container, name, inode', () => {
  const labels = namespaceLabels([
    plain,
    { ...plain, first: true },
    { ...plain, container: 'deadbeef'.repeat(8), name: 'cni-1' },
    { ...plain, name: 'blue' },
    { ...plain, inode: null },
  ])
  expect(labels).toEqual(['net:4026532246', 'net:1', 'net:deadbeefdead', 'net:blue', 'net:table-4026531910'])
})

test('nobody takes the label of another namespace by choosing its name', () => {
  const names = ['1', '4026532246', 'a/b', 'blue', 'blue']
  const labels = namespaceLabels(names.map((name, index) => ({ ...plain, name, inode: String(index + 50) })))
  expect(labels).toEqual(['net:50', 'net:51', 'net:52', 'net:blue', 'net:54'])
})

test('the mounts that hold a namespace are read from mountinfo, each namespace once', () => {
  const text =
    '43 42 0:4 net:[4026532246] /run/netns/a\\040b rw shared:2 - nsfs nsfs rw\n' +
    '44 42 0:4 net:[4026532246] /var/run/netns/a\\040b rw - nsfs nsfs rw\n' +
    '45 42 0:4 mnt:[4026532247] /run/snapd/ns/x.mnt rw - nsfs nsfs rw\n' +
    '42 22 0:24 /netns /run/netns rw shared:2 - tmpfs tmpfs rw\n'
  expect(namespaceMounts(text)).toEqual([{ inode: '4026532246', path: '/run/netns/a b' }])
})

test('only `ip netns` gives a name', () => {
  expect(namespaceName('/run/netns/blue')).toBe('blue')
  expect(namespaceName('/run/docker/netns/3f2a')).toBeNull()
})
