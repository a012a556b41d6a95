import Domain
import NIOCore
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// What Redis or chat could not take at the moment is not forgotten by the gateway.
struct OutageTests {
    private static let inbox = RedisNames.inbox(user: "viper-1")

    @Test("a socket that closes while Redis refuses to hear of it does not count as open for ever")
    func closedSocket() async throws {
        let harness = try await Harness.start()
        let client = try await harness.connect("viper-1")
        let sockets = RedisNames.sockets(user: "viper-1")
        await eventually { try harness.server.command("HLEN", sockets) == ":1\r\n" }
        _ = try harness.server.command("ACL", "SETUSER", "default", "-hdel")
        await client.abort()
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.sessions.count }.get() == 0 }
        #expect(try harness.server.command("HLEN", sockets) == ":1\r\n")
        _ = try harness.server.command("ACL", "SETUSER", "default", "+hdel")
        await eventually(within: .seconds(20)) { try harness.server.command("HLEN", sockets) == ":0\r\n" }
        await harness.stop()
    }

    @Test("chat is told of a socket's end until it answers, also in a room whose join nobody ever answered")
    func leaves() async throws {
        let harness = try await Harness.start()
        let member = try await harness.member("viper-1")
        harness.chat.change { $0.ignore = [.joinSquadRoom: 1_000, .leave: 1_000] }
        let joining = try await harness.connect("ghost-2")
        joining.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        await member.abort()
        _ = try await joining.nextText(containing: #"{"id":1,"error""#, "unavailable", within: .seconds(20))
        await joining.abort()
        func leaves(_ user: String) -> Set<String> {
            Set(harness.chat.commands(.leave).filter { $0.user == user }.map(\.id))
        }
        await eventually { leaves("ghost-2").count == 1 }
        // Given up after ten seconds, it is begun again under another id.
        await eventually(within: .seconds(20)) { leaves("viper-1").count >= 2 }
        let copies = harness.chat.commands(.leave).filter { $0.user == "viper-1" }.count
        #expect(copies == leaves("viper-1").count, "its entry waits in the stream: more of them would only fill it")
        await harness.stop()
    }

    @Test("chat is told of the end of a socket whose join it could not answer in time, not of one it did not let in")
    func leavesAfterRefusal() async throws {
        let harness = try await Harness.start()
        for (user, code) in [("owl-3", Refusal.Code.forbidden), ("viper-1", .busy), ("ghost-2", .unavailable)] {
            harness.chat.change { $0.refuse = Refusal(code, "no") }
            let client = try await harness.connect(user)
            client.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
            _ = try await client.nextText(containing: #"{"id":1,"error""#, code.rawValue)
            await client.abort()
        }
        await eventually { harness.chat.commands(.leave).count == 2 }
        #expect(Set(harness.chat.commands(.leave).map(\.user)) == ["viper-1", "ghost-2"])
        await harness.stop()
    }

    @Test("at Redis' memory limit who writes hears busy at once, and who reads, comes or goes is taken")
    func fullServer() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        let other = try await harness.connect("ghost-2")
        _ = try harness.server.command("CONFIG", "SET", "maxmemory", "1")
        harness.chat.change { $0.ignore = [.fetchHistory: 1_000, .joinSquadRoom: 1_000] }
        client.send(#"{"id":7,"event":"send_message","data":{"room_id":"squad_alpha","content":"x","client_id":"c1"}}"#)
        client.send(#"{"id":8,"event":"fetch_history","data":{"room_id":"squad_alpha"}}"#)
        _ = try await client.nextText(containing: #"{"id":7,"error""#, "busy", within: .seconds(2))
        other.send(#"{"id":1,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#)
        await eventually(within: .seconds(3)) {
            harness.chat.commands(.fetchHistory).count == 1 && harness.chat.commands(.joinSquadRoom).count == 2
        }
        #expect(harness.chat.commands(.sendMessage).isEmpty)
        _ = try harness.server.command("CONFIG", "SET", "maxmemory", "0")
        client.send(#"{"id":9,"event":"send_message","data":{"room_id":"squad_alpha","content":"x","client_id":"c1"}}"#)
        _ = try await client.nextText(containing: #"{"id":9,"#, within: .seconds(5))
        #expect(harness.chat.commands(.sendMessage).count == 1)
        await harness.stop()
    }

    @Test("what was added before Redis was full is not called refused: only its answer says what became of it")
    func addedBefore() async throws {
        let harness = try await Harness.start()
        let client = try await harness.member("viper-1")
        harness.chat.change { $0.ignore = [.sendMessage: 1] }
        client.send(#"{"id":7,"event":"send_message","data":{"room_id":"squad_alpha","content":"x","client_id":"c1"}}"#)
        await eventually { harness.chat.commands(.sendMessage).count == 1 }
        _ = try harness.server.command("CONFIG", "SET", "maxmemory", "1")
        // Long enough for the repeats that are refused.
        try await Task.sleep(for: .seconds(3))
        _ = try harness.server.command("CONFIG", "SET", "maxmemory", "0")
        let answer = try await client.nextText(containing: #"{"id":7,"#, within: .seconds(8))
        #expect(!answer.contains("busy") && !answer.contains("error"))
        await harness.stop()
    }

    @Test("an inbox that could not be read is read a moment later: when the page came, and after an interruption")
    func unreadInbox() async throws {
        let harness = try await Harness.start()
        _ = try harness.server.command("SET", Self.inbox, "not a stream")
        let client = try await harness.connect("viper-1")
        let loop = harness.loops[0]
        try await self.failedRead(harness)
        #expect(try await !loop.eventLoop.submit { loop.inbox.isPlaced("viper-1") }.get())
        _ = try harness.server.command("DEL", Self.inbox)
        _ = try await self.add("first", harness)
        _ = try await client.nextText(containing: #""title":"first""#)

        // What is added now is published to nobody.
        _ = try harness.server.command("RENAME", Self.inbox, "aside")
        _ = try harness.server.command("SET", Self.inbox, "not a stream")
        _ = try harness.server.command("CONFIG", "RESETSTAT")
        _ = try await loop.eventLoop.submit { loop.inbox.interrupted() }.get()
        try await self.failedRead(harness)
        _ = try harness.server.command("DEL", Self.inbox)
        _ = try harness.server.command("RENAME", "aside", Self.inbox)
        _ = try await self.add("second", harness)
        _ = try await client.nextText(containing: #""title":"second""#)
        await harness.stop()
    }

    @Test("what comes while a page's connection is closing waits for the next page")
    func closingPage() async throws {
        let harness = try await Harness.start()
        let leaving = try await harness.connect("viper-1")
        let loop = harness.loops[0]
        await eventually { try await loop.eventLoop.submit { loop.inbox.isPlaced("viper-1") }.get() }
        let json = Array(#"{"title":"late"}"#.utf8)
        let id = try await self.add("late", harness)
        let event = PersonalEvent(event: PersonalEvent.Event.notification, inboxID: id, json: json)
        try await loop.eventLoop.submit {
            for session in loop.sessions.all { session.link.close(4000, reason: "test") }
            _ = loop.inbox.received(ByteBuffer(bytes: event.encoded), on: RedisNames.personal(user: "viper-1"))
        }.get()
        #expect(try await leaving.closeCode() == 4000)
        await leaving.abort()
        let next = try await harness.connect("viper-1")
        _ = try await next.nextText(containing: #""title":"late""#)
        await harness.stop()
    }

    /// Waits until Redis has refused to read what is no stream.
    private func failedRead(_ harness: Harness) async throws {
        await eventually { try harness.server.command("INFO", "errorstats").contains("WRONGTYPE") }
    }

    /// Adds a notification that is not published.
    private func add(_ title: String, _ harness: Harness) async throws -> String? {
        try await harness.redis.send(
            .init("XADD", .init(Self.inbox), "*", "event", "notification", "json", .init("{\"title\":\"\(title)\"}"))
        ).string
    }
}
