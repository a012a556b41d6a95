internal import Foundation
internal import NIOConcurrencyHelpers

/// A real redis-server of a test's own, in a directory of its own, on a unix socket and, when asked for, on a TCP port.
/// It is killed and its directory removed when this object goes away: keep it in a variable, `start().url` alone is dead.
public final class RedisServer: Sendable {
    /// Where its files are: `redis.sock`, `redis.log`, the append-only files.
    public let directory: String
    /// On loopback; zero means none.
    public let port: Int
    private let arguments: [String]
    private let child: NIOLockedValueBox<ChildProcess?>

    /// Starts a server that answers when this returns.
    ///
    /// - Parameters:
    ///   - arguments: Further settings, as on its command line: `["--maxmemory", "1mb"]`.
    ///   - port: A TCP port on loopback; see ``freePort()``. Zero listens on the unix socket only.
    ///   - appendOnly: Whether it keeps its data over ``restart()`` and ``kill()``.
    public static func start(
        arguments: [String] = [], port: Int = 0, appendOnly: Bool = false
    ) async throws -> RedisServer {
        let server = try RedisServer(
            directory: temporaryDirectory(), port: port,
            arguments: (appendOnly ? ["--appendonly", "yes", "--appendfsync", "always"] : []) + arguments)
        try await server.launch()
        return server
    }

    private init(directory: String, port: Int, arguments: [String]) {
        self.directory = directory
        self.port = port
        self.arguments = arguments
        self.child = NIOLockedValueBox(nil)
    }

    deinit {
        self.kill()
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    /// The unix socket's path.
    public var socketPath: String { self.directory + "/redis.sock" }

    /// `REDIS_URL` for it, over the unix socket.
    public var url: String { "unix:" + self.socketPath }

    /// `REDIS_URL` for it over TCP; only with a ``port``.
    public var tcpURL: String { "redis://127.0.0.1:\(self.port)" }

    /// The process, while there is one.
    public var pid: Int32? { self.child.withLockedValue { $0?.pid } }

    /// `kill -9`. What was not written to disk is lost.
    public func kill() {
        self.child.withLockedValue { child in
            child?.kill()
            child = nil
        }
    }

    /// Stops it in the midst of whatever it does (SIGSTOP): its sockets stay open and silent.
    public func pause() { self.child.withLockedValue { $0?.signal(SIGSTOP) } }

    /// Lets it go on after ``pause()``.
    public func resume() { self.child.withLockedValue { $0?.signal(SIGCONT) } }

    /// Kills it and starts it again in the same directory: with `appendOnly` it keeps its data, otherwise it is empty.
    public func restart() async throws {
        self.kill()
        try await self.launch()
    }

    /// Starts it again after ``kill()``.
    public func launch() async throws {
        let started = try ChildProcess(
            [
                "redis-server", "--port", "\(self.port)", "--bind", "127.0.0.1", "--unixsocket", self.socketPath,
                "--dir", self.directory, "--save", "", "--logfile", self.directory + "/redis.log",
                "--enable-debug-command", "yes",
            ] + self.arguments, directory: self.directory, output: self.directory + "/output.log")
        self.child.withLockedValue { $0 = started }
        let isReady = await isTrue(within: .seconds(20), every: .milliseconds(5)) {
            // A server with a password answers too.
            let answer = try self.command("PING")
            return answer.hasPrefix("+PONG") || answer.hasPrefix("-NOAUTH")
        }
        guard isReady else {
            let log = (try? String(contentsOfFile: self.directory + "/redis.log", encoding: .utf8)) ?? ""
            throw StartError(description: "redis-server does not answer: \(log.suffix(500))")
        }
    }

    /// Removes all data, as an operator's `FLUSHALL` would.
    public func flushAll() throws { _ = try self.command("FLUSHALL") }

    /// Ends it without a word (data on disk stays until this object goes away).
    public func stop() { self.kill() }

    /// Sends one command over a connection of its own, past the code under test.
    ///
    /// - Returns: The beginning of the reply as it is on the wire, such as `+OK\r\n`; at most 64 kB.
    @discardableResult
    public func command(_ words: String...) throws -> String {
        try RawRedis.command(words, socketPath: self.socketPath)
    }

    /// Why there is no server.
    public struct StartError: Error, CustomStringConvertible {
        public let description: String
    }
}
