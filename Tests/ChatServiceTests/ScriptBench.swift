import Domain
import Logging
import NIOCore
import NIOPosix
import Redis
import TestSupport
import WireContract
import WorkQueue

@testable import ChatService

/// The scripts of one partition without lease and reader: one command, one call, one answer.
final class ScriptBench: Sendable {
    let connection: RedisConnection
    let dispatch: CommandDispatch
    let reopening: RoomReopening
    let archive: SQLiteArchive
    let keys: ChatKeys
    let people: FakeDirectory
    let fence: PartitionFence

    /// - Parameter url: Of the server that has the keys of partition 0.
    init(_ url: String, folder: String, limits: ChatLimits = ChatLimits(partitions: 1)) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let logger = ChatProcess.quiet
        self.connection = try await RedisConnection.connect(RedisConfiguration(url: url), on: loop, logger: logger)
        self.keys = ChatKeys(partition: 0)
        self.people = try FakeDirectory()
        self.archive = try SQLiteArchive(
            url: "sqlite:\(folder)/bench.sqlite", synchronous: .normal, logger: logger)
        let identity = ArchiveIdentity(
            identity: try await self.archive.prepare(partitions: 1, newIdentity: "bench"), partitions: 1)
        self.reopening = RoomReopening(
            keys: self.keys, archive: self.archive, limits: limits, drain: {}, logger: logger)
        self.dispatch = CommandDispatch(
            keys: self.keys, rooms: RoomRecords(self.keys), directory: self.people.directory,
            archive: self.archive, limits: limits,
            opening: PartitionOpening(
                keys: self.keys, archive: self.archive, identity: identity, logger: logger),
            reopening: self.reopening, logger: logger, wakeArchiver: {},
            now: { Timestamp(milliseconds: 1_800_000_000_000) })
        self.fence = PartitionFence(partition: 0, token: "token", runID: self.connection.runID)
        _ = try await self.send("HSET", self.keys.state, "token", "token", "until", "1")
        let opened = try await self.connection.evaluate(
            OpenPartitionCall(
                head: self.head, group: RedisNames.notifierGroup, epoch: String(self.connection.runID.prefix(12)),
                opening: "1 token"))
        precondition(opened.array?.first?.string == "done", "\(opened)")
        await self.dispatch.opened(String(self.connection.runID.prefix(12)))
    }

    @discardableResult
    func send(_ words: String...) async throws -> RedisValue {
        try await self.connection.send(RedisCommand(words.map { RedisArgument($0) }))
    }

    /// What the holder's own scripts are given.
    var head: HolderHead { HolderHead(keys: self.keys, fence: self.fence) }

    func evaluate(_ call: RedisScript.Call) async throws -> RedisValue {
        let results: [Result<RedisValue, RedisError>] = try await self.connection.evaluate([call])
        return try results[0].get()
    }

    /// Adds a command to the stream; its call is to be run next.
    func call(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", id: String = "c1",
        room: String = "squad_alpha", fence: PartitionFence? = nil
    ) async throws -> RedisScript.Call {
        let entry = try await self.add(kind, data, user: user, id: id, room: room)
        return try await self.call(for: entry, fence: fence).call
    }

    /// Adds messages of one person to the stream; the calls are what the reader would run next.
    func calls(_ messages: [(room: String, data: String, id: String)]) async throws -> [PartitionCall] {
        for message in messages {
            _ = try await self.add(.sendMessage, message.data, user: "atlas-6", id: message.id, room: message.room)
        }
        return try await self.calls(for: try await self.waiting())
    }

    func cursor() async throws -> StreamID {
        try await self.send("HGET", self.keys.state, "cursor").string.flatMap { StreamID($0) } ?? .zero
    }

    /// The entries that no call has applied yet.
    private func waiting() async throws -> [StreamEntry] {
        try await self.connection.xrange(self.keys.commands, from: "(\(try await self.cursor())")
    }

    /// What a holder would run next that knows how far each room is.
    private func calls(for entries: [StreamEntry], fence: PartitionFence? = nil) async throws -> [PartitionCall] {
        for room in Set(entries.compactMap { $0.string(ChatCommand.Field.room) }) {
            let last = try await self.send("HGET", self.keys.room(room).room, "seq")
            guard let number = last.string else { continue }
            await self.dispatch.learn(["renumber", room, number])
        }
        return await self.dispatch.calls(
            for: entries, after: try await self.cursor(), isAlone: true, fence ?? self.fence)
    }

    /// Adds commands and applies them in one pipeline, as the reader does.
    func applyAll(
        _ commands: [(kind: ChatCommand.Kind, data: String, user: String, id: String)]
    ) async throws -> [[String]] {
        for command in commands {
            _ = try await self.add(
                command.kind, command.data, user: command.user, id: command.id, room: "squad_alpha")
        }
        let calls = try await self.calls(for: try await self.waiting())
        return try await self.connection.evaluate(calls.map(\.call)).map { Self.words(try $0.get()) }
    }

    /// Adds commands and answers their entries.
    func enter(
        _ commands: [(kind: ChatCommand.Kind, data: String, user: String, id: String)]
    ) async throws -> [StreamEntry] {
        for command in commands {
            _ = try await self.add(
                command.kind, command.data, user: command.user, id: command.id, room: "squad_alpha")
        }
        return try await self.connection.xrange(self.keys.commands)
    }

    /// Applies entries in one pipeline and brings what the first of the rest asks for, as the reader does.
    ///
    /// - Returns: How many were applied.
    func step(_ entries: [StreamEntry]) async throws -> Int {
        let calls = await self.dispatch.calls(for: entries, after: try await self.cursor(), isAlone: true, self.fence)
        var done = 0
        for (call, result) in zip(calls, try await self.connection.evaluate(calls.map(\.call))) {
            let words = Self.words(try result.get())
            if words.first == "done" {
                done += call.entries
                continue
            }
            var refused: Result<RedisValue, RedisError>? = result
            if words.first == "some" {
                done += Int(words[1]) ?? 0
                let rest = (try result.get().array ?? []).dropFirst(2)
                refused = rest.isEmpty ? nil : .success(.array(Array(rest)))
            }
            if done > 0 { await self.dispatch.applied(done, unanswered: []) }
            if let refused { _ = try await self.dispatch.settle(entries[done], refused, self.fence, self.connection) }
            return done
        }
        await self.dispatch.applied(done, unanswered: [])
        return done
    }

    /// Adds commands and applies all of them as the reader does.
    ///
    /// - Returns: How many pipelines that took.
    func applyTogether(
        _ commands: [(kind: ChatCommand.Kind, data: String, user: String, id: String)]
    ) async throws -> Int {
        var left = try await self.enter(commands)
        var steps = 0
        while !left.isEmpty, steps < 1_000 {
            left.removeFirst(try await self.step(left))
            steps += 1
        }
        return steps
    }

    private func add(
        _ kind: ChatCommand.Kind, _ data: String, user: String, id: String, room: String
    ) async throws -> StreamID {
        let command = ChatCommand(
            kind: kind, id: id, room: kind == .catchUp ? "" : room, user: user, gateway: "gw", socket: "s1",
            correlation: "r", producedAt: 1, data: Array(data.utf8))
        return try await self.connection.xadd(
            self.keys.commands, fields: command.fields.map { ($0.name, RedisArgument($0.value)) })
    }

    /// The call for an entry of the commands.
    private func call(
        for entry: StreamID, fence: PartitionFence? = nil
    ) async throws -> (entry: StreamEntry, call: RedisScript.Call) {
        let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
        return (read[0], try await self.calls(for: read, fence: fence)[0].call)
    }

    /// Adds a command and brings what its script asks for, as the reader does, until it is applied.
    ///
    /// - Parameter run: Runs one call of it, which it makes for the fence that it is given, and answers what that answered.
    @discardableResult
    func applyFully(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", id: String = "c1",
        room: String = "squad_alpha",
        run: (_ call: (PartitionFence) async throws -> RedisScript.Call) async throws -> RedisValue
    ) async throws -> [[String]] {
        let entry = try await self.add(kind, data, user: user, id: id, room: room)
        if try await self.answered(entry) { return [["done"]] }
        var answers: [[String]] = []
        while answers.count < 5, answers.last?.first != "done" {
            let result = try await run { try await self.call(for: entry, fence: $0).call }
            answers.append(Self.words(result))
            let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
            if answers.last?.first != "done" {
                _ = try await self.dispatch.settle(read[0], .success(result), self.fence, self.connection)
            } else if let read = read.first {
                await self.answer(read, result)
            }
        }
        return answers
    }

    @discardableResult
    func applyFully(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", id: String = "c1",
        room: String = "squad_alpha"
    ) async throws -> [[String]] {
        try await self.applyFully(kind, data, user: user, id: id, room: room) {
            try await self.evaluate(try await $0(self.fence))
        }
    }

    /// What the reader does for what its script left unanswered.
    private func answer(_ entry: StreamEntry, _ result: RedisValue) async {
        guard Self.words(result).dropFirst().first == "unanswered" else { return }
        let read = PartitionRead(entry: entry, applied: result)
        await self.dispatch.applied(1, unanswered: [read])
        _ = await self.dispatch.answer(read, mayTakeLong: true, self.fence, self.connection)
    }

    /// Answers an entry that only asks; false for every other.
    private func answered(_ entry: StreamID) async throws -> Bool {
        let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
        guard let read = read.first, case .read = self.dispatch.role(of: read) else { return false }
        _ = await self.dispatch.answer(PartitionRead(entry: read), mayTakeLong: true, self.fence, self.connection)
        return true
    }

    /// Adds a command that only asks, or one whose effect a holder before applied, and answers it.
    func answer(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", room: String = "squad_alpha",
        fence: PartitionFence? = nil
    ) async throws {
        await self.answer(try await self.question(kind, data, user: user, room: room), fence: fence)
    }

    func question(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", room: String = "squad_alpha"
    ) async throws -> PartitionRead {
        let entry = try await self.add(kind, data, user: user, id: "question", room: room)
        let read = try await self.connection.xrange(self.keys.commands, from: "\(entry)", to: "\(entry)")
        return PartitionRead(entry: read[0])
    }

    func answer(_ read: PartitionRead, fence: PartitionFence? = nil) async {
        _ = await self.dispatch.answer(read, mayTakeLong: true, fence ?? self.fence, self.connection)
    }

    /// Brings the archive up to the outbox.
    func archiveOutbox() async throws {
        let record = try await self.archive.partition(0)
        if record.opening.token != self.fence.token {
            _ = try await self.archive.claim(
                0, by: OpeningMark(number: 1, token: self.fence.token), from: record,
                newLife: (self.fence.runID, String(self.fence.runID.prefix(12))))
        }
        let cursor = try await self.archive.partition(0).cursor
        let entries = try await self.connection.xrange(self.keys.events, from: "(\(cursor)")
        guard let last = entries.last?.id else { return }
        try await self.archive.append(
            OutboxBatch(entries: OutboxEntry.list(entries), after: cursor, last: last), to: 0,
            token: self.fence.token, runID: self.fence.runID)
    }

    /// Adds a command and applies it.
    @discardableResult
    func apply(
        _ kind: ChatCommand.Kind, _ data: String, user: String = "viper-1", id: String = "c1",
        room: String = "squad_alpha"
    ) async throws -> [String] {
        let entry = try await self.add(kind, data, user: user, id: id, room: room)
        if try await self.answered(entry) { return ["done"] }
        let (read, call) = try await self.call(for: entry)
        let result = try await self.evaluate(call)
        await self.answer(read, result)
        return Self.words(result)
    }

    static func words(_ value: RedisValue) -> [String] { (value.array ?? []).map { $0.string ?? "" } }
}

/// One command of every kind that changes something, so that a loop over them is a loop over the scripts.
enum EveryCommand {
    /// Applied first: a room with a message and a signal.
    static func prepare(_ bench: ScriptBench) async throws {
        try await bench.apply(.joinSquadRoom, "{}", id: "p1")
        try await bench.apply(.sendMessage, #"{"content":"first"}"#, id: "p2")
        try await bench.apply(.postSignal, #"{"signal_id":"S1","pair":"EURUSD"}"#, user: "", id: "p3")
    }

    static func list(epoch: String) -> [(kind: ChatCommand.Kind, data: String, user: String)] {
        [
            (.joinSquadRoom, "{}", "ghost-2"),
            (.resume, #"{"seq":1,"epoch":"\#(epoch)"}"#, "ghost-2"),
            (.leave, "{}", "viper-1"),
            (.sendMessage, #"{"content":"second"}"#, "viper-1"),
            (.addReaction, #"{"message_id":"squad_alpha.\#(epoch).4","emoji":"👍"}"#, "viper-1"),
            (.removeReaction, #"{"message_id":"squad_alpha.\#(epoch).4","emoji":"👍"}"#, "viper-1"),
            (.postSignal, #"{"signal_id":"S2","pair":"GBPUSD"}"#, ""),
            (.updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, ""),
            (.postSystem, #"{"content":"notice"}"#, ""),
            (.changeRights, #"{"user_id":"viper-1"}"#, ""),
            (.removeMember, #"{"user_id":"viper-1"}"#, ""),
            (.sendMessage, #"{"content":7}"#, "viper-1"),
            (.postSystem, #"{"content":7}"#, ""),
        ]
    }
}
