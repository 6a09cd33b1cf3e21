// Lives in one network namespace of the test: opens sockets, sends tokens, remembers those that came.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

let open = []
const seen = new Set()

const commands = {
  async listen({ sockets }) {
    await Promise.all(open.map((socket) => new Promise((done) => socket.close(done))))
    seen.clear()
    open = await Promise.all(sockets.map(listen))
  },
  async probe({ probes, wait }) {
    const started = probes.map(send)
    await new Promise((done) => setTimeout(done, wait))
    for (const stop of started) stop()
  },
  async seen() {
    return [...seen]
  },
  run: ({ program, args, input }) =>
    new Promise((done, fail) => {
      const child = execFile(program, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
        error ? fail(new Error(`${program} ${args.join(' ')}: ${stderr}\n${input ?? ''}`)) : done(stdout),
      )
      child.stdin.on('error', () => {})
      child.stdin.end(input ?? '')
    }),
}

function listen({ transport, address, port, only }) {
  return new Promise((done, fail) => {
    if (transport === 'udp') {
      const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', ipv6Only: only })
      socket.on('message', (text) => seen.add(`${text}`))
      socket.once('error', fail).bind(port, address, () => done(socket))
      return
    }
    const server = createServer((socket) => {
      socket.on('data', (text) => {
        for (const token of `${text}`.split(' ')) if (token !== '') seen.add(token)
        socket.destroy()
      })
      socket.on('error', () => {})
    })
    server.once('error', fail).listen({ port, host: address, ipv6Only: only }, () => done(server))
  })
}

function send({ transport, from, to, port, token }) {
  if (transport === 'udp') {
    const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', () => {})
    socket.bind(0, from, () => socket.send(token, port, to, () => {}))
    return () => socket.close()
  }
  const socket = connect({ host: to, port, localAddress: from })
  socket.on('error', () => {})
  socket.on('connect', () => socket.write(`${token} `))
  return () => socket.destroy()
}

createInterface({ input: process.stdin })
  .on('close', () => process.exit())
  .on('line', async (line) => {
    const { id, command, ...rest } = JSON.parse(line)
    try {
      const answer = await commands[command](rest)
      process.stdout.write(`${JSON.stringify({ id, answer: answer ?? null })}\n`)
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ id, error: String(error.message) })}\n`)
    }
  })
process.stdout.write('{"id":0,"answer":"ready"}\n')
