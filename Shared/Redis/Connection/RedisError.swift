internal import NIOCore

/// Why a command has no usable reply.
public enum RedisError: Error, Equatable, Sendable {
    /// The server refused.
    case server(RedisServerError)
    /// The connection ended before the reply came.
    ///
    /// - Parameter mayHaveRun: Whether the command had been handed to the network, so that the server may have run
    ///   it. Only the caller knows whether repeating it is harmless.
    case connectionClosed(mayHaveRun: Bool)
    /// No reply within the command's time limit. The server may run it, or may have run it.
    case timedOut
    /// The server sent what is not RESP, or a reply above the size limit. The connection is closed.
    case protocolViolation(String)
    /// There was no connection, and none came in time. The command was never sent.
    case notConnected
    /// The URL cannot be used; the text says which part, never the password.
    case invalidURL(String)
    /// The reply is well-formed and not what this command answers.
    case unexpectedReply(String)

    /// Whether the same command may succeed later without anybody changing it. Whether repeating it is *harmless* is
    /// for the caller to know.
    public var isRetryable: Bool {
        switch self {
        case .server(let error): error.isRetryable
        case .connectionClosed, .timedOut, .notConnected: true
        case .protocolViolation, .invalidURL, .unexpectedReply: false
        }
    }

    /// The server's error, when it is one.
    public var serverError: RedisServerError? {
        if case .server(let error) = self { error } else { nil }
    }

    /// Any error of a future of this module as a ``RedisError``; NIO's own errors mean that the connection is gone.
    init(_ error: any Error) {
        self = error as? RedisError ?? .connectionClosed(mayHaveRun: true)
    }
}

extension EventLoopFuture where Value: Sendable {
    /// Waits for the value. Cancelling the task does not end the wait; closing the connection does.
    func redisValue() async throws(RedisError) -> Value {
        do { return try await self.get() } catch { throw RedisError(error) }
    }
}
