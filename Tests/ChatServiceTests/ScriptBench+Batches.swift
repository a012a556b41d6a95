import Redis
import WireContract
import WorkQueue

@testable import ChatService

/// Many commands at once, as the reader applies them.
extension ScriptBench {
    /// Adds messages of one person to the stream; the calls are what the reader would run next.
    func calls(_ messages: [(room: String, data: String, id: String)]) async throws -> [PartitionCall] {
        for message in messages {
            _ = try await self.add(.sendMessage, message.data, user: "atlas-6", id: message.id, room: message.room)
        }
        return try await self.calls(for: try await self.waiting())
    }

    /// The entries that no call has applied yet.
    private func waiting() async throws -> [StreamEntry] {
        try await self.connection.xrange(self.keys.commands, from: "(\(try await self.cursor())")
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
}
