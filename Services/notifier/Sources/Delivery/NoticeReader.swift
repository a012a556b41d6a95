import Domain
import JSON
import NIOConcurrencyHelpers
import Redis
import WireContract
import WorkQueue

/// A job → what is to be told. A job holds only whose it is; the text is read when it is delivered, so that one that is
/// gone by then is told to nobody.
struct NoticeReader: Sendable {
    private struct Known {
        var notices: [NoticeID: Notice] = [:]
        var since = ContinuousClock.now
    }

    private let redis: RedisClient
    private let known = NIOLockedValueBox(Known())

    /// How long a text is used without asking Redis again: many people hear of one event at the same time.
    private static let memory = Duration.seconds(1)

    init(redis: RedisClient) {
        self.redis = redis
    }

    /// Texts that were stored just now.
    func remember(_ notices: [NoticeID: Notice]) {
        self.known.withLockedValue { known in
            if ContinuousClock.now - known.since > Self.memory { known = Known() }
            known.notices.merge(notices) { $1 }
        }
    }

    /// - Returns: One for each job, in order.
    func notifications(for jobs: [Job]) async -> [Result<Notification, DeliveryError>] {
        let names = jobs.map { Self.name(of: $0) }
        let notices: [NoticeID: Notice]
        do throws(RedisError) {
            notices = try await self.read(Set(names.compactMap { $0?.notice }))
        } catch {
            return jobs.map { _ in .failure(.unavailable("\(error)")) }
        }
        return zip(jobs, names).map { job, name in
            // Jobs of earlier releases carry the whole.
            if job.payload.first == UInt8(ascii: "{"), let whole = Notification(json: job.payload) {
                return .success(whole)
            }
            guard let name else { return .failure(.rejected("the job names no notification")) }
            guard let notice = notices[name.notice] else { return .failure(.rejected("the text is gone")) }
            return .success(Notification(id: name.id, user: name.user, notice: notice))
        }
    }

    /// Whose a job is, and the notification's id.
    static func recipient(of job: Job) -> (user: UserID, id: NotificationID)? {
        if job.payload.first == UInt8(ascii: "{"), let whole = Notification(json: job.payload) {
            return (whole.user, whole.id)
        }
        return Self.name(of: job).map { ($0.user, $0.id) }
    }

    private static func name(of job: Job) -> (notice: NoticeID, user: UserID, id: NotificationID)? {
        guard let slash = job.id.firstIndex(of: "/"), let notice = try? NoticeID(String(job.id[..<slash])),
            let user = try? UserID(String(job.id[job.id.index(after: slash)...])),
            let id = try? NotificationID(String(decoding: job.payload, as: UTF8.self))
        else { return nil }
        return (notice, user, id)
    }

    private func read(_ ids: Set<NoticeID>) async throws(RedisError) -> [NoticeID: Notice] {
        var found = self.known.withLockedValue { known in
            if ContinuousClock.now - known.since > Self.memory { known = Known() }
            return Dictionary(uniqueKeysWithValues: ids.compactMap { id in known.notices[id].map { (id, $0) } })
        }
        let unknown = ids.filter { found[$0] == nil }
        guard !unknown.isEmpty else { return found }
        let replies = try await self.redis.pipeline(
            unknown.map { RedisCommand("GET", RedisArgument(RedisNames.notice($0.rawValue))) })
        for (id, reply) in zip(unknown, replies) {
            // What another type stands in the place of is gone, for those who were to hear of it.
            if case .failure(let error) = reply, error.serverError?.kind == .wrongType { continue }
            guard let buffer = try reply.get().buffer, let json = try? JSONValue(parsing: buffer.readableBytesView),
                let notice = Notice(id, json: json)
            else { continue }
            found[id] = notice
        }
        self.remember(found)
        return found
    }
}
