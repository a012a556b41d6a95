import Logging
import Redis
import ServiceRuntime
import WorkQueue

/// Moves a key of the wrong type, which only somebody else can have written, out of the way: what stands in it is kept for
/// an operator, and nobody waits for it for ever.
struct DamagedKeys: Sendable {
    let keys: ChatKeys
    let fence: PartitionFence
    let connection: RedisConnection
    let logger: Logger

    /// A key that was in the way is there no more: the same may be tried again.
    struct SetAside: Error, CustomStringConvertible {
        let key: String
        var description: String { "\(key) had a wrong type and was set aside" }
    }

    /// Sends one command.
    ///
    /// - Throws: ``SetAside`` when the key had another type than the command is for.
    func read(_ command: RedisCommand, of key: String) async throws -> RedisValue {
        do {
            return try await self.connection.send(command)
        } catch {
            guard error.serverError?.kind == .wrongType else { throw error }
            let type = try await self.connection.send(RedisCommand("TYPE", RedisArgument(key))).string ?? "none"
            try await self.setAside(key, type)
            throw SetAside(key: key)
        }
    }

    /// Runs scripts of the holder outside any command, many in one pipeline.
    ///
    /// - Throws: ``SetAside`` when one of them found a key of a wrong type; ``ArchiveError/notTheHolder`` when one refuses;
    ///   or the error of the first that fails.
    func run(_ calls: [RedisScript.Call]) async throws {
        for part in calls.chunks(of: 500) {
            var found: String?
            for result in try await self.connection.evaluate(part) {
                let words = (try result.get().array ?? []).map { $0.string ?? "" }
                if words.first == "done" { continue }
                guard words.first == "mistyped", words.count == 3 else { throw ArchiveError.notTheHolder }
                try await self.setAside(words[1], words[2])
                found = words[1]
            }
            if let found { throw SetAside(key: found) }
        }
    }

    /// Does the same again while there is a key in its way.
    func persist<Value>(_ body: (_ isAgain: Bool) async throws -> Value) async throws -> Value {
        for attempt in 0..<20 {
            do { return try await body(attempt > 0) } catch is SetAside { continue }
        }
        return try await body(true)
    }

    func setAside(_ key: String, _ type: String) async throws {
        // Without these there is no partition: only an operator can help.
        guard ![self.keys.state, self.keys.commands, self.keys.events, self.keys.dead].contains(key) else {
            throw ArchiveError.notTheHolder
        }
        let aside = BrokenKeys.name(of: key, setAsideAt: Int(WallClock.milliseconds()))
        self.logger.error(
            "a key has the wrong type and is set aside",
            metadata: ["key": "\(key)", "type": "\(type)", "as": "\(aside)"])
        let answer = try await self.connection.evaluate(
            SetAsideCall(head: HolderHead(keys: self.keys, fence: self.fence), key: key, aside: aside, found: type))
        guard answer.array?.first?.string == "done" else { throw ArchiveError.notTheHolder }
    }
}
