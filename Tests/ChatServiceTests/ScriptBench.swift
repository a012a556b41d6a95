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

    func cursor() async throws -> StreamID {
        try await self.send("HGET", self.keys.state, "cursor").string.flatMap { StreamID($0) } ?? .zero
    }

    /// What a holder would run next that knows how far each room is.
    func calls(for entries: [StreamEntry], fence: PartitionFence? = nil) async throws -> [PartitionCall] {
        for room in Set(entries.compactMap { $0.string(ChatCommand.Field.room) }) {
            let last = try await self.send("HGET", self.keys.room(room).room, "seq")
            guard let number = last.string else { continue }
            await self.dispatch.learn(["renumber", room, number])
        }
        return await self.dispatch.calls(
            for: entries, after: try await self.cursor(), isAlone: true, fence ?? self.fence)
    }

    func add(
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
