import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import WebSocket

/// The order of bytes and the limit on how many may wait.
struct OutboundPathTests {
    /// Frames of many sizes, numbered, so that a lost, doubled or overtaken byte shows.
    private static func frame(_ number: Int) -> ByteBuffer {
        ServerFrame.text("\(number) " + String(repeating: "x", count: (number * 7_919) % 3_000))
    }

    /// How frames leave: through the channel, directly, or directly in a fan-out.
    enum Way: CaseIterable {
        case channel, direct, broadcast
    }

    @Test(
        "with a tiny send buffer and pings in between every frame arrives whole and in order", arguments: Way.allCases)
    func framing(way: Way) async throws {
        var behaviour = TestServer.Behaviour()
        behaviour.opened = { connection in
            // The kernel takes parts of frames only, so that writes go over to the channel again and again.
            try? connection.channel?.syncOptions?.setOption(.socketOption(.so_sndbuf), value: 4_096)
        }
        let total = 2_000
        behaviour.received = { connection, _ in
            var list = BroadcastList()
            if way == .broadcast { list.append(connection) }
            Self.write(from: 0, to: total, on: connection, list)
        }
        let server = try await TestServer.start(behaviour) {
            $0.outboundLimitBytes = 64 << 20
            $0.writesDirectly = way != .channel
        }
        let client = try await server.client(receiveBufferInBytes: 4_096)
        client.send("go")
        var (expected, pongs) = (0, 0)
        while expected < total {
            if expected % 16 == 0 { client.sendFrame(opcode: 9, payload: [UInt8](repeating: 80, count: 100)) }
            switch try await client.next("frame \(expected)") {
            case .text(let text):
                #expect(text.hasPrefix("\(expected) "))
                #expect(text.utf8.count == "\(expected) ".utf8.count + (expected * 7_919) % 3_000)
                expected += 1
            case .pong: pongs += 1
            case .ping: continue
            case .closed(let code):
                Issue.record("closed with \(code) at \(expected)")
                return
            case .violation(let reason):
                Issue.record("framing broke at \(expected): \(reason)")
                return
            }
        }
        // A server that writes faster than it reads answers after the last frame.
        if pongs == 0 { _ = try await client.next("a pong") { $0 == .pong } }
        // The close frame, too, must not overtake anything.
        let connection = try #require(server.connections.withLockedValue { $0.first })
        try await connection.eventLoop.submit {
            for number in 0..<50 { connection.write(framed: Self.frame(number)) }
            connection.close(4000, reason: "done")
        }.get()
        for number in 0..<50 { #expect(try await client.nextText(containing: " ").hasPrefix("\(number) ")) }
        #expect(try await client.closeCode() == 4000)
        try await server.stop()
    }

    /// A few frames per turn of the loop, several of them joined, so that both paths are taken in turn.
    private static func write(
        from first: Int, to end: Int, on connection: WebSocketConnection, _ list: BroadcastList
    ) {
        guard first < end else { return }
        var joined = Self.frame(first)
        let last = min(first + 1 + first % 5, end)
        for number in (first + 1)..<max(last, first + 1) { joined.writeImmutableBuffer(Self.frame(number)) }
        if list.count > 0 {
            list.deliver(joined)
        } else {
            connection.write(framed: joined)
            connection.flush()
        }
        connection.eventLoop.assumeIsolated().execute {
            Self.write(from: max(last, first + 1), to: end, on: connection, list)
        }
    }

    @Test("a fan-out gives a connection nothing after its close frame, and reaches all others")
    func closingInFanOut() async throws {
        let server = try await TestServer.start()
        var clients: [WebSocketTestClient] = []
        for _ in 0..<16 { clients.append(try await server.client()) }
        let connections = server.connections.withLockedValue { $0 }
        let loop = connections[0].eventLoop
        let ours = zip(clients, connections).filter { $0.1.eventLoop === loop }
        try #require(ours.count >= 4)
        try await loop.submit {
            var list = BroadcastList()
            for (_, connection) in ours { list.append(connection) }
            ours[1].1.close(4000, reason: "done")
            list.deliver(ServerFrame.text("first"))
            list.swapRemove(at: 0)
            list.deliver(ServerFrame.text("second"))
        }.get()
        #expect(try await ours[0].0.next() == .text("first"))
        #expect(try await ours[1].0.next() == .closed(4000))
        for (client, _) in ours[2...] {
            #expect(try await client.next() == .text("first"))
            #expect(try await client.next() == .text("second"))
        }
        ours[0].0.send("after")
        #expect(try await ours[0].0.next() == .text("after"))
        try await server.stop()
    }

    @Test(
        "a reader that stops is closed with 1013; the others lose nothing and wait for nobody",
        arguments: [true, false])
    func slowReader(writesDirectly: Bool) async throws {
        let slow = NIOLockedValueBox(0)
        let server = try await TestServer.start {
            $0.outboundLimitBytes = 262_144
            $0.writesDirectly = writesDirectly
            $0.closingTimeout = .seconds(5)
        }
        let (stuck, fast) = (try await server.client(receiveBufferInBytes: 4_096), try await server.client())
        for client in [stuck, fast] {
            client.send("hello")
            _ = try await client.nextText(containing: "hello")
        }
        try await stuck.stopReading()
        let connections = server.connections.withLockedValue { $0 }
        let payload = String(repeating: "y", count: 30_000)
        var sent = 0
        while connections[0].isOpenNow(), sent < 2_000 {
            let frame = ServerFrame.text("\(sent) \(payload)")
            for connection in connections {
                try await connection.eventLoop.submit {
                    connection.write(framed: frame)
                    connection.flush()
                }.get()
            }
            #expect(try await fast.nextText(containing: "\(sent) ", within: .seconds(2)).hasPrefix("\(sent) "))
            sent += 1
        }
        #expect(sent < 2_000)
        slow.withLockedValue { $0 = sent }
        // It reads on: what waited comes whole and in order, then the code that says why.
        try await stuck.startReading()
        var (next, code) = (0, 0)
        while code == 0 {
            switch try await stuck.next("the rest") {
            case .text(let text):
                #expect(text.hasPrefix("\(next) "))
                next += 1
            case .closed(let number): code = number
            case .violation(let reason): Issue.record("\(reason)")
            case .ping, .pong: continue
            }
        }
        #expect(code == 1013)
        #expect(next == sent)
        try await server.stop()
    }
}

extension WebSocketConnection {
    /// Asked on its loop.
    func isOpenNow() -> Bool {
        (try? self.eventLoop.submit { self.isOpen }.wait()) ?? false
    }
}
