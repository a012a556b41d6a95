import Domain
import Logging
import Metrics
import NIOCore
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Turns the commands of one partition into script calls, each by its ``Act``, and brings what a script found missing.
///
/// Everything is decided in the act or in its script, from the directory and the store: a command says who asks, never what
/// they may do.
actor CommandDispatch: PartitionHandler {
    let keys: ChatKeys
    let rooms: RoomRecords
    let directory: ChatDirectory
    let archive: any MessageArchive
    let limits: ChatLimits
    let opening: PartitionOpening
    let reopenings: RoomReopenings
    let answering: QuestionAnswering
    let wakeArchiver: @Sendable () -> Void
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// What was brought for entries that could not be applied at once, and for those behind them.
    private var archived: [StreamID: ArchiveAnswer] = [:]
    /// What was sent last.
    private var batch: [StreamEntry] = []
    /// Entries that can never be applied, and why.
    private var hopeless: [StreamID: String] = [:]
    /// Entries of people that the archive was asked for and did not answer.
    private var refused: [StreamID: Refusal] = [:]
    /// What the entry at the cursor has asked for, and how often, so that one that asks for ever is noticed. One that asks
    /// for many things, like a question for many rooms after a restart, is not.
    private var stuck: (id: StreamID, tries: [[String]: Int])?
    private var roomKeys: [String: RoomKeys] = [:]
    private let applied = Counter(label: "squadchat_chat_commands_applied_total")
    private let discarded = Counter(label: "squadchat_chat_commands_discarded_total")

    init(
        keys: ChatKeys, rooms: RoomRecords, directory: ChatDirectory, archive: any MessageArchive, limits: ChatLimits,
        opening: PartitionOpening, reopening: RoomReopening, logger: Logger,
        wakeArchiver: @escaping @Sendable () -> Void,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) }
    ) {
        self.keys = keys
        self.rooms = rooms
        self.directory = directory
        self.archive = archive
        self.limits = limits
        self.opening = opening
        self.reopenings = RoomReopenings(reopening, keys: keys)
        self.answering = QuestionAnswering(
            keys: keys, rooms: rooms, directory: directory, archive: archive, limits: limits,
            reopenings: self.reopenings, logger: logger, now: now)
        self.logger = logger
        self.wakeArchiver = wakeArchiver
        self.now = now
    }

    func open(
        _ fence: PartitionFence, reached: StreamID, _ connection: RedisConnection
    ) async throws -> StreamID {
        self.forget()
        await self.answering.rosters.forget()
        let cursor = try await self.opening.open(fence, reached: reached, connection)
        // After what Redis lost came back.
        do {
            try await self.rooms.load(connection)
        } catch {
            guard error.serverError?.kind == .wrongType else { throw error }
            try await self.opening.restoring.restoreList(fence, connection)
            try await self.rooms.load(connection)
        }
        return cursor
    }

    nonisolated func role(of entry: StreamEntry) -> PartitionRole {
        let room = entry.string(ChatCommand.Field.room) ?? ""
        let kind = entry.string(ChatCommand.Field.kind).flatMap { ChatCommand.Kind(rawValue: $0) }
        return kind.map { $0.parts.act == nil } ?? false ? .read(of: room) : .write(of: room)
    }

    func calls(
        for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
    ) async -> [PartitionCall] {
        let moment = Moment(self.now())
        self.batch = writes
        if let first = writes.first?.id, !self.archived.isEmpty {
            self.archived = self.archived.filter { $0.key >= first }
        }
        var calls: [PartitionCall] = []
        calls.reserveCapacity(writes.count)
        var messages: [SendMessage] = []
        var isAlone = isAlone
        func closeMessages() {
            guard !messages.isEmpty else { return }
            calls.append(PartitionCall(SendMessages(messages, isAlone: isAlone).call, entries: messages.count))
            messages.removeAll(keepingCapacity: true)
        }
        var expected = cursor
        for entry in writes {
            switch await self.step(for: entry, after: expected, fence, moment) {
            case .message(let message):
                messages.append(message)
                if messages.count == SendMessages.most { closeMessages() }
            case .call(let call):
                closeMessages()
                calls.append(PartitionCall(call, entries: 1))
                // Some stay in the stream until they are answered.
                isAlone = false
            }
            expected = entry.id
        }
        closeMessages()
        return calls
    }

    /// What one entry becomes.
    private enum Step {
        /// A message that goes out with those beside it.
        case message(SendMessage)
        case call(RedisScript.Call)
    }

    func applied(_ count: Int, unanswered: [PartitionRead]) async {
        self.applied.increment(by: count)
        if !self.hopeless.isEmpty { self.hopeless.removeAll() }
        self.stuck = nil
        self.wakeArchiver()
        for read in unanswered { await self.answering.entered(read) }
    }

    nonisolated func question(of entry: StreamEntry) -> String? {
        guard let gateway = entry.string(ChatCommand.Field.gateway),
            let correlation = entry.string(ChatCommand.Field.correlation)
        else { return nil }
        return "\(gateway) \(correlation)"
    }

    nonisolated func answer(
        _ read: PartitionRead, mayTakeLong: Bool, _ fence: PartitionFence, _ connection: RedisConnection
    ) async -> Bool { await self.answering.answer(read, mayTakeLong: mayTakeLong, fence, connection) }

    nonisolated func refuse(
        _ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection
    ) async { await self.answering.refuse(reads, fence, connection) }

    nonisolated func letGo(
        _ reads: [PartitionRead], _ fence: PartitionFence, _ connection: RedisConnection
    ) async { await self.answering.letGo(reads, fence, connection) }

    private func forget() {
        if !self.archived.isEmpty { self.archived.removeAll() }
        if !self.hopeless.isEmpty { self.hopeless.removeAll() }
        if !self.refused.isEmpty { self.refused.removeAll() }
    }

    /// The keys of a room, made once.
    private func keys(of room: String) -> RoomKeys {
        if let keys = self.roomKeys[room] { return keys }
        if self.roomKeys.count > 10_000 { self.roomKeys.removeAll() }
        let keys = self.keys.room(room)
        if room.utf8.count <= 64 { self.roomKeys[room] = keys }
        return keys
    }

    private func step(
        for entry: StreamEntry, after cursor: StreamID, _ fence: PartitionFence, _ moment: Moment
    ) async -> Step {
        let context: CommandContext
        do {
            context = self.context(of: try ChatCommand(entry), entry, after: cursor, fence, moment)
        } catch {
            let unread = ChatCommand(kind: .leave, id: "?", room: "", user: "", producedAt: 0, data: [])
            return self.discard(self.context(of: unread, entry, after: cursor, fence, moment), reason: "\(error)")
        }
        if let reason = self.hopeless[entry.id] { return self.discard(context, reason: reason) }
        if let refusal = self.refused[entry.id] {
            return .call(RefuseCommandCall(head: context.head(), problem: refusal).call)
        }
        do throws(CommandFailure) {
            if context.command.kind == .sendMessage { return .message(try await SendMessage(context)) }
            guard let act = context.command.kind.parts.act else { throw CommandFailure.discarded("changes nothing") }
            return .call(try await act.init(context).call)
        } catch {
            switch error {
            case .refused(let refusal):
                if context.command.user.isEmpty {
                    return self.discard(context, reason: "\(refusal.code.rawValue): \(refusal.message)")
                }
                return .call(RefuseCommandCall(head: context.head(), problem: refusal).call)
            case .discarded(let reason): return self.discard(context, reason: reason)
            }
        }
    }

    private func context(
        of command: ChatCommand, _ entry: StreamEntry, after cursor: StreamID, _ fence: PartitionFence,
        _ moment: Moment
    ) -> CommandContext {
        CommandContext(
            entry: entry, cursor: cursor, fence: fence, command: command, moment: moment, keys: self.keys,
            room: self.keys(of: command.room), rooms: self.rooms, directory: self.directory, limits: self.limits,
            archived: self.archived[entry.id])
    }

    private func discard(_ context: CommandContext, reason: String) -> Step {
        self.discarded.increment()
        self.logger.warning(
            "discarded a command",
            metadata: ["partition": "\(self.keys.partition)", "entry": "\(context.entry.id)", "reason": "\(reason)"])
        let call = DiscardCommandCall(
            head: context.head(), entry: context.entry, reason: reason, moment: context.moment
        ).call
        return .call(call)
    }

    /// Brings what the command's script asked of the archive. Those behind it that may ask for a message are answered with it:
    /// each question for itself would send everything behind it once more.
    ///
    /// An archive that is away is the matter of this command alone. A person is told; what the suite itself wants done must
    /// not be lost, and waits where it is.
    ///
    /// - Returns: What to do when it could not be brought.
    private func askArchive(for entry: StreamEntry, _ fence: PartitionFence) async throws -> PartitionStep? {
        let moment = Moment(self.now())
        func act(of entry: StreamEntry) async throws -> any Act {
            let command = try ChatCommand(entry)
            let context = self.context(of: command, entry, after: .zero, fence, moment)
            guard let act = command.kind.parts.act else { throw CommandFailure.discarded("changes nothing") }
            return try await act.init(context)
        }
        do {
            let first = try await act(of: entry)
            guard let question = first.asked else {
                self.archived[entry.id] = try await first.ask(self.archive)
                return nil
            }
            var asked = [(id: entry.id, question: question)]
            for later in self.batch where later.id > entry.id {
                if let question = try? await act(of: later).asked { asked.append((later.id, question)) }
            }
            for ((id, _), found) in zip(asked, try await self.archive.messages(asked.map(\.question))) {
                if id == entry.id {
                    self.archived[id] = .message(found.message)
                } else if let message = found.message {
                    self.archived[id] = .message(message, through: found.through)
                }
            }
        } catch let failure as CommandFailure {
            self.hopeless[entry.id] = "\(failure)"
        } catch {
            try Task.checkCancellation()
            self.logger.warning(
                "a command needs the archive",
                metadata: ["partition": "\(self.keys.partition)", "entry": "\(entry.id)", "error": "\(error)"])
            if entry.string(ChatCommand.Field.user) ?? "" == "" { return .wait(.milliseconds(250)) }
            self.refused[entry.id] = Refusal(
                .unavailable, "This cannot be done now. Try again in a moment.", retryAfter: 1)
        }
        return nil
    }

    // MARK: What was missing

    func settle(
        _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> PartitionStep {
        let answer: [String]
        switch result {
        case .success(let value): answer = (value.array ?? []).map { $0.string ?? "" }
        case .failure(.server(let error)) where error.isRetryable: return .wait(.milliseconds(250))
        case .failure(.server(let error)):
            // A script that fails did nothing. It would fail again, and everything behind it would wait for ever.
            self.logger.error(
                "a script failed", metadata: ["entry": "\(entry.id)", "error": "\(error)"])
            self.hopeless[entry.id] = "script: \(error)"
            return .again
        case .failure(let error): throw error
        }
        switch answer.first {
        case "archive":
            if let step = try await self.askArchive(for: entry, fence) { return step }
        case "reopen" where answer.count == 2:
            try await self.reopenings.reopen(answer[1], fence, connection)
            self.archived.removeAll()
        case "busy":
            self.stuck = nil
            self.wakeArchiver()
            return .wait(.milliseconds(250))
        case "mistyped" where answer.count == 3:
            self.logger.error(
                "a key has the wrong type", metadata: ["key": "\(answer[1])", "type": "\(answer[2])"])
            if [self.keys.state, self.keys.commands, self.keys.events, self.keys.dead].contains(answer[1]) {
                return .wait(.seconds(1))  // only an operator can help
            }
            self.hopeless[entry.id] = "\(answer[1]) is a \(answer[2])"
        default:
            if let brought = ArchiveAnswer(reading: answer, after: self.archived[entry.id]) {
                self.archived[entry.id] = brought
            } else {
                self.hopeless[entry.id] = answer.dropFirst().first ?? "the script gave no answer"
            }
        }
        // Only what was brought counts: a database that is away is no fault of the command.
        var tries = self.stuck.map { $0.id == entry.id ? $0.tries : [:] } ?? [:]
        tries[answer, default: 0] += 1
        self.stuck = (entry.id, tries)
        if tries[answer, default: 0] > 20 {
            self.hopeless[entry.id] = "asked again and again for “\(answer.joined(separator: " "))”"
        }
        return .again
    }
}
