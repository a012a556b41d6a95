import Domain
import Redis
import TestSupport
import Testing
import WireContract

@testable import ChatService

/// A page is bounded in bytes: many long messages are more than a socket may be given at once.
@Suite(.timeLimit(.minutes(2)))
struct PageBytesTests {
    private let server: RedisServer
    private let chat: ChatProcess
    private let gateway: TestGateway
    /// The contents of the 80 messages, of 8 kB each, oldest first.
    private let said: [String]

    private init(kept: Int) async throws {
        self.server = try await RedisServer.start()
        var limits = ChatLimits(partitions: 1)
        limits.keptMessages = kept
        self.chat = try await ChatProcess(
            self.server.url, folder: self.server.directory, directory: try FakeDirectory(), limits: limits)
        self.gateway = try await TestGateway(self.server.url)
        _ = try await self.gateway.join("viper-1")
        self.said = (100..<180).map { "\($0)" + String(repeating: "💬", count: 1_997) }
        for text in self.said { #expect(try await self.gateway.say(text).succeeded) }
        if kept < 80 {
            let gateway = self.gateway
            await eventually {
                try await gateway.redis.send(RedisCommand("HLEN", "sc:{p0}:messages:squad_alpha")).int ?? 0 <= kept + 5
            }
        }
    }

    init() async throws { try await self.init(kept: 1_000) }

    private func page(before: Int? = nil, limit: Int = 100) async throws -> ChatReply {
        let place = before.map { #","before":\#($0)"# } ?? ""
        return try await self.gateway.ask(
            .fetchHistory, "squad_alpha", user: "viper-1", #"{"limit":\#(limit)\#(place)}"#)
    }

    /// All pages from the newest on: nothing is left out between two, and each is within its bound.
    private func readAll() async throws -> [String] {
        var (texts, before): ([String], Int?) = ([], nil)
        while true {
            let page = try await self.page(before: before)
            #expect(page.answer.count < ChatLimits.pageBytes + 1_000)
            let messages = try page.json?["messages"]?.elements() ?? []
            texts = messages.compactMap { $0["content"]?.string } + texts
            guard page.json?["has_more"]?.boolean == true, let first = messages.first?["seq"]?.integer else { break }
            before = first
        }
        return texts
    }

    @Test("a page of long messages ends within its bytes and says that there is more")
    func inRedis() async throws {
        let newest = try await self.page()
        let count = try newest.json?["messages"]?.elements().count ?? 0
        #expect((50..<70).contains(count))
        #expect(newest.answer.count < ChatLimits.pageBytes + 1_000)
        #expect(newest.json?["has_more"]?.boolean == true)
        #expect(try await self.readAll().suffix(80) == self.said[...])
        await self.chat.stop()
    }

    @Test("what only the archive has is bounded too, on its way to chat already")
    func inArchive() async throws {
        let room = try await PageBytesTests(kept: 20)
        let archived = try await room.chat.archive.page(of: "squad_alpha", before: nil, limit: 101)
        #expect(archived.isCut)
        // One more than fits, so that who reads it knows.
        let bytes = archived.messages.reduce(0) { $0 + $1.json.count }
        #expect((ChatLimits.pageBytes...ChatLimits.pageBytes + 9_000).contains(bytes))
        #expect(try await room.readAll().suffix(80) == room.said[...])
        // Of what is left little enough is read whole.
        let oldest = try await room.chat.archive.page(of: "squad_alpha", before: 20, limit: 101)
        #expect(!oldest.isCut && oldest.messages.last?.sequence == 2)
        await room.chat.stop()
        await self.chat.stop()
    }

    @Test("one message comes however long it is, and the next page goes on behind it")
    func atLeastOne() async throws {
        let message = try #require(
            try await self.gateway.redis.send(
                RedisCommand("ZREVRANGE", "sc:{p0}:index:squad_alpha", 0, 0)
            ).array?.first?.string)
        let long = #"{"seq":83,"content":"\#(String(repeating: "x", count: ChatLimits.pageBytes))"}"#
        _ = try await self.gateway.redis.send(
            RedisCommand("HSET", "sc:{p0}:messages:squad_alpha", RedisArgument(message), RedisArgument(long)))
        let page = try await self.page()
        #expect(try page.json?["messages"]?.elements().count == 1)
        #expect(page.json?["has_more"]?.boolean == true)
        let joined = try #require(try await self.gateway.join("viper-1", socket: "s2").pushes.first)
        #expect(joined.contents.count == 1 && joined.value?["has_more"]?.boolean == true)
        await self.chat.stop()
    }
}
