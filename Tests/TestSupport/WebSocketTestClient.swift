import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix

/// A small RFC 6455 client that does what a test says, right or wrong, and checks every byte of framing it receives.
public final class WebSocketTestClient: Sendable {
    public enum Event: Sendable, Equatable {
        case text(String)
        case ping
        case pong
        /// The code of a close frame; 1006 when the connection ended without one.
        case closed(Int)
        /// The server broke the protocol; the reason says how.
        case violation(String)
    }

    public struct Refused: Error, Equatable, CustomStringConvertible {
        public let status: Int
        public let body: String
        public var description: String { "the upgrade was refused: \(self.status) \(self.body)" }
    }

    public struct TimedOut: Error, CustomStringConvertible {
        public let waitingFor: String
        public let received: [Event]
        public var description: String { "timed out waiting for \(self.waitingFor); last received: \(self.received)" }
    }

    public let channel: any Channel
    private let inbox: Inbox

    init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects and upgrades.
    ///
    /// - Parameter headers: Sent beside the handshake's own, for example `Cookie` and `Origin`.
    /// - Throws: ``Refused`` when the server answers with another status than 101.
    public static func connect(
        host: String = "127.0.0.1", port: Int, path: String = "/ws", headers: [(String, String)] = [],
        receiveBufferInBytes: Int? = nil
    ) async throws -> WebSocketTestClient {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
        if let receiveBufferInBytes {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBufferInBytes))
        }
        let handshake = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        do {
            let channel = try await bootstrap.channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        WebSocketTestClientHandler(inbox: inbox, handshake: handshake))
                }
            }.connect(host: host, port: port).get()
            var request = "GET \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nUpgrade: websocket\r\n"
            request += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            request += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            for (name, value) in headers { request += "\(name): \(value)\r\n" }
            try await channel.writeAndFlush(ByteBuffer(string: request + "\r\n")).get()
            try await handshake.futureResult.get()
            return WebSocketTestClient(channel: channel, inbox: inbox)
        } catch {
            handshake.fail(error)
            throw error
        }
    }

    /// Sends one whole text message.
    public func send(_ text: String) {
        self.sendFrame(opcode: 1, payload: Array(text.utf8))
    }

    /// Sends one frame as described, however wrong.
    public func sendFrame(opcode: UInt8, payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true) {
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(isFinal ? 0x80 : 0) | opcode)
        let mask: [UInt8] = [0x11, 0x22, 0x33, 0x44]
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: frame.writeInteger(maskBit | UInt8(payload.count))
        case ..<65536:
            frame.writeInteger(maskBit | 126)
            frame.writeInteger(UInt16(payload.count))
        default:
            frame.writeInteger(maskBit | 127)
            frame.writeInteger(UInt64(payload.count))
        }
        if isMasked {
            frame.writeBytes(mask)
            frame.writeBytes(payload.enumerated().map { $0.element ^ mask[$0.offset & 3] })
        } else {
            frame.writeBytes(payload)
        }
        self.channel.writeAndFlush(frame, promise: nil)
    }

    /// Sends bytes as they are.
    public func sendRaw(_ bytes: [UInt8]) {
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Everything received and not yet taken.
    public var pending: [Event] { self.inbox.pending }

    /// Takes the first event that `matches`; the others stay, in their order, so that an answer and a push may come in
    /// either order.
    ///
    /// - Throws: ``TimedOut`` after `limit`, or as soon as the connection is closed and nothing is left to look at.
    public func next(
        _ description: String = "an event", within limit: Duration = .seconds(10),
        where matches: (Event) -> Bool = { _ in true }
    ) async throws -> Event {
        let deadline = ContinuousClock.now + limit
        while true {
            if let event = self.inbox.take(where: matches) { return event }
            guard ContinuousClock.now < deadline, !self.inbox.isFinished else {
                if let event = self.inbox.take(where: matches) { return event }
                throw TimedOut(waitingFor: description, received: Array(self.pending.suffix(5)))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// The next text that contains all of `parts`.
    public func nextText(containing parts: String..., within limit: Duration = .seconds(10)) async throws -> String {
        let event = try await self.next("a text with \(parts)", within: limit) { event in
            guard case .text(let text) = event else { return false }
            return parts.allSatisfy { text.contains($0) }
        }
        guard case .text(let text) = event else { preconditionFailure("the filter lets texts through only") }
        return text
    }

    /// The close code the server ends with.
    public func closeCode(within limit: Duration = .seconds(10)) async throws -> Int {
        let event = try await self.next("a close", within: limit) { event in
            if case .closed = event { return true }
            return false
        }
        guard case .closed(let code) = event else { preconditionFailure("the filter lets closes through only") }
        return code
    }

    /// Stops reading from the socket, as a browser that hangs does.
    public func stopReading() async throws {
        try await self.channel.setOption(.autoRead, value: false).get()
    }

    public func startReading() async throws {
        try await self.channel.setOption(.autoRead, value: true).get()
    }

    /// Ends the connection without a close frame, as a lost network does.
    public func abort() async {
        try? await self.channel.close().get()
    }

    /// Events between the event loop and the test.
    final class Inbox: Sendable {
        private let state = NIOLockedValueBox<(events: CircularBuffer<Event>, finished: Bool)>(([], false))

        func put(_ event: Event) {
            self.state.withLockedValue { state in
                if case .closed = event {
                    if state.finished { return }
                    state.finished = true
                }
                state.events.append(event)
            }
        }
        func take(where matches: (Event) -> Bool) -> Event? {
            self.state.withLockedValue { state in
                guard let index = state.events.firstIndex(where: matches) else { return nil }
                return state.events.remove(at: index)
            }
        }
        var pending: [Event] { self.state.withLockedValue { Array($0.events) } }
        var isFinished: Bool { self.state.withLockedValue(\.finished) }
    }
}
