import Domain
import JSON
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// What a room is stands in its record, from its creation on; its id is only asked where there is none.
@Suite(.timeLimit(.minutes(2)))
struct RoomRecordTests {
    let server: RedisServer
    let directory: FakeDirectory
    let keys = ChatKeys(partition: 0)

    init() async throws {
        self.server = try await RedisServer.start()
        self.directory = try FakeDirectory()
    }

    private func chat() async throws -> ChatProcess {
        try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: self.directory,
            limits: ChatLimits(partitions: 1))
    }

    private func gateway() async throws -> TestGateway {
        try await TestGateway(self.server.url, rooms: ["squad_alpha"])
    }

    /// The record that Redis holds of the room.
    private func stored(_ chat: ChatProcess) async throws -> String? {
        try await chat.redis.send(
            RedisCommand("HGET", RedisArgument(self.keys.room("squad_alpha").room), "record")
        ).string
    }

    private func put(_ record: String, _ chat: ChatProcess) async throws {
        _ = try await chat.redis.send(
            RedisCommand(
                "HSET", RedisArgument(self.keys.room("squad_alpha").room), "record", RedisArgument(record)))
    }

    /// Makes the room, changes what is stored of it, and starts anew.
    private func reopened(with record: String) async throws -> (ChatProcess, TestGateway) {
        let first = try await self.chat()
        _ = try await self.gateway().join("viper-1")
        try await self.put(record, first)
        await first.stop()
        return (try await self.chat(), try await self.gateway())
    }

    private static let made =
        #"{"kind":"squad","squad_id":"alpha","policy":"squad","limits":{"message_characters":2000}}"#

    @Test(
        "the record is written with the room: in Redis, in its first event and in the archive, and comes back from there"
    )
    func written() async throws {
        let chat = try await self.chat()
        let gateway = try await self.gateway()
        _ = try await gateway.join("viper-1")
        #expect(try await self.stored(chat) == Self.made)
        let event = try #require(gateway.events.first { $0.event == "room_created" })
        #expect(event.value?["record"].map { String(decoding: $0.bytes, as: UTF8.self) } == Self.made)
        await eventually {
            try await chat.archive.rooms(of: 0).map { String(decoding: $0.record, as: UTF8.self) } == [Self.made]
        }
        try await chat.archive.database.write { sql in
            try sql.execute("UPDATE rooms SET record = ?", [.string(Self.made.replacing("2000", with: "5"))])
        }
        _ = try await chat.redis.send(RedisCommand("FLUSHALL"))
        await eventually { try await gateway.say("123456").code == "message_too_long" }
        #expect(try await gateway.say("12345").succeeded)
        #expect(try await self.stored(chat)?.contains(#""message_characters":5"#) == true)
        await chat.stop()
    }

    @Test("who may enter a room, who loses it, and how much is said there is what its record says")
    func read() async throws {
        let bravo = Self.made.replacing("alpha", with: "bravo").replacing("2000", with: "5")
        let (chat, gateway) = try await self.reopened(with: bravo)
        #expect(try await gateway.join("saber-1").succeeded)
        #expect(try await gateway.say("123456", "saber-1").code == "message_too_long")
        #expect(try await gateway.say("12345", "saber-1").succeeded)
        #expect(try await gateway.say("hi").code == "forbidden")
        await eventually { gateway.events.contains { $0.event == "member_removed" && $0.user == "viper-1" } }
        await chat.stop()
    }

    @Test("a room whose record this release cannot read is open to nobody")
    func unreadable() async throws {
        let (chat, gateway) = try await self.reopened(
            with: Self.made.replacing(#""kind":"squad""#, with: #""kind":"x""#))
        #expect(try await gateway.join("viper-1").code == "unknown_room")
        #expect(try await gateway.say("orders", "atlas-6").code == "unknown_room")
        await chat.stop()
    }
}
