public import Logging
internal import NIOConcurrencyHelpers

/// Tells of one kind of failure when it begins and when it is over, however often the work is tried in between: an outage
/// of a minute is two lines and not thousands.
///
/// That the server itself is away is said by ``RedisClient``, once for all who want it; here it is a line for debugging.
public struct OutageLog: Sendable {
    private let message: Logger.Message
    private let metadata: Logger.Metadata
    private let logger: Logger
    /// What was told since the work last succeeded, and whether operators saw it.
    private let told = NIOLockedValueBox<[String: Bool]>([:])

    /// - Parameters:
    ///   - message: What cannot be done: `leases cannot be kept`.
    ///   - metadata: What it is about.
    public init(_ message: Logger.Message, metadata: Logger.Metadata = [:], logger: Logger) {
        self.message = message
        self.metadata = metadata
        self.logger = logger
    }

    /// Each reason is told once in an outage.
    public func failed(_ error: any Error) {
        let reason = "\(error)"
        let isLoss = (error as? RedisError)?.isLossOfServer == true
        let isNew = self.told.withLockedValue { $0.updateValue(!isLoss, forKey: reason) == nil }
        guard isNew else { return }
        self.logger.log(
            level: isLoss ? .debug : .warning, self.message,
            metadata: self.metadata.merging(["error": "\(reason)"]) { $1 })
    }

    /// The work has succeeded: costs next to nothing when it did before.
    public func succeeded() {
        let told = self.told.withLockedValue { told in
            defer { if !told.isEmpty { told = [:] } }
            return told
        }
        guard !told.isEmpty else { return }
        self.logger.log(
            level: told.values.contains(true) ? .notice : .debug, "works again",
            metadata: self.metadata.merging(["after": "\(self.message)"]) { $1 })
    }
}

extension RedisError {
    /// Whether nobody hears us at all.
    fileprivate var isLossOfServer: Bool {
        switch self {
        case .connectionClosed, .timedOut, .notConnected: true
        case .server, .protocolViolation, .invalidURL, .unexpectedReply: false
        }
    }
}
