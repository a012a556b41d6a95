import Directory
import Logging
import NIOCore
import NIOEmbedded
import Redis

@testable import GatewayService
@testable import WebSocket

/// The parts of one event loop without a network: sockets are channels whose bytes stay here, and Redis is away.
final class EmbeddedGateway {
    let loop = EmbeddedEventLoop()
    let sessions: OpenSessions
    let rooms: RoomSubscriptions
    private let settings = WebSocketSettings(WebSocketConfiguration(), onSlowReader: nil)
    private var sockets: [EmbeddedSocket] = []

    init() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:1")
        let redis = RedisClient(configuration, logger: logger)
        let counters = LoopCounters()
        let subscriber = RedisSubscriber(
            configuration, logger: logger, eventLoop: self.loop,
            delegate: ChannelRouter(gateway: "g", counters: counters))
        let chat = ChatClient(gateway: "g", redis: redis, eventLoop: self.loop, partitions: 16, bound: 1) { false }
        let typing = Typing(
            redis: redis, directory: DirectoryReplica(redis: redis, logger: logger), partitions: 16)
        let rooms = RoomSubscriptions(
            chat: chat, subscriber: subscriber, typing: typing,
            flushes: DueFlushes(eventLoop: self.loop, joinWindow: .zero, counters: counters), counters: counters)
        let (messages, reactions) = (
            RateLimit(of: .messages, perMinute: 0, redis: redis, eventLoop: self.loop, counters: counters),
            RateLimit(of: .reactions, perMinute: 0, redis: redis, eventLoop: self.loop, counters: counters)
        )
        self.rooms = rooms
        self.sessions = OpenSessions(
            frames: FrameHandler(
                chat: chat, rooms: rooms,
                rateLimits: FrameHandler.RateLimits(messages: messages, reactions: reactions),
                typing: typing, maximumFrameBytes: 65_536),
            rooms: rooms, inbox: Inbox(gateway: "g", redis: redis, subscriber: subscriber, counters: counters),
            registry: SocketRegistry(gateway: "g", redis: redis, eventLoop: self.loop, maximumConnections: 0),
            counters: counters, version: "test")
    }

    func open(_ user: String, dialect: any Dialect = BrowserDialect()) throws -> EmbeddedSocket {
        let connection = WebSocketConnection(eventLoop: self.loop, settings: self.settings)
        let channel = EmbeddedChannel(handler: connection, loop: self.loop)
        let session = self.sessions.open(
            ClientLink(connection, dialect: dialect), user: user, sessionID: "session-of-\(user)")
        connection.begin(with: ByteBuffer(), delegate: session)
        let socket = EmbeddedSocket(channel: channel, session: session)
        _ = try socket.texts()
        self.sockets.append(socket)
        return socket
    }

    /// Ends every socket; to be called last.
    func close() throws {
        for socket in self.sockets where socket.channel.isActive || socket.session.link.isOpen {
            _ = try socket.channel.finish(acceptAlreadyClosed: true)
        }
    }
}

/// One client of an ``EmbeddedGateway``.
struct EmbeddedSocket {
    let channel: EmbeddedChannel
    let session: ClientSession

    /// The text frames that were written since the last call.
    func texts() throws -> [String] {
        var bytes = ByteBuffer()
        while let part = try self.channel.readOutbound(as: ByteBuffer.self) { bytes.writeImmutableBuffer(part) }
        var texts: [String] = []
        while let opcode: UInt8 = bytes.readInteger(), let short: UInt8 = bytes.readInteger() {
            let length = short < 126 ? Int(short) : Int(bytes.readInteger(as: UInt16.self) ?? 0)
            let text = bytes.readString(length: length) ?? ""
            if opcode == 0x81 { texts.append(text) }
        }
        return texts
    }
}
