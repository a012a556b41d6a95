import Directory
import Domain
import Metrics
import NIOCore
import Redis
import WorkQueue

/// One entry of the owner's user feed, the stream `sc:users`: a field `event` with JSON, or one field per value. A
/// record without a version is as new as its entry.
struct UserFeedHandler: Sendable {
    let writer: DirectoryWriter
    private let written = Counter(label: "squadchat_integration_users_written_total")

    init(writer: DirectoryWriter) { self.writer = writer }

    /// - Returns: One outcome for each entry up to the first that has to wait.
    func handle(_ entries: [StreamEntry]) async -> [JobOutcome] {
        var outcomes: [JobOutcome] = []
        for entry in entries {
            outcomes.append(await self.handle(entry))
            if case .retry? = outcomes.last { break }
        }
        return outcomes
    }

    private func handle(_ entry: StreamEntry) async -> JobOutcome {
        let user: DirectoryUser
        do { user = try Self.user(entry) } catch { return .discard(reason: "\(error)") }
        do { try await self.writer.put([user]) } catch {
            return .retry(after: .milliseconds(200), reason: "\(error)")
        }
        self.written.increment()
        return .done
    }

    static func user(_ entry: StreamEntry) throws(DirectoryRecordError) -> DirectoryUser {
        let record: DirectoryRecord
        if let event = entry["event"] {
            record = try DirectoryRecord(json: event.readableBytesView)
        } else {
            record = DirectoryRecord(entry.fields.map { ($0.0, String(buffer: $0.1)) })
        }
        return try record.user(defaultVersion: Int(clamping: entry.id.milliseconds))
    }
}
