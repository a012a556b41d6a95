public import Logging
internal import NIOConcurrencyHelpers
public import Redis

/// Faults of single keys, as of a key that holds another type: what needs the key waits, all else goes on. Each is told
/// once, and again when it has been mended and comes back.
public struct KeyFaults: Sendable {
    private let known = NIOLockedValueBox<Set<String>>([])
    private let logger: Logger

    public init(logger: Logger) {
        self.logger = logger
    }

    /// The value of one element of a pipeline; nil when the server refused this element alone.
    ///
    /// - Parameter name: Whose fault it would be; another one for each kind of command.
    /// - Throws: Errors that concern all elements: no connection, no permission, a server that takes nothing.
    public func value(
        of result: Result<RedisValue, RedisError>, _ name: String
    ) throws(RedisError) -> RedisValue? {
        switch result {
        case .success(let value):
            self.known.withLockedValue { _ = $0.remove(name) }
            return value
        case .failure(let error):
            guard error.isOfOneKey else { throw error }
            if self.known.withLockedValue({ $0.insert(name).inserted }) {
                self.logger.error("passed over until it is mended", metadata: ["what": "\(name)", "error": "\(error)"])
            }
            return nil
        }
    }
}

extension RedisError {
    /// Whether the server refused a command for what it found under its keys.
    fileprivate var isOfOneKey: Bool {
        guard let error = self.serverError, !error.isRetryable else { return false }
        return error.kind == .wrongType || error.kind == .other
    }
}
