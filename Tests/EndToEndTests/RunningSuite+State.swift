import Database
import Domain
import Foundation
import JSON
import Redis
import TestSupport
import Testing
import WireContract

/// What a test asks about a running suite.
extension RunningSuite {
    /// Who works on a room's partition, as the partition's own state says.
    struct Holder {
        let process: ServiceProcess
        /// Another one for every time the partition is taken.
        let token: String
    }

    /// The chat process that holds the room's partition; waits while nobody does.
    func holder(of room: String) async throws -> Holder {
        let redis = try await self.connectToRedis()
        defer { Task { await redis.close() } }
        let state = RedisNames.state(PartitionMap.partition(of: room, of: RedisNames.defaultPartitionCount))
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let fields = try await redis.send(RedisCommand("HMGET", RedisArgument(state), "token", "holder"))
            let records = try await redis.send(RedisCommand("HVALS", RedisArgument(RedisNames.services))).array ?? []
            if let token = fields.array?.first?.string,
                let name = fields.array?.last?.string?.split(separator: " ").first,
                let record = try records.compactMap(\.string).map({
                    try JSONDecoder().decode(ServiceRecord.self, from: Data($0.utf8))
                }).first(where: { $0.instance == name }),
                let process = self.chats.first(where: { $0.isRunning && $0.pid == record.pid })
            {
                return Holder(process: process, token: token)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NoHolder(room: room)
    }

    struct NoHolder: Error { let room: String }

    /// Everything of squad alpha's room that a new page can learn, after a sign-in of its own.
    struct RoomRecord {
        /// `<user> <role>` of each member.
        let members: [String]
        let name: String
        let epoch: String
        /// The whole history, oldest first.
        let messages: [Transcript.Message]
    }

    func record(ofRoomFor user: String) async throws -> RoomRecord {
        let socket = try await self.eventualSocket(user)
        socket.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        let join = try JSONValue(parsing: try await socket.nextText(containing: "\"id\":1", within: .seconds(20)).utf8)
        let answer = try #require(join["ok"])
        let history = try await socket.nextText(containing: "\"room_history\"", within: .seconds(20))
        var messages = try Transcript.messages(inHistory: history)
        var page = 0
        while let oldest = messages.first?.sequence {
            page += 1
            socket.send(
                "{\"id\":\"p\(page)\",\"event\":\"fetch_history\",\"data\":{\"room_id\":\"squad_alpha\",\"limit\":100,"
                    + "\"before\":\(oldest)}}")
            let older = try Transcript.messages(inAnswer: try await socket.nextText(containing: "\"p\(page)\""))
            guard !older.isEmpty else { break }
            messages = older + messages
        }
        await socket.abort()
        let members = try (answer["members"]?.elements() ?? []).map { member in
            "\(member["user_id"]?.string ?? "?") \(member["role"]?.string ?? "?")"
        }
        return RoomRecord(
            members: members.sorted(), name: answer["name"]?.string ?? "", epoch: answer["epoch"]?.string ?? "",
            messages: messages)
    }

    /// A socket, as soon as the suite lets somebody in again.
    func eventualSocket(_ user: String) async throws -> WebSocketTestClient {
        for _ in 0..<100 {
            if let socket = try? await self.socket(user) { return socket }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try await self.socket(user)
    }

    /// All lines of all daily files.
    var archivedMessages: [JSONValue] {
        let directory = self.directory.appendingPathComponent("archive")
        guard let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil) else {
            return []
        }
        var messages: [JSONValue] = []
        for case let file as URL in files where file.pathExtension == "jsonl" {
            let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
            messages += lines.compactMap { try? JSONValue(parsing: $0.utf8) }
        }
        return messages
    }

    /// Runs `body` while nothing can be written into the archive, as by a disk that is busy: what happens meanwhile is
    /// in Redis alone. Less than five seconds, or chat gives the batch up for a while.
    func whileArchiveWaits(_ body: () async throws -> Void) async throws {
        let archive = try SQLDatabase(url: "sqlite:\(self.directory.path)/chat.sqlite")
        let (held, holding) = AsyncStream<Void>.makeStream()
        let release = DispatchSemaphore(value: 0)
        let lock = Task {
            try await archive.write { _ in
                holding.yield()
                release.wait()
            }
        }
        for await _ in held { break }
        do {
            try await body()
            release.signal()
        } catch {
            release.signal()
            throw error
        }
        try await lock.value
        try archive.close()
    }
}
