import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix

/// One TCP connection on which a test says exactly what it likes, and collects what comes back.
public final class RawHTTP: Sendable {
    public let channel: any Channel
    private let collected: NIOLockedValueBox<(text: [UInt8], ended: Bool)>

    private init(channel: any Channel, collected: NIOLockedValueBox<(text: [UInt8], ended: Bool)>) {
        self.channel = channel
        self.collected = collected
    }

    public static func connect(host: String = "127.0.0.1", port: Int) async throws -> RawHTTP {
        let collected = NIOLockedValueBox<(text: [UInt8], ended: Bool)>(([], false))
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(collected: collected))
                }
            }
            .connect(host: host, port: port).get()
        return RawHTTP(channel: channel, collected: collected)
    }

    /// Everything received so far.
    public var received: String { String(decoding: self.collected.withLockedValue { $0.text }, as: UTF8.self) }

    /// Whether the server has ended the connection.
    public var isEnded: Bool { self.collected.withLockedValue { $0.ended } }

    public func send(_ text: String) {
        self.channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Forgets what was received, for the next answer on the same connection.
    public func forget() {
        self.collected.withLockedValue { $0.text = [] }
    }

    /// One request on a connection of its own; the whole answer, head and body.
    ///
    /// - Parameter fields: Beside `Host` and `Connection: close`.
    public static func request(
        _ method: String = "GET", _ target: String, port: Int, fields: [String: String] = [:], body: String? = nil,
        within limit: Duration = .seconds(10)
    ) async throws -> String {
        let connection = try await Self.connect(port: port)
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        connection.send(head + "\r\n" + (body ?? ""))
        _ = await isTrue(within: limit) { connection.isEnded }
        try? await connection.channel.close().get()
        return connection.received
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let collected: NIOLockedValueBox<(text: [UInt8], ended: Bool)>

        init(collected: NIOLockedValueBox<(text: [UInt8], ended: Bool)>) {
            self.collected = collected
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Self.unwrapInboundIn(data).readableBytesView
            self.collected.withLockedValue { $0.text += bytes }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.collected.withLockedValue { $0.ended = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
