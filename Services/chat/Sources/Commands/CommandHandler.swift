import Domain
import Logging
import Metrics
import NIOCore
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Turns the commands of one partition into script calls, and brings what a script found missing.
///
/// Everything is decided here or in the script, from the directory and the store: a command says who asks, never what
/// they may do.
actor CommandHandler: PartitionHandler {
    let keys: ChatKeys
    let directory: ChatDirectory
    let archive: any MessageArchive
    let limits: ChatLimits
    let opening: PartitionOpening
    let reopening: RoomReopening
    let wakeArchiver: @Sendable () -> Void
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// What was brought for entries that could not be applied at once.
    private var remedies: [StreamID: Remedy] = [:]
    /// What the entry at the cursor has asked for, and how often, so that one that asks for ever is noticed. One that asks
    /// for many things, like a question for many rooms after a restart, is not.
    private var stuck: (id: StreamID, tries: [[String]: Int])?
    private var roomKeys: [String: RoomKeys] = [:]
    private let applied = Counter(label: "squadchat_chat_commands_applied_total")
    private let discarded = Counter(label: "squadchat_chat_commands_discarded_total")

    init(
        keys: ChatKeys, directory: ChatDirectory, archive: any MessageArchive, limits: ChatLimits,
        opening: PartitionOpening, reopening: RoomReopening, logger: Logger,
        wakeArchiver: @escaping @Sendable () -> Void,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) }
    ) {
        self.keys = keys
        self.directory = directory
        self.archive = archive
        self.limits = limits
        self.opening = opening
        self.reopening = reopening
        self.logger = logger
        self.wakeArchiver = wakeArchiver
        self.now = now
    }

    func open(_ fence: PartitionFence, _ connection: RedisConnection) async throws -> StreamID {
        self.remedies.removeAll()
        return try await self.opening.open(fence, connection)
    }

    func calls(
        for entries: [StreamEntry], after cursor: StreamID, _ fence: PartitionFence
    ) async -> [RedisScript.Call] {
        let moment = Moment(self.now())
        var calls: [RedisScript.Call] = []
        calls.reserveCapacity(entries.count)
        var expected = cursor
        for entry in entries {
            calls.append(await self.call(for: entry, after: expected, fence, moment))
            expected = entry.id
        }
        return calls
    }

    func applied(_ count: Int) async {
        self.applied.increment(by: count)
        if !self.remedies.isEmpty { self.remedies.removeAll() }
        self.stuck = nil
        self.wakeArchiver()
    }

    /// The keys of a room, made once.
    func keys(of room: String) -> RoomKeys {
        if let keys = self.roomKeys[room] { return keys }
        if self.roomKeys.count > 10_000 { self.roomKeys.removeAll() }
        let keys = self.keys.room(room)
        self.roomKeys[room] = keys
        return keys
    }

    private func call(
        for entry: StreamEntry, after cursor: StreamID, _ fence: PartitionFence, _ moment: Moment
    ) async -> RedisScript.Call {
        let remedy = self.remedies[entry.id]
        let command: ChatCommand
        do {
            command = try ChatCommand { name in entry[name].map { Array(buffer: $0) } }
        } catch {
            let unread = ChatCommand(kind: .leave, id: "?", room: "", user: "", producedAt: 0, data: [])
            let context = CommandContext(
                entry: entry, cursor: cursor, fence: fence, command: unread, moment: moment, remedy: remedy)
            return self.discard(context, reason: "\(error)")
        }
        let context = CommandContext(
            entry: entry, cursor: cursor, fence: fence, command: command, moment: moment, remedy: remedy)
        if case .discard(let reason)? = remedy { return self.discard(context, reason: reason) }
        do throws(CommandFailure) {
            return try await self.apply(context)
        } catch {
            switch error {
            case .refused(let refusal):
                if command.user.isEmpty {
                    return self.discard(context, reason: "\(refusal.code.rawValue): \(refusal.message)")
                }
                return context.call(
                    ChatScripts.refuseCommand, keys: [self.keys.state, self.keys.commands, self.keys.events],
                    outboxBound: self.limits.outboxBound, [RedisArgument(refusal.encoded)])
            case .discarded(let reason): return self.discard(context, reason: reason)
            }
        }
    }

    private func apply(_ context: CommandContext) async throws(CommandFailure) -> RedisScript.Call {
        switch context.command.kind {
        case .sendMessage: try await self.sendMessage(context)
        case .addReaction: try await self.changeReaction(context, adds: true)
        case .removeReaction: try await self.changeReaction(context, adds: false)
        case .joinSquadRoom: try await self.joinRoom(context)
        case .resume: try await self.resumeRoom(context)
        case .leave: try self.leaveRoom(context)
        case .fetchHistory: try await self.fetchHistory(context)
        case .catchUp: try self.catchUp(context)
        case .postSignal: try self.postSignal(context)
        case .updateSignal: try self.updateSignal(context)
        case .postSystem: try self.postSystem(context)
        case .removeMember: try self.changeMember(context)
        case .changeRights: try self.changeMember(context)
        }
    }

    private func discard(_ context: CommandContext, reason: String) -> RedisScript.Call {
        self.discarded.increment()
        self.logger.warning(
            "discarded a command",
            metadata: ["partition": "\(self.keys.partition)", "entry": "\(context.entry.id)", "reason": "\(reason)"])
        let error = Refusal(.unavailable, "This could not be done. It was noted for the operators.")
        var arguments = [RedisArgument(reason), context.moment.milliseconds, RedisArgument(error.encoded)]
        for (name, value) in context.entry.fields.prefix(64) {
            arguments.append(RedisArgument(name))
            arguments.append(RedisArgument(value))
        }
        return context.call(
            ChatScripts.discardCommand,
            keys: [self.keys.state, self.keys.commands, self.keys.events, self.keys.dead],
            outboxBound: self.limits.outboxBound, arguments)
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
            self.remedies[entry.id] = .discard("script: \(error)")
            return .again
        case .failure(let error): throw error
        }
        switch answer.first {
        case "archive":
            self.remedies[entry.id] = try await self.fetchFromArchive(for: entry)
        case "reopen" where answer.count == 2:
            try await self.reopening.reopen(answer[1], fence, connection)
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
            self.remedies[entry.id] = .discard("\(answer[1]) is a \(answer[2])")
        default:
            self.remedies[entry.id] = .discard(answer.dropFirst().first ?? "the script gave no answer")
        }
        // Only what was brought counts: a database that is away is no fault of the command.
        var tries = self.stuck.map { $0.id == entry.id ? $0.tries : [:] } ?? [:]
        tries[answer, default: 0] += 1
        self.stuck = (entry.id, tries)
        if tries[answer, default: 0] > 20 {
            self.remedies[entry.id] = .discard("asked again and again for “\(answer.joined(separator: " "))”")
        }
        return .again
    }
}
