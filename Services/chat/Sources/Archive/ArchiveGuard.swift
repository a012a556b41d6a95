import Logging
import Redis
import ServiceLifecycle
import WireContract

/// Ends the process when this Redis belongs to another archive: better no chat than two histories.
struct ArchiveGuard: Service {
    let identity: ArchiveIdentity
    let redis: RedisClient
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let connection = try await self.redis.connection(for: RedisNames.archive)
                    try await self.identity.check(connection)
                    // A stream and not the future's `get()`, which a shutdown could not interrupt.
                    let (closed, sender) = AsyncStream<Never>.makeStream()
                    connection.closeFuture.whenComplete { _ in sender.finish() }
                    for await _ in closed {}
                } catch let error as ArchiveError {
                    self.logger.critical("\(error)")
                    throw error
                } catch {
                    try? await Task.sleep(for: .milliseconds(200))
                }
            }
        }
    }
}
