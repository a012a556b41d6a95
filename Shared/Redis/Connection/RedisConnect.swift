public import Logging
public import NIOCore
internal import NIOPosix
internal import NIOSSL

extension RedisConnection {
    /// Connects, signs in, selects the database and reads the server's run id.
    ///
    /// - Throws: ``RedisError/notConnected`` when nothing answers within the connect timeout,
    ///   ``RedisError/server(_:)`` when the server refuses — also while it loads its data.
    public static func connect(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger
    ) async throws(RedisError) -> RedisConnection {
        let began = ContinuousClock.now
        let channel: any Channel
        do {
            channel = try await Self.open(configuration, on: eventLoop, logger: logger)
        } catch let error as RedisError {
            throw error
        } catch {
            logger.debug("cannot connect to Redis", metadata: ["error": "\(error)"])
            throw .notConnected
        }
        do {
            let left = configuration.greetingTimeout(connectedAfter: ContinuousClock.now - began)
            return try await Self.greet(configuration, channel, within: left).get()
        } catch {
            channel.close(promise: nil)
            throw RedisError(error)
        }
    }

    private static func open(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger
    ) async throws -> any Channel {
        let tls = try configuration.tls.map { try $0.context() }
        let serverName = configuration.tls?.serverName
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        CommandHandler(configuration: configuration, logger: logger))
                }
            }
        switch configuration.address {
        case .unixSocket(let path): return try await bootstrap.connect(unixDomainSocketPath: path).get()
        case .host(let host, let port): return try await bootstrap.connect(host: host, port: port).get()
        }
    }

    /// All that a new connection says first, in one pipeline.
    private static func greet(
        _ configuration: RedisConfiguration, _ channel: any Channel, within limit: Duration
    ) -> EventLoopFuture<RedisConnection> {
        channel.eventLoop.flatSubmit {
            do {
                let handler = NIOLoopBound(
                    try channel.pipeline.syncOperations.handler(type: CommandHandler.self),
                    eventLoop: channel.eventLoop)
                let unnamed = RedisConnection(configuration, channel: channel, handler: handler, runID: "")
                let commands = configuration.greeting.map { $0.timeout(limit) }
                return unnamed.pipeline(commands).flatMapThrowing { results in
                    var information = ""
                    for result in results.dropLast() {
                        // A server that cannot save says so to PING too; it still answers reads.
                        if case .failure(.server(let error)) = result, error.kind == .misconfigured { continue }
                        information = try result.get().string ?? ""
                    }
                    guard let runID = Self.field("run_id", of: information) else {
                        throw RedisError.unexpectedReply("INFO server without run_id")
                    }
                    return RedisConnection(configuration, channel: channel, handler: handler, runID: runID)
                }
            } catch {
                return channel.eventLoop.makeFailedFuture(RedisError.notConnected)
            }
        }
    }

    /// The value of one line `name:value` of an `INFO` reply.
    private static func field(_ name: String, of information: String) -> String? {
        for line in information.split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return String(line.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}

extension RedisConfiguration {
    /// What is left of ``connectTimeout``; a tenth of it at least, so that who was let in late is still heard.
    func greetingTimeout(connectedAfter elapsed: Duration) -> Duration {
        max(self.connectTimeout - elapsed, self.connectTimeout / 10)
    }

    /// What a new connection sends first. `PING` fails while the server loads its data. The last two are `INFO`, whose
    /// reply is read, and a name for the operator, which a server may refuse.
    var greeting: [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = self.password {
            commands.append(
                RedisCommand("AUTH", (self.user.map { [RedisArgument($0)] } ?? []) + [RedisArgument(password)]))
        }
        if self.database != 0 { commands.append(RedisCommand("SELECT", RedisArgument(self.database))) }
        commands.append(RedisCommand("PING"))
        commands.append(RedisCommand("INFO", "server"))
        commands.append(RedisCommand("CLIENT", "SETNAME", RedisArgument(self.name)))
        return commands
    }
}
