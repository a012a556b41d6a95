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
    var brought = BroughtAnswers()
    var held = HeldCommands()
    private var fullServerTold: ContinuousClock.Instant?
    /// The partition's, since it was opened.
    private var epoch = ""
    private var numbers = RoomNumbers()
    /// What was sent last.
    private(set) var batch: [StreamEntry] = []
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
        self.brought = BroughtAnswers()
        self.held = HeldCommands()
        await self.answering.rosters.forget()
        let opened = try await self.opening.open(fence, reached: reached, connection)
        self.opened(opened.epoch)
        // After what Redis lost came back.
        do {
            try await self.rooms.load(connection)
        } catch {
            guard error.serverError?.kind == .wrongType else { throw error }
            try await self.opening.restoring.restoreList(fence, connection)
            try await self.rooms.load(connection)
        }
        return opened.cursor
    }

    func opened(_ epoch: String) {
        self.epoch = epoch
        self.numbers.forget()
    }

    /// - Parameter answer: `renumber`, then room and number of its last event in turns.
    func learn(_ answer: [String]) { self.numbers.learn(answer) }

    nonisolated func role(of entry: StreamEntry) -> PartitionRole {
        let room = entry.string(ChatCommand.Field.room) ?? ""
        let kind = entry.string(ChatCommand.Field.kind).flatMap { ChatCommand.Kind(rawValue: $0) }
        return kind.map { $0.parts.act == nil } ?? false ? .read(of: room) : .write(of: room)
    }

    func calls(
        for writes: [StreamEntry], after cursor: StreamID, isAlone: Bool, _ fence: PartitionFence
    ) async -> [PartitionCall] {
        let circumstances = self.circumstances(fence)
        self.batch = writes
        if let first = writes.first?.id { self.brought.begin(with: first) }
        self.numbers.begin()
        self.held.begin()
        var calls: [PartitionCall] = []
        calls.reserveCapacity(writes.count)
        var messages: [SendMessage] = []
        var isAlone = isAlone
        func closeMessages() {
            guard !messages.isEmpty else { return }
            let call = SendMessages(messages, epoch: self.epoch, isAlone: isAlone).call
            calls.append(PartitionCall(call, entries: messages.count))
            messages.removeAll(keepingCapacity: true)
        }
        var expected = cursor
        for entry in writes {
            switch await self.step(for: entry, after: expected, circumstances) {
            case .message(var message):
                message.sequence = self.numbers.add(1, in: message.roomID)
                messages.append(message)
                if messages.count == SendMessages.most { closeMessages() }
            case .call(let call, let room, let events):
                self.numbers.add(events, in: room)
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
        case call(RedisScript.Call, room: String = "", events: Int = 0)
    }

    func applied(_ count: Int, unanswered: [PartitionRead]) async {
        self.applied.increment(by: count)
        self.held.applied(self.batch.prefix(count))
        self.numbers.applied(count)
        self.brought.moveOn()
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

    /// The keys of a room, made once.
    private func keys(of room: String) -> RoomKeys {
        if let keys = self.roomKeys[room] { return keys }
        if self.roomKeys.count > 10_000 { self.roomKeys.removeAll() }
        let keys = self.keys.room(room)
        if room.utf8.count <= 64 { self.roomKeys[room] = keys }
        return keys
    }

    private func step(
        for entry: StreamEntry, after cursor: StreamID, _ circumstances: Circumstances
    ) async -> Step {
        let context: CommandContext
        do {
            context = self.context(of: try ChatCommand(entry), entry, after: cursor, circumstances)
        } catch {
            let unread = ChatCommand(kind: .leave, id: "?", room: "", user: "", producedAt: 0, data: [])
            return self.discard(self.context(of: unread, entry, after: cursor, circumstances), reason: "\(error)")
        }
        if let reason = self.brought.hopeless[entry.id] { return self.discard(context, reason: reason) }
        if let refusal = self.brought.refused[entry.id] {
            return .call(RefuseCommandCall(head: context.head(), problem: refusal).call)
        }
        if context.command.user.isEmpty, let lap = self.held.lap(for: entry) {
            return .call(HoldCommandCall(head: context.head(), entry: entry, lap: lap).call)
        }
        do throws(CommandFailure) {
            if context.command.kind == .sendMessage { return .message(try await SendMessage(context)) }
            guard let act = context.command.kind.parts.act else { throw CommandFailure.discarded("changes nothing") }
            return .call(try await act.init(context).call, room: context.command.room, events: act.events)
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

    func circumstances(_ fence: PartitionFence) -> Circumstances {
        Circumstances(
            fence: fence, moment: Moment(self.now()), keys: self.keys, rooms: self.rooms, directory: self.directory,
            limits: self.limits)
    }

    func context(
        of command: ChatCommand, _ entry: StreamEntry, after cursor: StreamID, _ circumstances: Circumstances
    ) -> CommandContext {
        CommandContext(
            circumstances, entry: entry, cursor: cursor, command: command, room: self.keys(of: command.room),
            archived: self.brought.found[entry.id], isServerFull: self.brought.metFullServer.contains(entry.id))
    }

    /// One line in ten seconds, for as long as it lasts.
    func tellFullServer() {
        if let told = self.fullServerTold, told.duration(to: .now) < .seconds(10) { return }
        self.fullServerTold = .now
        self.logger.error("Redis is full: writes are refused", metadata: ["partition": "\(self.keys.partition)"])
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
}
