internal import Logging
internal import NIOCore

/// Connects, and connects again whenever the connection is lost, with growing, jittered waits: what ``RedisClient`` and
/// ``RedisSubscriber`` have in common.
struct KeptConnection {
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    /// What it is for, as operators read it: “Redis is not reachable …”.
    let purpose: String

    /// Returns when the task is cancelled, with the last connection closed.
    ///
    /// - Parameter use: Works with one connection until it ends. What it throws counts as a failed attempt.
    func run(_ use: (RedisConnection) async throws -> Void) async {
        var attempt = 0
        while !Task.isCancelled {
            do {
                let connection = try await RedisConnection.connect(
                    self.configuration, on: self.eventLoop, logger: self.logger)
                try await withTaskCancellationHandler {
                    try await use(connection)
                } onCancel: {
                    connection.channel.close(promise: nil)
                }
                attempt = 0
            } catch {
                attempt += 1
                if attempt == 1 || attempt % 20 == 0 {
                    self.logger.warning(
                        "Redis is not reachable\(self.purpose)",
                        metadata: [
                            "address": "\(self.configuration.address)", "error": "\(error)", "attempt": "\(attempt)",
                        ])
                }
            }
            let delay = self.configuration.reconnect.delay(
                afterAttempt: max(attempt, 1), random: .random(in: 0..<1))
            try? await Task.sleep(for: delay)
        }
    }
}
