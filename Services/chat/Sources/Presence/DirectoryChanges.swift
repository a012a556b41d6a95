import Directory
import Domain
import NIOConcurrencyHelpers

/// Tells every partition held here which users changed in the directory.
final class DirectoryChanges: Sendable {
    private let listeners = NIOLockedValueBox<[Int: AsyncStream<UserID>.Continuation]>([:])
    private let next = NIOLockedValueBox(0)

    init() {}

    /// Takes what the replica tells.
    func take(_ changes: [DirectoryChange]) {
        let users = changes.compactMap { change -> UserID? in
            if case .user(let before, let after) = change { after?.userID ?? before?.userID } else { nil }
        }
        guard !users.isEmpty else { return }
        for listener in self.listeners.withLockedValue({ Array($0.values) }) {
            for user in users { listener.yield(user) }
        }
    }

    /// Users that change from now on.
    func users() -> AsyncStream<UserID> {
        let (stream, continuation) = AsyncStream<UserID>.makeStream()
        let number = self.next.withLockedValue { next in
            next += 1
            return next
        }
        self.listeners.withLockedValue { $0[number] = continuation }
        continuation.onTermination = { [weak self] _ in
            _ = self?.listeners.withLockedValue { $0.removeValue(forKey: number) }
        }
        return stream
    }
}
