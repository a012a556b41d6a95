import Domain
import Logging
import Metrics
import NIOCore
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Answers the commands of one partition that ask, beside the pipeline.
struct QuestionAnswering: Sendable {
    /// How long a store may be away before the asker hears that we are unavailable. A gateway gives up after 10 s.
    static let patience = Duration.seconds(5)
    private static let pause = Duration.milliseconds(200)
    /// How often an answer may find something else to be brought first: each time it reopens all rooms that it found closed.
    private static let mostAttempts = 20

    let keys: ChatKeys
    let rooms: RoomRecords
    let directory: ChatDirectory
    let archive: any MessageArchive
    let limits: ChatLimits
    let reopenings: RoomReopenings
    let rosters = Rosters()
    let logger: Logger
    let now: @Sendable () -> Timestamp
    private let answered = Counter(label: "squadchat_chat_questions_answered_total")

    init(
        keys: ChatKeys, rooms: RoomRecords, directory: ChatDirectory, archive: any MessageArchive, limits: ChatLimits,
        reopenings: RoomReopenings, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.keys = keys
        self.rooms = rooms
        self.directory = directory
        self.archive = archive
        self.limits = limits
        self.reopenings = reopenings
        self.logger = logger
        self.now = now
    }

    /// What becomes of a question.
    private enum Outcome {
        case reply(ChatReply)
        case refused(Refusal)
        case discarded(String)
        /// Nobody waits for an answer.
        case letGo
    }

    /// - Parameter mayTakeLong: Whether it may ask the archive.
    /// - Returns: False when it must, and may not.
    func answer(
        _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async -> Bool {
        let outcome: Outcome
        do {
            outcome = try await self.outcome(of: read, mayTakeLong: mayTakeLong, fence, connection)
        } catch is ArchiveNeeded {
            return false
        } catch {
            return true  // the connection ends, or the lease: the entry is answered after the next opening
        }
        await self.publish([(read.entry, outcome)], fence, connection)
        return true
    }

    /// Notes who entered which room; told in the order of the entrances.
    func entered(_ read: PartitionRead) async {
        typealias Field = ChatCommand.Field
        guard let left = Entrance.Left(read.applied), left.changedRoster, let room = read.entry.string(Field.room)
        else { return }
        await self.rosters.entered(room) { [directory] in
            guard let user = (try? UserID(read.entry.string(Field.user) ?? "")).flatMap({ directory.user($0) }) else {
                return nil
            }
            return Rosters.Entrance(
                place: Roster.Place(user), isPresent: read.entry[Field.socket] != nil, version: left.roster)
        }
    }

    func refuse(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {
        let busy = Refusal(.busy, "The squad is very busy. Try again in a moment.")
        await self.publish(reads.map { ($0.entry, .refused(busy)) }, fence, connection)
    }

    func letGo(_ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection) async {
        await self.publish(reads.map { ($0.entry, .letGo) }, fence, connection)
    }

    /// Tries until there is an outcome.
    ///
    /// - Throws: When none can be had over this connection; ``ArchiveNeeded``.
    private func outcome(
        of read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async throws -> Outcome {
        let end = ContinuousClock.now + Self.patience
        for _ in 0..<Self.mostAttempts {
            do {
                return .reply(try await self.reply(to: read, mayTakeLong: mayTakeLong, fence, connection))
            } catch let needed as ArchiveNeeded {
                throw needed
            } catch let closed as RoomsToReopen {
                guard mayTakeLong else { throw ArchiveNeeded() }
                do {
                    for room in closed.rooms { try await self.reopenings.reopen(room, fence, connection) }
                } catch {
                    try await self.wait(after: error, connection)
                }
            } catch let failure as CommandFailure {
                switch failure {
                case .refused(let refusal) where read.entry.isOfSuite:
                    return .discarded("\(refusal.code.rawValue): \(refusal.message)")
                case .refused(let refusal): return .refused(refusal)
                case .discarded(let reason): return .discarded(reason)
                }
            } catch let failure as ChatCommand.DecodingError {
                return .discarded("\(failure)")
            } catch RedisError.server(let error) where !error.isRetryable {
                self.logger.error(
                    "a question failed", metadata: ["entry": "\(read.entry.id)", "error": "\(error)"])
                // A gateway asks again until it is answered: a dead letter each time would drive out all others.
                if read.entry.isOfSuite { return .refused(Self.unreadable) }
                return .discarded("\(error)")
            } catch {
                try await self.wait(after: error, connection)
            }
            if .now >= end { break }
        }
        return .refused(Self.unreadable)
    }

    private static let unreadable = Refusal(
        .unavailable, "This cannot be read now. Try again in a moment.", retryAfter: 1)

    /// Only what passes by itself is waited for.
    private func wait(after error: any Error, _ connection: RedisConnection) async throws {
        guard connection.isActive else { throw error }
        self.logger.warning(
            "a question waits", metadata: ["partition": "\(self.keys.partition)", "error": "\(error)"])
        try await Task.sleep(for: Self.pause)
    }

    private func reply(
        to read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async throws -> ChatReply {
        let command = try ChatCommand(read.entry)
        guard let question = command.kind.parts.question else {
            throw CommandFailure.discarded("was passed over by the cursor and asks nothing")
        }
        let context = CommandContext(
            Circumstances(
                fence: fence, moment: Moment(self.now()), keys: self.keys, rooms: self.rooms,
                directory: self.directory, limits: self.limits),
            entry: read.entry, cursor: .zero, command: command, room: self.keys.room(command.room), archived: nil)
        let rooms = RoomReading(
            keys: self.keys, archive: mayTakeLong ? self.archive : nil, rosters: self.rosters, connection: connection,
            left: Entrance.Left(read.applied), logger: self.logger)
        return try await question.init(context).answer(rooms)
    }

    private func publish(
        _ outcomes: [(StreamEntry, Outcome)], _ fence: PartitionFence, _ connection: RedisConnection
    ) async {
        let moment = Moment(self.now())
        var left = outcomes.map { entry, outcome in
            let correlation = entry.string(ChatCommand.Field.correlation)
            let gateway = correlation == nil ? nil : entry.string(ChatCommand.Field.gateway)
            var (epoch, reason): (String?, String?)
            let reply: ChatReply?
            switch outcome {
            case .letGo: reply = nil
            case .reply(let prepared):
                reply = prepared
                epoch = prepared.epoch
            case .refused(let refusal):
                reply = ChatReply(correlation: correlation ?? "", refusal)
            case .discarded(let why):
                reply = ChatReply(correlation: correlation ?? "", .noted)
                reason = why
                self.logger.warning(
                    "discarded a command",
                    metadata: ["partition": "\(self.keys.partition)", "entry": "\(entry.id)", "reason": "\(why)"])
            }
            return AnswerCommandCall(
                head: HolderHead(keys: self.keys, fence: fence), epoch: epoch ?? "", entry: entry,
                gateway: reply == nil ? nil : gateway, text: reply?.encoded ?? [], reason: reason, moment: moment
            ).call
        }
        while !left.isEmpty, !Task.isCancelled {
            // Fenced: somebody else holds the partition and answers. Failed: the connection ends, and all is read again.
            guard let results = try? await connection.evaluate(left) else { return }
            // What the server does not take now stands in the stream as it was, and is nobody's but ours.
            let refused = zip(left, results).filter { self.isRefused($1) }.map(\.0)
            self.answered.increment(by: left.count - refused.count)
            left = refused
            if !left.isEmpty { try? await Task.sleep(for: Self.pause) }
        }
    }

    /// Whether the server refused an answer, which did nothing then.
    private func isRefused(_ result: Result<RedisValue, RedisError>) -> Bool {
        switch result {
        case .success(let value):
            guard value.array?.first?.string == "mistyped" else { return false }
            self.logger.error("a key has the wrong type", metadata: ["key": "\(value.array?[1].string ?? "")"])
            return true
        case .failure(.server(let error)):
            self.logger.error(
                "an answer was refused", metadata: ["partition": "\(self.keys.partition)", "error": "\(error)"])
            return true
        case .failure: return false
        }
    }
}

extension Refusal {
    /// For a command that went to the dead letters.
    static let noted = Refusal(.unavailable, "This could not be done. It was noted for the operators.")
}

extension ChatReply {
    init(correlation: String, _ refusal: Refusal) {
        self.init(correlation: correlation, succeeded: false, answer: refusal.encoded)
    }
}
